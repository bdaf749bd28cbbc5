// What is in a piece of memory, from samples of it: a word for the whole, and the facts behind it.
import { type ByteStatistics, type MemoryPiece, measureBytes } from './byte-statistics.ts';
import { type FoundPointers, findPointers, type KnownRegion } from './find-pointers.ts';
import { type FoundStrings, findStrings } from './find-strings.ts';

export type ContentsKind =
  | 'nothing-read'
  | 'zero'
  | 'text'
  | 'compressed-or-encrypted'
  /** Every page holds what another one holds, too. */
  | 'repeated'
  | 'linked-structures'
  | 'records'
  | 'mixed';

export interface FormatMark {
  readonly format: string;
  readonly count: number;
}

export interface MemoryContents {
  readonly kind: ContentsKind;
  readonly bytes: ByteStatistics;
  readonly strings: FoundStrings;
  readonly pointers: FoundPointers;
  /** Beginnings of well-known formats. */
  readonly marks: readonly FormatMark[];
}

const mostly = 0.6;
const linkedShare = 0.25;

export function readContents(pieces: readonly MemoryPiece[], known: readonly KnownRegion[]): MemoryContents {
  const bytes = measureBytes(pieces);
  const strings = findStrings(pieces);
  const pointers = findPointers(pieces, known);
  return { kind: kindOf(bytes, strings, pointers), bytes, strings, pointers, marks: findMarks(pieces) };
}

function kindOf(bytes: ByteStatistics, strings: FoundStrings, pointers: FoundPointers): ContentsKind {
  if (bytes.bytes === 0) return 'nothing-read';
  if (bytes.zeroShare > 0.95) return 'zero';
  const filled = 1 - bytes.zeroShare;
  if (bytes.denseShare > mostly * filled) return 'compressed-or-encrypted';
  if (strings.textShare > mostly * filled) return 'text';
  if (pointers.pointerShare > linkedShare) return 'linked-structures';
  if (pointers.record !== undefined) return 'records';
  return bytes.repeatedPageShare > 0.9 ? 'repeated' : 'mixed';
}

const formats: readonly (readonly [string, readonly number[]])[] = [
  ['PNG', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['JPEG', [0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46]],
  ['gzip', [0x1f, 0x8b, 0x08, 0x00]],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd]],
  ['zip', [0x50, 0x4b, 0x03, 0x04]],
  ['SQLite', [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66]],
  ['PDF', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['ELF', [0x7f, 0x45, 0x4c, 0x46]],
  ['wasm', [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]],
  ['PEM', [0x2d, 0x2d, 0x2d, 0x2d, 0x2d, 0x42, 0x45, 0x47]],
];

/** At addresses that are multiples of eight, where allocators begin their blocks. */
function findMarks(pieces: readonly MemoryPiece[]): readonly FormatMark[] {
  const counts = new Map<string, number>();
  for (const { bytes } of pieces) {
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const first = bytes[at]!;
      for (const [format, magic] of formats) {
        if (first === magic[0] && magic.every((byte, index) => bytes[at + index] === byte))
          counts.set(format, (counts.get(format) ?? 0) + 1);
      }
    }
  }
  return [...counts].map(([format, count]) => ({ format, count })).sort((a, b) => b.count - a.count);
}

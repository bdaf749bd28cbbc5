// Words of eight bytes that are addresses of the process itself, and words that come again and again at one distance. The
// first tell what the memory is linked with (a C++ object begins with a pointer into its library), the second how large one
// record is. Little endian, as every Linux that Go runs on but s390x and old ppc64.
import type { MemoryRegion } from '../../model/ledger.ts';
import type { RegionKind } from '../classify-regions.ts';
import { type MemoryPiece, share } from './byte-statistics.ts';

export interface PointerTarget {
  readonly kind: RegionKind;
  /** A file, `[heap]`; '' for nameless memory. */
  readonly name: string;
  readonly count: number;
}

export interface CodePointer {
  readonly address: number;
  /** The file. */
  readonly name: string;
  /** From the start of the file's first mapping. */
  readonly offset: number;
  readonly count: number;
}

export interface FoundPointers {
  /** Of all words that are not zero. */
  readonly pointerShare: number;
  /** The commonest first. */
  readonly targets: readonly PointerTarget[];
  /** Into binaries and libraries: tables of virtual functions, type descriptors, functions. */
  readonly intoImages: readonly CodePointer[];
  /** A word that comes again at the same distance; undefined when none does. */
  readonly record: { readonly bytes: number; readonly count: number } | undefined;
}

export interface KnownRegion {
  readonly region: MemoryRegion;
  readonly kind: RegionKind;
}

const mostWords = 200_000;
const mostListed = 8;
const mostRecordBytes = 65_536;
const leastRepeats = 16;
/** Of the distances between two like words, those that are equal. */
const regularShare = 0.5;
const lowestPointer = 0x1_0000;

/** `known` in the order of addresses. */
export function findPointers(pieces: readonly MemoryPiece[], known: readonly KnownRegion[]): FoundPointers {
  const targets = new Map<string, { kind: RegionKind; name: string; count: number }>();
  const images = new Map<number, { row: KnownRegion; count: number }>();
  const words = new Map<number, number>();
  let filled = 0;
  let pointers = 0;
  eachWord(pieces, (low, high) => {
    if (low === 0 && high === 0) return;
    filled++;
    const value = high * 2 ** 32 + low;
    const seen = words.get(value);
    if (seen !== undefined) words.set(value, seen + 1);
    else if (words.size < mostWords) words.set(value, 1);
    if (high >= 0x1_0000 || value < lowestPointer) return;
    const row = regionAt(known, value);
    if (row === undefined || row.region.permissions.startsWith('---')) return;
    pointers++;
    const key = `${row.kind} ${row.region.name}`;
    const target = targets.get(key);
    if (target === undefined) targets.set(key, { kind: row.kind, name: row.region.name, count: 1 });
    else target.count++;
    if (row.kind !== 'exe-and-libraries' || row.region.inode === 0) return;
    const image = images.get(value);
    if (image !== undefined) image.count++;
    else if (images.size < mostWords) images.set(value, { row, count: 1 });
  });
  const base = new Map<string, number>();
  for (const { region } of known) if (!base.has(region.name)) base.set(region.name, region.startAddress);
  return {
    pointerShare: share(pointers, filled),
    targets: [...targets.values()].sort((a, b) => b.count - a.count).slice(0, mostListed),
    intoImages: [...images]
      .map(([value, { row, count }]) => ({
        address: value,
        name: row.region.name,
        offset: value - (base.get(row.region.name) ?? 0),
        count,
      }))
      .filter(({ count }) => count >= leastRepeats)
      .sort((a, b) => b.count - a.count)
      .slice(0, mostListed),
    record: recordOf(pieces, words),
  };
}

/** The distance at which one of the commonest words comes again, where that is nearly always the same. */
function recordOf(pieces: readonly MemoryPiece[], words: ReadonlyMap<number, number>): FoundPointers['record'] {
  const common = [...words]
    .filter(([, count]) => count >= leastRepeats)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 16)
    .map(([value]) => value);
  const tracks = new Map(common.map((value) => [value, { last: -1, gaps: new Map<number, number>(), total: 0 }]));
  if (tracks.size === 0) return undefined;
  eachWord(pieces, (low, high, address, isFirst) => {
    if (isFirst) for (const track of tracks.values()) track.last = -1;
    if (low === 0 && high === 0) return;
    const track = tracks.get(high * 2 ** 32 + low);
    if (track === undefined) return;
    const gap = address - track.last;
    if (track.last >= 0 && gap <= mostRecordBytes) {
      track.total++;
      track.gaps.set(gap, (track.gaps.get(gap) ?? 0) + 1);
    }
    track.last = address;
  });
  let best: { bytes: number; count: number } | undefined;
  for (const { gaps, total } of tracks.values()) {
    for (const [bytes, count] of gaps) {
      // Neighbouring like words are filling, not a record.
      if (bytes < 16 || count < leastRepeats || count < regularShare * total) continue;
      if (best === undefined || count * bytes > best.count * best.bytes) best = { bytes, count };
    }
  }
  return best;
}

function eachWord(
  pieces: readonly MemoryPiece[],
  see: (low: number, high: number, address: number, isFirst: boolean) => void,
): void {
  for (const { address, bytes } of pieces) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 8 <= bytes.length; at += 8)
      see(view.getUint32(at, true), view.getUint32(at + 4, true), address + at, at === 0);
  }
}

function regionAt(known: readonly KnownRegion[], address: number): KnownRegion | undefined {
  let from = 0;
  for (let to = known.length; from < to; ) {
    const middle = (from + to) >> 1;
    if (known[middle]!.region.endAddress <= address) from = middle + 1;
    else to = middle;
  }
  const row = known[from];
  return row !== undefined && row.region.startAddress <= address ? row : undefined;
}

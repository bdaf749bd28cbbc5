// Remembers which parts of a memory were read: constants, types and tables that a walk turned out to need. A snapshot takes
// them along, so that the same walk works elsewhere.
import type { MemoryRange, MemorySource } from '../base/memory-source.ts';

export interface RecordedReads {
  readonly memory: MemorySource;
  /** In pieces of at most a page. */
  ranges(): readonly MemoryRange[];
}

const pageBytes = 4096;
const lineBytes = 8;
const mostPages = 1 << 18;

export function recordReads(memory: MemorySource): RecordedReads {
  /** By page: a mark for each word that was read. */
  const lines = new Map<number, Uint8Array>();
  const record = (address: number, length: number): void => {
    const end = Math.ceil((address + length) / lineBytes) * lineBytes;
    for (let at = address - (address % lineBytes); at < end; ) {
      const page = Math.floor(at / pageBytes);
      const stop = Math.min(end, (page + 1) * pageBytes);
      let marks = lines.get(page);
      if (marks === undefined) {
        if (lines.size >= mostPages) return;
        marks = new Uint8Array(pageBytes / lineBytes);
        lines.set(page, marks);
      }
      marks.fill(1, (at % pageBytes) / lineBytes, (stop - page * pageBytes) / lineBytes);
      at = stop;
    }
  };
  return {
    memory: {
      readInto(address, into) {
        const count = memory.readInto(address, into);
        if (count > 0) record(address, count);
        return count;
      },
    },
    ranges: () => [...lines].flatMap(([page, marks]) => rangesOf(memory, page * pageBytes, marks)),
  };
}

function rangesOf(memory: MemorySource, start: number, marks: Uint8Array): MemoryRange[] {
  const ranges: MemoryRange[] = [];
  for (let line = 0; line < marks.length; line++) {
    if (marks[line] === 0) continue;
    const first = line;
    while (line + 1 < marks.length && marks[line + 1] === 1) line++;
    const from = start + first * lineBytes;
    const bytes = new Uint8Array((line + 1 - first) * lineBytes);
    const count = memory.readInto(from, bytes);
    if (count > 0) ranges.push({ start: from, bytes: bytes.subarray(0, count) });
  }
  return ranges;
}

/** For walks of which nothing is saved. */
export const unrecorded = (memory: MemorySource): RecordedReads => ({ memory, ranges: () => [] });

// Copies of memory that overlap become one list in which each byte stands once. Who comes first wins: what was copied while
// the target stood still goes before what was read when it ran again.
import type { MemoryRange } from '../base/memory-source.ts';

/** By rising address. `layers`: those that win first; within a layer, ranges that begin earlier win. */
export function disjointRanges(layers: readonly (readonly MemoryRange[])[]): MemoryRange[] {
  let taken: MemoryRange[] = [];
  for (const layer of layers) {
    const added = [...layer].sort(byStart).flatMap(uncovered(taken));
    taken = [...taken, ...added].sort(byStart);
  }
  return taken;
}

const byStart = (a: MemoryRange, b: MemoryRange): number => a.start - b.start;

/** A function that cuts out of ranges, given by rising start, what `taken` has and what it was given before. */
function uncovered(taken: readonly MemoryRange[]): (range: MemoryRange) => MemoryRange[] {
  let at = 0;
  let given = 0;
  return ({ start, bytes }) => {
    const end = start + bytes.length;
    const pieces: MemoryRange[] = [];
    let from = Math.max(start, given);
    given = Math.max(given, end);
    while (at < taken.length && endOf(taken[at]!) <= from) at++;
    for (let next = at; from < end; next++) {
      const to = next < taken.length ? Math.min(end, taken[next]!.start) : end;
      if (to > from) pieces.push({ start: from, bytes: bytes.subarray(from - start, to - start) });
      if (next >= taken.length) break;
      from = Math.max(from, endOf(taken[next]!));
    }
    return pieces;
  };
}

const endOf = ({ start, bytes }: MemoryRange): number => start + bytes.length;

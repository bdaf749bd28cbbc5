// Of the sampled objects of one stack: are they arrays of which nothing alive sees more than a part?
import type { CutFact } from '../model/heap-facts.ts';
import type { CutObjects } from '../model/heap-graph.ts';
import type { Frame } from '../model/stacks.ts';

/** One cut object among many whole ones is an accident. */
const leastShare = 0.8;
const leastObjects = 2;

/** A slice that grew by append is at least half full; one of length 0 waits to be filled. */
const tinyShare = 0.25;
const isTiny = (visible: number, held: number): boolean => visible > 0 && visible <= tinyShare * held;

/**
 * What it calls for is an array, whatever its type: with those, a pointer with a number behind it is a string or a slice, where
 * in front of other objects it may be a pointer and somebody's counter. Source: runtime/string.go, slice.go, mbarrier.go.
 */
const makesArrays =
  /^(runtime\.(makeslice|growslice|rawstring|rawbyteslice|rawruneslice|slicebytetostring|slicerunetostring|concatstring|concatbyte|stringtoslice|intstring|gostring|gobytes)|internal\/bytealg\.MakeNoZero)/;

export function createCutShare(
  cuts: CutObjects,
): (nodes: readonly number[], frames: readonly Frame[]) => CutFact | undefined {
  const rowOf = new Map(Array.from(cuts.node, (node, row) => [node, row]));
  return (nodes, frames) => {
    const isArray = makesArrays.test(frames[0]?.functionName ?? '');
    const rows = nodes.flatMap((node) => rowOf.get(node) ?? []).filter((row) => isArray || cuts.byNumbers[row] === 0);
    if (rows.length < leastObjects || rows.length < leastShare * nodes.length) return undefined;
    const sum = (column: Float64Array): number => rows.reduce((total, row) => total + column[row]!, 0);
    const heldBytes = sum(cuts.heldBytes);
    const byCapacity = sum(cuts.visibleBytes);
    const withinCapacity = byCapacity > heldBytes / 2;
    return {
      kind: rows.every((row) => cuts.isSlice[row] === 0) ? 'substring' : 'subslice',
      objects: rows.length,
      heldBytes,
      visibleBytes: withinCapacity ? sum(cuts.visibleByLengthBytes) : byCapacity,
      withinCapacity,
      byNumbers: rows.filter((row) => cuts.byNumbers[row] === 1).length,
      tinyParts: rows.filter((row) => isTiny(cuts.visibleByLengthBytes[row]!, cuts.heldBytes[row]!)).length,
    };
  };
}

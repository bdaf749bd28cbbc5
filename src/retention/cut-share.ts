// Of the sampled objects of one stack: are they arrays of which nothing alive sees more than a part?
import type { CutFact } from '../model/heap-facts.ts';
import type { CutObjects } from '../model/heap-graph.ts';

/** One cut object among many whole ones is an accident. */
const leastShare = 0.8;
const leastObjects = 2;

export function createCutShare(cuts: CutObjects): (nodes: readonly number[]) => CutFact | undefined {
  const rowOf = new Map(Array.from(cuts.node, (node, row) => [node, row]));
  return (nodes) => {
    const rows = nodes.flatMap((node) => rowOf.get(node) ?? []);
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
    };
  };
}

// Of the sampled objects of one stack: are they kept by slots alone that no slice shows?
import type { LostFact } from '../model/heap-facts.ts';
import type { LostObjects } from '../model/heap-graph.ts';

/** A few lost ones among many that are in use are what each queue leaves behind until its array is replaced. */
const leastShare = 0.8;
const leastObjects = 2;

export function createLostShare(lost: LostObjects): (nodes: readonly number[]) => LostFact | undefined {
  const rowOf = new Map<number, number>();
  for (let row = 0; row < lost.length; row++) rowOf.set(lost.node[row]!, row);
  return (nodes) => {
    const rows = nodes.flatMap((node) => rowOf.get(node) ?? []);
    if (rows.length < leastObjects || rows.length < leastShare * nodes.length) return undefined;
    return {
      objects: rows.length,
      arrays: new Set(rows.map((row) => lost.array[row]!)).size,
      byNumbers: rows.filter((row) => lost.byNumbers[row] === 1).length,
      spare: rows.filter((row) => lost.isSpare[row] === 1).length,
    };
  };
}

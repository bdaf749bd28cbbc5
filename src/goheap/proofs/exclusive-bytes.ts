// What only one group of nodes reaches: bytes that would be free without it. Each node gets the number of the one group that
// reaches it, or that of the rest of the world as soon as a second one does; so each is worked on twice at most.
import type { HeapGraph } from '../../model/heap-graph.ts';

export interface GroupSeed {
  readonly node: number;
  /** From 1 on; `restOfWorld` for what belongs to no group. */
  readonly group: number;
}

export const restOfWorld = -1;

/** Bytes by group number; row 0 stays empty. Seeds count themselves. References of nodes in `cut` are not followed. */
export function exclusiveBytes(
  graph: HeapGraph,
  seeds: readonly GroupSeed[],
  groups: number,
  cut: Uint8Array,
): Float64Array {
  const { referenceStart, referenceTo, bytes } = graph;
  const owner = new Int32Array(graph.length);
  const open: number[] = [];
  const give = (node: number, group: number): void => {
    const before = owner[node]!;
    if (before === group || before === restOfWorld) return;
    owner[node] = before === 0 ? group : restOfWorld;
    open.push(node);
  };
  const drain = (): void => {
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (cut[node] === 1) continue;
      const group = owner[node]!;
      for (let i = referenceStart[node]!; i < referenceStart[node + 1]!; i++) give(referenceTo[i]!, group);
    }
  };
  // The rest of the world first: most of it then is visited once.
  for (const { node, group } of seeds) if (group === restOfWorld) give(node, group);
  drain();
  for (const { node, group } of seeds) if (group !== restOfWorld) give(node, group);
  drain();
  const sums = new Float64Array(groups + 1);
  for (let node = 0; node < graph.length; node++) if (owner[node]! > 0) sums[owner[node]!]! += bytes[node]!;
  return sums;
}

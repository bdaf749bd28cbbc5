// Objects that nothing but a sync.Pool holds: what lies in its lists waits to be taken again, or for the second collection.
// A pool keeps them in one array of sync.poolLocal for now and one for what the last collection left (`victim`); the pool's
// variable and the runtime's lists of pools both lead to these arrays, so that every way passes through one of them.
// Source: sync/pool.go Pool.local, Pool.victim, poolLocalInternal; sync/poolqueue.go.
import type { PooledFact } from '../model/heap-facts.ts';
import { type CutObjects, type HeapGraph, rootNode } from '../model/heap-graph.ts';
import type { Retention } from '../model/retention.ts';

const poolLists = /^(probably )?(\[\d*\])?sync\.poolLocal$/;

const unknown = 0;
const inPool = 1;
const elsewhere = 2;

/** Last used for so little of what it holds: append at least doubles, so a buffer that grew for its last use is half full. */
const tinyShare = 0.25;
const leastObjects = 2;

/** Of nodes, those that were allocated in one place; undefined when pools hold none, or one, of them. */
export type HeldByPools = (nodes: readonly number[]) => PooledFact | undefined;

export function createHeldByPools(
  graph: Pick<HeapGraph, 'length' | 'type' | 'types' | 'bytes'>,
  retention: Pick<Retention, 'tree'>,
  cuts: CutObjects,
): HeldByPools {
  const isPooled = createIsPooled(graph, retention);
  if (isPooled === undefined) return () => undefined;
  const cutOf = new Map(Array.from(cuts.node, (node, row) => [node, row]));
  return (nodes) => {
    const pooled = nodes.filter(isPooled);
    if (pooled.length < leastObjects) return undefined;
    const isOversized = (node: number): boolean => {
      const row = cutOf.get(node);
      if (row === undefined || cuts.byNumbers[row] === 1) return false;
      const visible = cuts.visibleByLengthBytes[row]!;
      return visible > 0 && visible <= tinyShare * cuts.heldBytes[row]!;
    };
    return {
      objects: pooled.length,
      bytes: pooled.reduce((sum, node) => sum + graph.bytes[node]!, 0),
      oversized: pooled.filter(isOversized).length,
    };
  };
}

/** Whether a pool holds a node on every way; undefined when there is no pool, or no telling. */
function createIsPooled(
  { length, type, types }: Pick<HeapGraph, 'length' | 'type' | 'types'>,
  { tree }: Pick<Retention, 'tree'>,
): ((node: number) => boolean) | undefined {
  const isList = types.name.map((name) => poolLists.test(name));
  if (tree.method !== 'dominators' || !isList.includes(true)) return undefined;
  /** Ways up are shared, and as long as a list may be: each node is decided once. */
  const answer = new Uint8Array(length);
  return (node) => {
    let above = node;
    while (above > rootNode && above < length && answer[above] === unknown && !isList[type[above]!])
      above = tree.holder[above]!;
    const isReal = above > rootNode && above < length;
    const found = !isReal ? elsewhere : isList[type[above]!] ? inPool : answer[above]!;
    for (let at = node; at !== above && at > rootNode && at < length; at = tree.holder[at]!) answer[at] = found;
    return found === inPool;
  };
}

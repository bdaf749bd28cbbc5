// A shortest way from a strong root to every node. The walk's own ways may begin at a finalizer, which is true and no
// answer to "who holds it"; such a way is only taken where there is no other.
import { type HeapGraph, none, rootNode } from '../model/heap-graph.ts';
import { isWeakRoot, type RootGroups } from '../model/retention.ts';

export interface Ways {
  /** The node before each node on its way; -1 for the root. */
  readonly parent: Int32Array;
  /** All nodes, those before come first. */
  readonly order: Int32Array;
}

export function findWays(graph: HeapGraph, groups: RootGroups): Ways {
  const { referenceStart, referenceTo } = graph;
  const parent = new Int32Array(graph.length).fill(none);
  const order = new Int32Array(graph.length);
  order[0] = rootNode;
  let found = 1;
  let visited = 1;
  const visit = (wantWeak: boolean): void => {
    for (let node = 1; node < groups.groupOf.length; node++) {
      const group = groups.groupOf[node]!;
      if (group < 0 || isWeakRoot(groups.kind[group]!) !== wantWeak || parent[node] !== none) continue;
      parent[node] = rootNode;
      order[found++] = node;
    }
    for (; visited < found; visited++) {
      const from = order[visited]!;
      for (let edge = referenceStart[from]!; edge < referenceStart[from + 1]!; edge++) {
        const to = referenceTo[edge]!;
        if (to === rootNode || parent[to] !== none) continue;
        parent[to] = from;
        order[found++] = to;
      }
    }
  };
  visit(false);
  visit(true);
  return { parent, order };
}

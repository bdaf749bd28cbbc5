// What can be reached from some nodes of a graph, and through which: marks that grow as more roots are added.
import type { HeapGraph } from '../../model/heap-graph.ts';

export interface Reach {
  /** The node through which each was reached first: itself for a start, -1 when it was not reached. */
  readonly via: Int32Array;
  /** Adds nodes as starts; `drain` follows them. */
  add(node: number): void;
  drain(): void;
}

/** `cut` marks nodes whose references are not followed. */
export function createReach(graph: HeapGraph, cut: Uint8Array): Reach {
  const { referenceStart, referenceTo } = graph;
  const via = new Int32Array(graph.length).fill(-1);
  // Each node enters once.
  const queue = new Int32Array(graph.length);
  let first = 0;
  let end = 0;
  return {
    via,
    add(node) {
      if (via[node] !== -1) return;
      via[node] = node;
      queue[end++] = node;
    },
    drain() {
      while (first < end) {
        const node = queue[first++]!;
        if (cut[node] === 1) continue;
        for (let i = referenceStart[node]!; i < referenceStart[node + 1]!; i++) {
          const to = referenceTo[i]!;
          if (via[to] !== -1) continue;
          via[to] = node;
          queue[end++] = to;
        }
      }
    },
  };
}

/** From the start that reached a node first, to the node. */
export function wayTo(via: Int32Array, node: number): number[] {
  const way: number[] = [];
  for (let at = node; at >= 0; at = via[at]!) {
    way.push(at);
    if (via[at] === at) break;
  }
  return way.reverse();
}

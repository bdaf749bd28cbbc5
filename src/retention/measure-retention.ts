// Everything that later questions ask of a walk, computed once.
import type { HeapGraph } from '../model/heap-graph.ts';
import type { Retention } from '../model/retention.ts';
import { foldHoldTree } from './fold-tree.ts';
import { buildHoldTree } from './hold-tree.ts';
import { plainTypesOf } from './plain-types.ts';
import { topHoldersOf } from './top-holders.ts';
import { typeHistogramOf, typeOwnersOf } from './type-histogram.ts';

/** `budgetBytes`: how much memory it may take beside the graph; below its need, something is left out and said. */
export function measureRetention(graph: HeapGraph, budgetBytes = Number.POSITIVE_INFINITY): Retention {
  const types = plainTypesOf(graph.types);
  const tree = buildHoldTree(graph, budgetBytes);
  const tops = topHoldersOf(graph, tree, types);
  return {
    types,
    tree,
    tops,
    histogram: typeHistogramOf(graph, tree, types),
    owners: typeOwnersOf(graph, tops, types),
    folded: foldHoldTree(graph, tree, types),
    gaps:
      tree.method === 'dominators'
        ? []
        : [
            'memory is too short to look at all paths: each object is counted for the holder through which it was found first, though others may hold it, too',
          ],
  };
}

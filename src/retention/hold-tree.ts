// Who holds each object, and how much each holder retains. Exact when there is memory for it, else along the paths of
// the walk itself, and then the tree says so.
import { type HeapGraph, rootNode } from '../model/heap-graph.ts';
import type { HoldMethod, HoldTree, RootGroups } from '../model/retention.ts';
import { dominatorsOf } from './dominators.ts';
import { groupRoots } from './group-roots.ts';

/** Peak beside the graph: columns of the search, of the result, and 8 bytes for each reference that leads back. */
const dominatorBytesPerNode = 40;

export function bytesToFindHolders(graph: HeapGraph): number {
  return graph.length * dominatorBytesPerNode + graph.referenceTo.length * 8;
}

/** `budgetBytes`: how much memory it may take beside the graph. */
export function buildHoldTree(graph: HeapGraph, budgetBytes = Number.POSITIVE_INFINITY): HoldTree {
  const groups = groupRoots(graph);
  const method: HoldMethod = bytesToFindHolders(graph) <= budgetBytes ? 'dominators' : 'first-found';
  const holder = method === 'dominators' ? dominatorsOf(graph, groups) : foundThrough(graph, groups);
  return { method, groups, holder, length: holder.length, ...retained(graph, holder) };
}

function foundThrough(graph: HeapGraph, groups: RootGroups): Int32Array {
  const holder = new Int32Array(graph.length + groups.length);
  holder.set(graph.parent);
  for (let node = 0; node < groups.groupOf.length; node++) {
    const group = groups.groupOf[node]!;
    if (group >= 0) holder[node] = graph.length + group;
  }
  return holder;
}

/** Holders have smaller rows, so one loop from the last row down carries every sum up; groups are the last but the root. */
function retained(graph: HeapGraph, holder: Int32Array) {
  const retainedBytes = new Float64Array(holder.length);
  const retainedObjects = new Uint32Array(holder.length);
  retainedBytes.set(graph.bytes);
  retainedObjects.fill(1, graph.named.length, graph.length);
  for (let node = graph.length - 1; node > rootNode; node--) carryUp(node);
  for (let group = graph.length; group < holder.length; group++) carryUp(group);
  return { retainedBytes, retainedObjects };

  function carryUp(row: number): void {
    const above = holder[row]!;
    if (above >= row && above < graph.length) throw new RangeError(`row ${row} is held by the later row ${above}`);
    retainedBytes[above]! += retainedBytes[row]!;
    retainedObjects[above]! += retainedObjects[row]!;
  }
}

// Who holds each object, and how much each holder retains. Exact when there is memory for it, else along the paths of
// the walk itself, and then the tree says so.
import type { HeapGraph } from '../model/heap-graph.ts';
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
  const {
    dominator: holder,
    order,
    weakFrom,
  } = method === 'dominators' ? dominatorsOf(graph, groups) : foundThrough(graph, groups);
  return { method, groups, holder, order, weakFrom, length: holder.length, ...retained(graph, holder, order) };
}

function foundThrough(graph: HeapGraph, groups: RootGroups) {
  const length = graph.length + groups.length;
  const dominator = new Int32Array(length);
  dominator.set(graph.parent);
  for (let node = 0; node < groups.groupOf.length; node++) {
    const group = groups.groupOf[node]!;
    if (group >= 0) dominator[node] = graph.length + group;
  }
  // The walk finds nodes through nodes that it found before; only groups are new.
  const order = new Int32Array(length);
  let place = 1;
  for (let group = 0; group < groups.length; group++) order[place++] = graph.length + group;
  for (let node = 1; node < graph.length; node++) order[place++] = node;
  return { dominator, order, weakFrom: length };
}

/** Holders come first, so one loop from the last row back carries every sum up. */
function retained(graph: HeapGraph, holder: Int32Array, order: Int32Array) {
  const retainedBytes = new Float64Array(holder.length);
  const retainedObjects = new Uint32Array(holder.length);
  retainedBytes.set(graph.bytes);
  retainedObjects.fill(1, graph.named.length, graph.length);
  for (let place = order.length - 1; place > 0; place--) {
    const row = order[place]!;
    const above = holder[row]!;
    retainedBytes[above]! += retainedBytes[row]!;
    retainedObjects[above]! += retainedObjects[row]!;
  }
  return { retainedBytes, retainedObjects };
}

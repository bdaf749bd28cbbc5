// The immediate dominator of every node: the last one that all paths from the root pass. Semi-NCA with path compression
// (L. Georgiadis, "Linear-Time Algorithms for Dominators and Related Problems", 2005): semidominators from the last node
// in depth-first order to the first, then the nearest common ancestor by climbing. Everything is loops over typed arrays;
// a list of fifty million elements is as deep as it is long.
//
// Of the references into a node only those from nodes that come later in depth-first order need to be kept: an earlier
// node is an ancestor, and counts as itself at the moment when it is seen. So there is no table of predecessors, and most
// heaps need 24 bytes a node beside the graph.
//
// Weak roots (finalizers and their kin) hold what nothing else holds, and do not share what something else does: the search
// begins with the strong ones, and references out of what only weak roots reach do not count when they lead back.
import { type HeapGraph, rootNode } from '../model/heap-graph.ts';
import { isWeakRoot, type RootGroups } from '../model/retention.ts';

export interface Dominators {
  /** Row of the immediate dominator of each node and group, -1 for the root; groups are rows graph.length + g. */
  readonly dominator: Int32Array;
  /** All rows, dominators first. */
  readonly order: Int32Array;
  /** Place in `order` from which on stands what only weak roots reach. */
  readonly weakFrom: number;
}

/** Throws RangeError when the root does not reach every node, which no walk makes. */
export function dominatorsOf(graph: HeapGraph, groups: RootGroups): Dominators {
  const search = searchDepthFirst(graph, groups);
  const { order, weakFrom, parent, semi, number, crossHead, cross } = search;
  const length = order.length;
  // From here on everything counts in depth-first numbers. `best` is the least semidominator on the compressed path
  // above, `above` that path; `number` is not needed any more and lends its memory.
  const best = number;
  const above = parent.slice();
  const path = createStack();
  for (let node = length - 1; node > 0; node--) {
    let least = semi[node]!;
    for (let entry = crossHead[node]!; entry >= 0; entry = cross.next(entry)) {
      const reached = compress(cross.from(entry), node, above, best, path);
      if (reached < least) least = reached;
    }
    semi[node] = least;
    best[node] = least;
  }
  const dominator = parent;
  for (let node = 1; node < length; node++) {
    let candidate = dominator[node]!;
    const limit = semi[node]!;
    while (candidate > limit) candidate = dominator[candidate]!;
    dominator[node] = candidate;
  }
  const result = above;
  result[order[0]!] = -1;
  for (let node = 1; node < length; node++) result[order[node]!] = order[dominator[node]!]!;
  return { dominator: result, order, weakFrom };
}

/** The least semidominator between `start` and the first node that is not above `limit`; shortens the way for the next. */
function compress(start: number, limit: number, above: Int32Array, best: Int32Array, path: Stack): number {
  let top = start;
  while (above[top]! > limit) {
    path.push(top);
    top = above[top]!;
  }
  const end = above[top]!;
  let least = best[top]!;
  while (path.size() > 0) {
    const node = path.pop();
    if (best[node]! < least) least = best[node]!;
    else best[node] = least;
    above[node] = end;
  }
  return least;
}

interface Search {
  /** Row of each depth-first number. */
  readonly order: Int32Array;
  readonly weakFrom: number;
  /** By depth-first number: that of the parent in the depth-first tree. */
  readonly parent: Int32Array;
  /** By depth-first number: the least one among its parents that come earlier. */
  readonly semi: Int32Array;
  /** Depth-first number of each row. */
  readonly number: Int32Array;
  /** References from later to earlier nodes, a list for each target, by depth-first numbers. */
  readonly crossHead: Int32Array;
  readonly cross: LinkedEntries;
}

function searchDepthFirst(graph: HeapGraph, groups: RootGroups): Search {
  const { referenceStart, referenceTo } = graph;
  const length = graph.length + groups.length;
  const order = new Int32Array(length);
  const parent = new Int32Array(length);
  const semi = new Int32Array(length);
  const number = new Int32Array(length).fill(-1);
  const crossHead = new Int32Array(length).fill(-1);
  const cross = createLinkedEntries();
  const nodes = createStack();
  const edges = createStack();
  order[0] = rootNode;
  number[rootNode] = 0;
  let count = 1;
  // Groups stand between the root and what it refers to. Each is searched by itself: the root has no other references.
  const start = membersByGroup(graph, groups);
  const byStrength = Array.from(groups.kind, (_, group) => group).sort(
    (a, b) => Number(isWeakRoot(groups.kind[a]!)) - Number(isWeakRoot(groups.kind[b]!)) || a - b,
  );
  /** References to nodes with lower numbers do not count. */
  let countsFrom = 1;
  let hasWeak = false;
  for (const group of byStrength) {
    if (!hasWeak && isWeakRoot(groups.kind[group]!)) {
      hasWeak = true;
      countsFrom = count;
    }
    const groupNumber = count++;
    order[groupNumber] = graph.length + group;
    number[graph.length + group] = groupNumber;
    for (let member = start.first[group]!; member < start.first[group + 1]!; member++) {
      const entry = start.members[member]!;
      const seen = number[entry]!;
      if (seen >= 0) {
        if (seen < countsFrom) continue;
        if (seen < groupNumber) crossHead[seen] = cross.add(groupNumber, crossHead[seen]!);
        else if (groupNumber < semi[seen]!) semi[seen] = groupNumber;
        continue;
      }
      let from = entry;
      let fromNumber = count++;
      order[fromNumber] = from;
      number[from] = fromNumber;
      parent[fromNumber] = groupNumber;
      semi[fromNumber] = groupNumber;
      let edge = referenceStart[from]!;
      let end = referenceStart[from + 1]!;
      for (;;) {
        if (edge === end) {
          if (nodes.size() === 0) break;
          from = nodes.pop();
          edge = edges.pop();
          end = referenceStart[from + 1]!;
          fromNumber = number[from]!;
          continue;
        }
        const to = referenceTo[edge++]!;
        const toNumber = number[to]!;
        if (toNumber < 0) {
          const found = count++;
          order[found] = to;
          number[to] = found;
          parent[found] = fromNumber;
          semi[found] = fromNumber;
          const toEdge = referenceStart[to]!;
          const toEnd = referenceStart[to + 1]!;
          if (toEdge === toEnd) continue;
          if (edge < end) {
            nodes.push(from);
            edges.push(edge);
          }
          from = to;
          fromNumber = found;
          edge = toEdge;
          end = toEnd;
        } else if (toNumber > fromNumber) {
          if (fromNumber < semi[toNumber]!) semi[toNumber] = fromNumber;
        } else if (toNumber >= countsFrom && toNumber < fromNumber) {
          crossHead[toNumber] = cross.add(fromNumber, crossHead[toNumber]!);
        }
      }
    }
  }
  if (count !== length) throw new RangeError(`the root reaches ${count} of ${length} rows`);
  return { order, weakFrom: hasWeak ? countsFrom : length, parent, semi, number, crossHead, cross };
}

function membersByGroup(graph: HeapGraph, groups: RootGroups) {
  const first = new Uint32Array(groups.length + 1);
  for (let group = 0; group < groups.length; group++) first[group + 1] = first[group]! + groups.members[group]!;
  const members = new Int32Array(first[groups.length]!);
  const next = first.slice();
  for (let node = 0; node < groups.groupOf.length && node < graph.length; node++) {
    const group = groups.groupOf[node]!;
    if (group >= 0) members[next[group]!++] = node;
  }
  return { first, members };
}

interface Stack {
  push(value: number): void;
  pop(): number;
  size(): number;
}

function createStack(): Stack {
  let values = new Uint32Array(1024);
  let size = 0;
  return {
    push(value) {
      if (size === values.length) values = widened(values);
      values[size++] = value;
    },
    pop: () => values[--size]!,
    size: () => size,
  };
}

interface LinkedEntries {
  /** Row of the new entry, which is followed by `next`. */
  add(from: number, next: number): number;
  from(entry: number): number;
  next(entry: number): number;
}

function createLinkedEntries(): LinkedEntries {
  let from = new Uint32Array(1024);
  let next = new Int32Array(1024);
  let length = 0;
  return {
    add(source, following) {
      if (length === from.length) {
        from = widened(from);
        const wider = new Int32Array(from.length);
        wider.set(next);
        next = wider;
      }
      from[length] = source;
      next[length] = following;
      return length++;
    },
    from: (entry) => from[entry]!,
    next: (entry) => next[entry]!,
  };
}

function widened(values: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(values.length * 2);
  wider.set(values);
  return wider;
}

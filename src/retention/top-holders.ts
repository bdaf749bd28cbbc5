// The first answer to "who holds the memory": what stands right under the root. An object that two roots hold belongs to
// neither; such objects stand there by type, with the names of those who hold them.
import { createPairTable } from '../base/pair-table.ts';
import { type HeapGraph, rootNode } from '../model/heap-graph.ts';
import { type HoldTree, isWeakRoot, type PlainTypes, plainTypeOf, type TopHolders } from '../model/retention.ts';

export function topHoldersOf(graph: HeapGraph, tree: HoldTree, types: PlainTypes): TopHolders {
  const { groups } = tree;
  const sharedRows = new Map<number, number>();
  const type: number[] = new Array<number>(groups.length).fill(-1);
  const topOf = new Int32Array(graph.length).fill(-1);
  for (let place = 1; place < tree.order.length; place++) {
    const node = tree.order[place]!;
    if (node >= graph.length) continue;
    const group = node < groups.groupOf.length ? groups.groupOf[node]! : -1;
    const above = tree.holder[node]!;
    if (group >= 0) topOf[node] = group;
    else if (above >= graph.length) topOf[node] = above - graph.length;
    else if (above !== rootNode) topOf[node] = topOf[above]!;
    else topOf[node] = sharedRow(plainTypeOf(types, graph.type[node]!));
  }
  const columns = sumUp(graph, tree, topOf, type.length);
  return {
    length: type.length,
    groups,
    type: Int32Array.from(type),
    ...columns,
    topOf,
    heldBy: findHolders(graph, tree, topOf, type.length),
  };

  function sharedRow(sharedType: number): number {
    let row = sharedRows.get(sharedType);
    if (row === undefined) {
      row = type.length;
      sharedRows.set(sharedType, row);
      type.push(sharedType);
    }
    return row;
  }
}

function sumUp(graph: HeapGraph, tree: HoldTree, topOf: Int32Array, length: number) {
  const members = new Int32Array(length);
  const retainedBytes = new Float64Array(length);
  const retainedObjects = new Float64Array(length);
  const example = new Int32Array(length).fill(-1);
  members.set(tree.groups.members);
  for (let group = 0; group < tree.groups.length; group++) {
    retainedBytes[group] = tree.retainedBytes[graph.length + group]!;
    retainedObjects[group] = tree.retainedObjects[graph.length + group]!;
  }
  for (let node = 1; node < graph.length; node++) {
    const isMember = node < tree.groups.groupOf.length && tree.groups.groupOf[node]! >= 0;
    const isUnderRoot = tree.holder[node] === rootNode;
    if (!isMember && !isUnderRoot) continue;
    const top = topOf[node]!;
    if (isUnderRoot) {
      if (!isMember) members[top]!++;
      retainedBytes[top]! += tree.retainedBytes[node]!;
      retainedObjects[top]! += tree.retainedObjects[node]!;
    }
    const best = example[top]!;
    if (best < 0 || tree.retainedBytes[node]! > tree.retainedBytes[best]!) example[top] = node;
  }
  return { members, retainedBytes, retainedObjects, example };
}

/**
 * A reference from the realm of one top holder into that of another can only lead to an object right under the root: were
 * there a single holder below, it would hold that reference's way, too. So one pass over all references gives who holds
 * each shared row; rows that are held by shared rows are followed up to groups.
 */
function findHolders(graph: HeapGraph, tree: HoldTree, topOf: Int32Array, length: number): number[][] {
  const { referenceStart, referenceTo, named } = graph;
  const pairs = createPairTable();
  const references: number[] = [];
  for (let node = 1; node < graph.length; node++) {
    const top = topOf[node]!;
    for (let edge = referenceStart[node]!; edge < referenceStart[node + 1]!; edge++) {
      const to = referenceTo[edge]!;
      if (tree.holder[to] !== rootNode || to < named.length || topOf[to] === top) continue;
      const pair = pairs.rowOf(topOf[to]!, top);
      if (pair === references.length) references.push(0);
      references[pair]!++;
    }
  }
  const directly: { top: number; references: number }[][] = Array.from({ length }, () => []);
  for (const [pair, count] of references.entries()) {
    directly[pairs.first(pair)]!.push({ top: pairs.second(pair), references: count });
  }
  for (const holders of directly) holders.sort((a, b) => b.references - a.references || a.top - b.top);
  return directly.map((_, top) => {
    if (top < tree.groups.length) return [];
    const seen = new Set([top]);
    const queue = [top];
    const found: number[] = [];
    for (let at = 0; at < queue.length; at++) {
      for (const { top: holder } of directly[queue[at]!]!) {
        if (seen.has(holder)) continue;
        seen.add(holder);
        if (holder < tree.groups.length) found.push(holder);
        else queue.push(holder);
      }
    }
    const strong = found.filter((group) => !isWeakRoot(tree.groups.kind[group]!));
    return strong.length >= 2 ? strong : found;
  });
}

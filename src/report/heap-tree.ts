// A folded tree, cut down to what a person reads: at each step the largest few, and only while they matter.
import { type HeapGraph, type HeapNames, rootNode } from '../model/heap-graph.ts';
import { type FoldedTree, foldedRowKinds, type HoldTree, type PlainTypes } from '../model/retention.ts';
import type { HeapTreeNode } from './heap-report.ts';

const deepest = 10;
const mostChildren = 4;
/** Of all reachable bytes, and of the row above. */
const leastShare = 0.002;
const leastShareOfAbove = 0.03;
const mostLookedThrough = 100_000;

export interface FoldedChildren {
  /** Rows directly below a row, the largest first. */
  of(row: number): readonly number[];
}

export function childrenOf(folded: FoldedTree): FoldedChildren {
  const byRow = new Map<number, number[]>();
  for (let row = 1; row < folded.length; row++) {
    const above = folded.above[row]!;
    const list = byRow.get(above);
    if (list === undefined) byRow.set(above, [row]);
    else list.push(row);
  }
  for (const list of byRow.values()) list.sort((a, b) => folded.bytes[b]! - folded.bytes[a]! || a - b);
  return { of: (row) => byRow.get(row) ?? [] };
}

export interface TreeSource {
  readonly graph: HeapGraph;
  readonly names: HeapNames;
  readonly types: PlainTypes;
  readonly tree: HoldTree;
  readonly folded: FoldedTree;
  readonly children: FoldedChildren;
}

/** What is below a row; its depth is bounded, so that recursion is, too. */
export function treeBelow(source: TreeSource, row: number, depth = 0): HeapTreeNode[] {
  const { folded, children } = source;
  const total = folded.bytes[0]!;
  if (depth >= deepest || total === 0) return [];
  return children
    .of(row)
    .filter((child) => folded.bytes[child]! >= Math.max(total * leastShare, folded.bytes[row]! * leastShareOfAbove))
    .slice(0, mostChildren)
    .map((child) => ({
      kind: kindOf(folded, child),
      name: nameOfRow(source, child),
      label: labelOfRow(source, child),
      count: folded.count[child]!,
      objects: folded.ownObjects[child]!,
      bytes: folded.ownBytes[child]!,
      retainedBytes: folded.bytes[child]!,
      share: folded.bytes[child]! / total,
      inside: treeBelow(source, child, depth + 1),
    }));
}

function kindOf(folded: FoldedTree, row: number): HeapTreeNode['kind'] {
  const kind = foldedRowKinds[folded.kind[row]!]!;
  return kind === 'frame' || kind === 'type' ? kind : 'unknown';
}

export function nameOfRow({ types, tree, folded }: TreeSource, row: number): string {
  const what = folded.what[row]!;
  switch (foldedRowKinds[folded.kind[row]!]!) {
    case 'root':
      return '';
    case 'group':
      return tree.groups.name[what]!;
    case 'frame':
      return folded.frameNames[what]!;
    case 'type':
      return types.name[what]!;
    case 'unknown':
      return 'objects of unknown type';
  }
}

/** Only where the holder refers to the example itself; an index stands for all of them. */
export function labelOfRow({ graph, names, tree, folded }: TreeSource, row: number): string {
  const node = folded.example[row]!;
  const holder = tree.holder[node]!;
  if (holder <= rootNode || holder >= graph.length) return '';
  const end = Math.min(graph.referenceStart[holder + 1]!, graph.referenceStart[holder]! + mostLookedThrough);
  for (let edge = graph.referenceStart[holder]!; edge < end; edge++) {
    if (graph.referenceTo[edge] === node) return anyIndex(names.referenceLabel(holder, node));
  }
  return '';
}

export const anyIndex = (label: string): string => label.replace(/\[\d+\]/g, '[…]');

// The tree of holders, a page of rows at a time: what a picture of the heap draws, however large the heap is.
import { KnownError } from '../base/errors.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { foldedRowKinds, type Retention } from '../model/retention.ts';
import { childrenOf, labelOfRow, nameOfRow, type TreeSource } from './heap-tree.ts';

export interface HeapTreePage {
  /** Of the whole heap. */
  readonly totalBytes: number;
  /** From below the whole heap to the row whose children these are; empty for the whole heap. */
  readonly path: readonly HeapTreeRow[];
  readonly ownBytes: number;
  readonly ownObjects: number;
  readonly retainedBytes: number;
  /** The largest first. */
  readonly rows: readonly HeapTreeRow[];
  readonly from: number;
  /** Children in all, and what those that are not in `rows` retain. */
  readonly children: number;
  readonly otherBytes: number;
}

export interface HeapTreeRow {
  /** Asks for what is below it. */
  readonly row: number;
  /** `group`: roots of one name; else objects of one type, variables of one frame, or objects without a type. */
  readonly kind: string;
  readonly name: string;
  readonly label: string;
  readonly count: number;
  readonly objects: number;
  readonly ownBytes: number;
  readonly retainedBytes: number;
  readonly children: number;
  /** The largest of what is below it, the largest first; only for rows that are large themselves. */
  readonly inside?: readonly { readonly row: number; readonly name: string; readonly retainedBytes: number }[];
}

const mostInside = 8;
const longestWay = 8;
const singleWayShare = 0.9;
/** Of the row whose children are shown: below it a picture has no room for what is inside. */
const leastShareWithInside = 0.02;

export function treeSourceOf({ graph, names }: HeapWalk, { types, tree, folded }: Retention): TreeSource {
  return { graph, names, types, tree, folded, children: childrenOf(folded) };
}

export function composeTreePage(source: TreeSource, row: number, from: number, most: number): HeapTreePage {
  const { folded, children } = source;
  if (row >= folded.length) {
    throw new KnownError('E-HEAP-ROW', `this heap has no row ${row}`, {
      advice: 'Its tree has other rows after each walk; begin at the whole heap.',
    });
  }
  const below = children.of(row);
  const shown = below.slice(from, from + most);
  const path: HeapTreeRow[] = [];
  for (let at = row; at > 0; at = folded.above[at]!) path.push(rowOf(source, at));
  const childBytes = below.reduce((sum, child) => sum + folded.bytes[child]!, 0);
  return {
    totalBytes: folded.bytes[0] ?? 0,
    path: path.reverse(),
    ownBytes: folded.ownBytes[row] ?? 0,
    ownObjects: folded.ownObjects[row] ?? 0,
    retainedBytes: folded.bytes[row] ?? 0,
    rows: shown.map((child) => ({ ...rowOf(source, child), ...insideOf(source, row, child) })),
    from,
    children: below.length,
    otherBytes: childBytes - shown.reduce((sum, child) => sum + folded.bytes[child]!, 0),
  };
}

function insideOf(source: TreeSource, above: number, row: number): Pick<HeapTreeRow, 'inside'> {
  const { folded, children } = source;
  if (folded.bytes[row]! < folded.bytes[above]! * leastShareWithInside) return {};
  // What is a single way is passed over, down to where it parts.
  let parting = row;
  for (let step = 0; step < longestWay; step++) {
    const [first] = children.of(parting);
    const goesOn = first !== undefined && children.of(first).length > 0;
    if (!goesOn || folded.bytes[first]! < folded.bytes[row]! * singleWayShare) break;
    parting = first;
  }
  const inside = children.of(parting).slice(0, mostInside);
  if (inside.length === 0) return {};
  return {
    inside: inside.map((child) => ({
      row: child,
      name: nameOfRow(source, child),
      retainedBytes: folded.bytes[child]!,
    })),
  };
}

function rowOf(source: TreeSource, row: number): HeapTreeRow {
  const { folded, children } = source;
  return {
    row,
    kind: kindOf(source, row),
    name: nameOfRow(source, row),
    label: labelOfRow(source, row),
    count: countOf(source, row),
    objects: folded.objects[row]!,
    ownBytes: folded.ownBytes[row]!,
    retainedBytes: folded.bytes[row]!,
    children: children.of(row).length,
  };
}

/** Of a group, how many roots it has: the tree counts objects only. */
function countOf({ folded, tree }: TreeSource, row: number): number {
  return foldedRowKinds[folded.kind[row]!] === 'group' ? tree.groups.members[folded.what[row]!]! : folded.count[row]!;
}

/** Of a group, what its roots are: `goroutine`, `global`. */
function kindOf({ folded, tree }: TreeSource, row: number): string {
  const kind = foldedRowKinds[folded.kind[row]!]!;
  return kind === 'group' ? tree.groups.kind[folded.what[row]!]! : kind;
}

// A tree of millions of objects, folded into one of some hundred rows: "main.Session × 20,000, each with a []uint8". One
// pass: a node's row is the row of (row above, type).
import { createPairTable } from '../base/pair-table.ts';
import type { HeapGraph } from '../model/heap-graph.ts';
import {
  type FoldedRowKind,
  type FoldedTree,
  foldedRowKinds,
  type HoldTree,
  type PlainTypes,
  plainTypeOf,
  type RootGroups,
} from '../model/retention.ts';
import type { Ways } from './find-ways.ts';

/** How far above itself a type is looked for before it opens a new row: what repeats in longer cycles is rare. */
const longestCycle = 8;
/** Nobody reads more; a heap of tangled types must not fill the memory. */
const mostRows = 1 << 18;

/** Folded by who retains whom. */
export const foldHoldTree = (graph: HeapGraph, tree: HoldTree, types: PlainTypes): FoldedTree =>
  foldTree(graph, types, tree.groups, tree.holder, tree.order);

/** Folded by a shortest way to each object: real references, one of perhaps many ways. */
export const foldWays = (graph: HeapGraph, groups: RootGroups, types: PlainTypes, ways: Ways): FoldedTree =>
  foldTree(graph, types, groups, ways.parent, ways.order);

/** `order`: rows in an order in which those above come first. */
function foldTree(
  graph: HeapGraph,
  types: PlainTypes,
  groups: RootGroups,
  above: Int32Array,
  order: Int32Array,
): FoldedTree {
  const { named, type, bytes } = graph;
  const rows = createRows();
  rows.add(-1, 'root', 0, 0);
  for (let group = 0; group < groups.length; group++) rows.add(0, 'group', group, -1);
  const frameNames: string[] = [];
  const frameNameOf = frameNamesOf(graph, frameNames);
  const pairs = createPairTable();
  const rowOfPair: number[] = [];
  const rowOf = new Int32Array(graph.length);
  const count = new Float64Array(mostRows);
  const ownObjects = new Float64Array(mostRows);
  const ownBytes = new Float64Array(mostRows);
  let crowdedOut = 0;
  for (let place = 1; place < order.length; place++) {
    const node = order[place]!;
    if (node >= graph.length) continue;
    const group = node < groups.groupOf.length ? groups.groupOf[node]! : -1;
    if (group >= 0) {
      const row = group + 1;
      rowOf[node] = row;
      if (rows.example[row] === -1) rows.example[row] = node;
    } else {
      const up = above[node]!;
      const upRow = up < graph.length ? rowOf[up]! : up - graph.length + 1;
      const isFrame = node < named.length;
      // The inside of a map hangs on its header, which may have a name of its own (type Set map[string]bool).
      if (!isFrame && type[node]! >= 0 && types.isInner[type[node]!] === 1 && rows.isType(upRow)) {
        rowOf[node] = upRow;
        ownObjects[upRow]!++;
        ownBytes[upRow]! += bytes[node]!;
        continue;
      }
      const what = isFrame ? frameNameOf[node]! : plainTypeOf(types, type[node]!);
      const kind: FoldedRowKind = isFrame ? 'frame' : what < 0 ? 'unknown' : 'type';
      const pair = pairs.rowOf(upRow, isFrame ? -2 - what : what);
      if (pair === rowOfPair.length) {
        const row = rows.findAbove(upRow, kind, what);
        if (row < 0 && rows.above.length >= mostRows) crowdedOut++;
        rowOfPair.push(row >= 0 ? row : rows.above.length < mostRows ? rows.add(upRow, kind, what, node) : upRow);
      }
      rowOf[node] = rowOfPair[pair]!;
    }
    if (node >= named.length) {
      if (type[node]! < 0 || types.isInner[type[node]!] === 0) count[rowOf[node]!]!++;
      ownObjects[rowOf[node]!]!++;
      ownBytes[rowOf[node]!]! += bytes[node]!;
    }
  }
  const length = rows.above.length;
  const objects = ownObjects.slice(0, length);
  const allBytes = ownBytes.slice(0, length);
  for (let row = length - 1; row > 0; row--) {
    objects[rows.above[row]!]! += objects[row]!;
    allBytes[rows.above[row]!]! += allBytes[row]!;
  }
  return {
    length,
    above: Int32Array.from(rows.above),
    kind: Uint8Array.from(rows.kind),
    what: Int32Array.from(rows.what),
    frameNames,
    count: count.slice(0, length),
    ownObjects: ownObjects.slice(0, length),
    ownBytes: ownBytes.slice(0, length),
    objects,
    bytes: allBytes,
    example: Int32Array.from(rows.example),
    rowOf,
    crowdedOut,
  };
}

function createRows() {
  const above: number[] = [];
  const kind: number[] = [];
  const what: number[] = [];
  const example: number[] = [];
  return {
    above,
    kind,
    what,
    example,
    add(up: number, rowKind: FoldedRowKind, rowWhat: number, node: number): number {
      above.push(up);
      kind.push(foldedRowKinds.indexOf(rowKind));
      what.push(rowWhat);
      example.push(node);
      return above.length - 1;
    },
    isType: (row: number): boolean => kind[row] === foldedRowKinds.indexOf('type'),
    /** The row of the same kind at or closely above `from`, or -1. */
    findAbove(from: number, rowKind: FoldedRowKind, rowWhat: number): number {
      const code = foldedRowKinds.indexOf(rowKind);
      for (let row = from, steps = 0; row > 0 && steps < longestCycle; row = above[row]!, steps++) {
        if (kind[row] === code && what[row] === rowWhat) return row;
      }
      return -1;
    },
  };
}

/** Row of `names` for each named node. */
function frameNamesOf(graph: HeapGraph, names: string[]): Int32Array {
  const rowByName = new Map<string, number>();
  return Int32Array.from(graph.named.name, (name) => {
    let row = rowByName.get(name);
    if (row === undefined) {
      row = names.length;
      rowByName.set(name, row);
      names.push(name);
    }
    return row;
  });
}

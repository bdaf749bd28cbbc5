// Why objects are still there: the ways on which they are held, those that hold most first.
import { type HeapGraph, type HeapNames, none } from '../model/heap-graph.ts';
import {
  type Explanation,
  type FoldedTree,
  type HoldingWay,
  plainTypeOf,
  type Retention,
  type Subject,
} from '../model/retention.ts';
import { findWays, type Ways } from './find-ways.ts';
import { foldWays } from './fold-tree.ts';
import { pathTo } from './path-to.ts';

/** `mostWays`: how many ways are spelled out. */
export function explainSubject(
  graph: HeapGraph,
  names: HeapNames,
  retention: Retention,
  subject: Exclude<Subject, { kind: 'groups' }>,
  mostWays: number,
): Explanation {
  const { tree } = retention;
  const found = findWays(graph, tree.groups);
  if (subject.kind === 'object') {
    const bytes = graph.bytes[subject.node]!;
    const way = {
      objects: 1,
      bytes,
      path: pathTo(graph, names, retention, found.parent, subject.node),
      group: groupOf(found, retention, subject.node),
    };
    return {
      objects: 1,
      bytes,
      retainedBytes: tree.retainedBytes[subject.node]!,
      ways: [way],
      otherWays: { ways: 0, objects: 0, bytes: 0 },
    };
  }
  const all = collectWays(graph, retention, foldWays(graph, tree.groups, retention.types, found), subject.types);
  const ways = all.slice(0, mostWays).map(
    (way): HoldingWay => ({
      objects: way.objects,
      bytes: way.bytes,
      path: pathTo(graph, names, retention, found.parent, way.example),
      group: groupOf(found, retention, way.example),
    }),
  );
  const rest = all.slice(mostWays);
  return {
    objects: sum(all, (way) => way.objects),
    bytes: sum(all, (way) => way.bytes),
    retainedBytes: sum(subject.types, (type) => retention.histogram.retainedBytes[type]!),
    ways,
    otherWays: { ways: rest.length, objects: sum(rest, (way) => way.objects), bytes: sum(rest, (way) => way.bytes) },
  };
}

interface FoundWay {
  objects: number;
  bytes: number;
  /** The one that retains most. */
  example: number;
}

/** Objects of the types, by the row of the folded ways in which they are. */
function collectWays(
  graph: HeapGraph,
  { tree, types: plain }: Retention,
  paths: FoldedTree,
  types: readonly number[],
): FoundWay[] {
  const isWanted = new Uint8Array(plain.length);
  for (const type of types) isWanted[type] = 1;
  const byRow = new Map<number, FoundWay>();
  for (let node = graph.named.length; node < graph.length; node++) {
    const type = plainTypeOf(plain, graph.type[node]!);
    if (type === none || isWanted[type] === 0) continue;
    const row = paths.rowOf[node]!;
    let way = byRow.get(row);
    if (way === undefined) {
      way = { objects: 0, bytes: 0, example: node };
      byRow.set(row, way);
    }
    way.objects++;
    way.bytes += graph.bytes[node]!;
    if (tree.retainedBytes[node]! > tree.retainedBytes[way.example]!) way.example = node;
  }
  return [...byRow.values()].sort((a, b) => b.bytes - a.bytes || b.objects - a.objects || a.example - b.example);
}

/** The root group at the beginning of the shortest way to a node. */
function groupOf({ parent }: Ways, { tree }: Retention, node: number): number {
  let at = node;
  while (parent[at]! > 0) at = parent[at]!;
  return tree.groups.groupOf[at] ?? none;
}

function sum<T>(rows: readonly T[], of: (row: T) => number): number {
  let total = 0;
  for (const row of rows) total += of(row);
  return total;
}

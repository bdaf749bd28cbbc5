// Why objects are still there: the ways on which they are held, those that hold most first.
import { type HeapGraph, type HeapWalk, none } from '../model/heap-graph.ts';
import {
  type Explanation,
  type FoldedTree,
  type HoldingWay,
  type HoldTree,
  plainTypeOf,
  type Retention,
  type Subject,
} from '../model/retention.ts';
import { findWays, type Ways } from './find-ways.ts';
import { foldWays } from './fold-tree.ts';
import { pathTo } from './path-to.ts';

/** Objects of the heap, and not roots. */
export type ObjectSubject = Exclude<Subject, { kind: 'groups' }>;

/** `mostWays`: how many ways are spelled out. */
export function explainSubject(
  { graph, names }: Pick<HeapWalk, 'graph' | 'names'>,
  retention: Retention,
  subject: ObjectSubject,
  mostWays: number,
): Explanation {
  const { tree, types } = retention;
  const found = findWays(graph, tree.groups);
  const nodes = subject.kind === 'objects' ? subject.nodes : nodesOfTypes(graph, retention, subject.types);
  // One object has one way, and needs no tree of all.
  const paths = nodes.length === 1 ? undefined : foldWays(graph, tree.groups, types, found);
  const all = collectWays(graph, tree, paths, nodes);
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
    retainedBytes:
      subject.kind === 'objects'
        ? retainedTogether(tree, subject.nodes)
        : sum(subject.types, (type) => retention.histogram.retainedBytes[type]!),
    ways,
    otherWays: { ways: rest.length, objects: sum(rest, (way) => way.objects), bytes: sum(rest, (way) => way.bytes) },
  };
}

function nodesOfTypes(graph: HeapGraph, { types: plain }: Retention, types: readonly number[]): Int32Array {
  const isWanted = new Uint8Array(plain.length);
  for (const type of types) isWanted[type] = 1;
  const wanted = (node: number): boolean => {
    const type = plainTypeOf(plain, graph.type[node]!);
    return type !== none && isWanted[type] === 1;
  };
  let count = 0;
  for (let node = graph.named.length; node < graph.length; node++) if (wanted(node)) count++;
  const nodes = new Int32Array(count);
  count = 0;
  for (let node = graph.named.length; node < graph.length; node++) if (wanted(node)) nodes[count++] = node;
  return nodes;
}

interface FoundWay {
  objects: number;
  bytes: number;
  /** The one that retains most. */
  example: number;
}

/** The objects by the row of the folded ways in which they are. */
function collectWays(
  graph: HeapGraph,
  tree: HoldTree,
  paths: FoldedTree | undefined,
  nodes: ArrayLike<number>,
): FoundWay[] {
  const byRow = new Map<number, FoundWay>();
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!;
    const row = paths === undefined ? 0 : paths.rowOf[node]!;
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

/** How far up a holder is looked for; in a list that is longer, what is held may count twice. */
const mostSteps = 100_000;

/** What would be free without all of them: what is inside of another is counted there. */
function retainedTogether(tree: HoldTree, nodes: readonly number[]): number {
  const all = new Set(nodes);
  let bytes = 0;
  for (const node of all) {
    let above = tree.holder[node]!;
    for (let steps = 0; above > 0 && !all.has(above) && steps < mostSteps; steps++) above = tree.holder[above]!;
    if (!all.has(above)) bytes += tree.retainedBytes[node]!;
  }
  return bytes;
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

// Contexts that wait for their children: a parent remembers each child in a map until the child is cancelled. Source:
// context/context.go type cancelCtx: Context (2 words), mu (8 bytes), done (atomic.Value, 2 words), children (a map); the
// same in Go 1.19 to 1.27.
import { wordReaderOf } from '../../base/memory-source.ts';
import { nodeKinds, none } from '../../model/heap-graph.ts';
import type { ContextParent } from '../../model/heap-proofs.ts';
import type { ProofSources } from './proof-sources.ts';

const childrenOffset = 40;
const leastChildren = 2;
const mostParents = 50;
const mostSteps = 40;
const cancelable = /^context\.(?:cancelCtx|timerCtx)$/;

/** Those with most children first. */
export function readContexts(sources: ProofSources): ContextParent[] {
  const { graph, image } = sources;
  const { swissMap, hmap } = image.target.layout.structs;
  const countOffset = image.target.layout.maps === 'swiss' ? swissMap?.used : hmap?.count;
  const wanted = graph.types.name.map((name) => cancelable.test(name));
  const reader = wordReaderOf(image.memory);
  const found: { readonly node: number; readonly map: number; readonly children: number }[] = [];
  if (countOffset === undefined) return [];
  for (let node = graph.named.length; node < graph.length; node++) {
    const type = graph.type[node]!;
    if (type === none || !wanted[type]) continue;
    const map = reader.word(graph.addressOf(node) + childrenOffset);
    const children = map > 0 ? reader.word(map + countOffset) : 0;
    if (children >= leastChildren) found.push({ node, map, children });
  }
  return found
    .sort((a, b) => b.children - a.children)
    .slice(0, mostParents)
    .map(({ node, map, children }) => ({
      address: `0x${graph.addressOf(node).toString(16)}`,
      children,
      childTypes: childTypesOf(sources, node, map),
      owner: ownerOf(sources, node),
    }));
}

/** What the map holds: everything behind its own tables, groups and buckets. */
function childTypesOf({ graph }: ProofSources, parent: number, map: number): ContextParent['childTypes'] {
  const { referenceStart, referenceTo, types } = graph;
  const isOfMap = types.name.map((name) => /\bmap\b|map\[|map\.group|bucket/.test(name));
  const counts = new Map<string, number>();
  const seen = new Set<number>([parent]);
  const open: number[] = [];
  const references = (node: number): number[] => [
    ...referenceTo.subarray(referenceStart[node]!, referenceStart[node + 1]!),
  ];
  for (const node of references(parent)) if (graph.addressOf(node) === map) open.push(node);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    const type = graph.type[node]!;
    const name = type === none ? 'unknown' : types.name[type]!;
    if (graph.addressOf(node) === map || isOfMap[type]) open.push(...references(node));
    else counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count);
}

/** The way on which the walk found it first. */
function ownerOf({ graph, names }: ProofSources, context: number): string {
  const way: number[] = [];
  for (let node = context; node > 0 && way.length < mostSteps; node = graph.parent[node]!) way.push(node);
  way.reverse();
  const [start] = way;
  if (start === undefined || start >= graph.named.length) return '';
  const isVariable = nodeKinds[graph.named.kind[start]!] !== 'goroutine';
  const labels = way
    .slice(1)
    .map((to, i) =>
      to < graph.named.length ? ` in ${graph.named.name[to]}` : ` ${names.referenceLabel(way[i]!, to)}`,
    );
  return `${isVariable ? '' : 'goroutine '}${graph.named.name[start]}${labels.join('')}`
    .replace(/ (?=[.[])/g, '')
    .trim();
}

// The shortest way from a root to an object, as people read it: each step with how it is reached, whether there is a way
// around it, and long repetitions (the elements of a list) told once.
import { type HeapGraph, type HeapNames, nodeKinds, none, rootNode } from '../model/heap-graph.ts';
import { type HoldTree, type PathStep, type PlainTypes, plainTypeOf, type Retention } from '../model/retention.ts';

const longestRepetition = 4;
/** A pattern that comes fewer times than this is spelled out. */
const leastRepeats = 3;

/** From the named root to `node`, along `parent` (see find-ways.ts); the root of all is left out. */
export function pathTo(
  graph: HeapGraph,
  names: HeapNames,
  { tree, types }: Pick<Retention, 'tree' | 'types'>,
  parent: Int32Array,
  node: number,
): PathStep[] {
  /** What a map is made of inside is the map: it is not spelled out. */
  const isInner = (at: number): boolean =>
    at >= graph.named.length && graph.type[at]! >= 0 && types.isInner[graph.type[at]!] === 1;
  const way: number[] = [];
  for (let at = node; at > rootNode; at = parent[at]!) if (at === node || !isInner(at)) way.push(at);
  way.reverse();
  const dominates = dominatorsAbove(tree, node);
  return shorten(
    way,
    (index) => (way[index]! < graph.named.length ? `root ${way[index]}` : `${graph.type[way[index]!]}`),
    (index) => {
      const at = way[index]!;
      const above = parent[at]!;
      return {
        kind: at < graph.named.length ? nodeKinds[graph.named.kind[at]!]! : 'object',
        name: nameOf(graph, types, at),
        label: above === rootNode ? '' : names.referenceLabel(above, at),
        node: at,
        address: graph.addressOf(at),
        retainedBytes: tree.retainedBytes[at]!,
        onEveryPath: tree.method === 'dominators' ? dominates.has(at) : undefined,
      };
    },
  );
}

function nameOf(graph: HeapGraph, types: PlainTypes, node: number): string {
  if (node < graph.named.length) return graph.named.name[node]!;
  const type = plainTypeOf(types, graph.type[node]!);
  return type === none ? `object of ${graph.bytes[node]} bytes` : types.name[type]!;
}

/** Itself and its dominators. They all lie on the shortest way, since they lie on every way. */
function dominatorsAbove(tree: HoldTree, node: number): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = node; at > rootNode; at = tree.holder[at]!) found.add(at);
  return found;
}

/** Spells out the indexes of `way`; where a pattern of up to four repeats, only its first turn. */
function shorten(
  way: readonly number[],
  patternOf: (index: number) => string,
  spell: (index: number) => Omit<PathStep, 'again'>,
): PathStep[] {
  const patterns = way.map((_, index) => patternOf(index));
  const steps: PathStep[] = [];
  for (let index = 0; index < way.length; ) {
    const { steps: period, times } = repetitionAt(patterns, index);
    for (let i = 0; i < period; i++) {
      const isLast = i === period - 1;
      steps.push({ ...spell(index + i), again: isLast && times > 0 ? { steps: period, times } : undefined });
    }
    index += period * (times + 1);
  }
  return steps;
}

/** How many more times the steps from `index` come in a row; the last step of all is never left out. */
function repetitionAt(patterns: readonly string[], index: number): { steps: number; times: number } {
  for (let period = 1; period <= longestRepetition; period++) {
    let end = index + period;
    while (end < patterns.length - 1 && patterns[end] === patterns[end - period]) end++;
    const times = Math.floor((end - index) / period) - 1;
    if (times >= leastRepeats) return { steps: period, times };
  }
  return { steps: 1, times: 0 };
}

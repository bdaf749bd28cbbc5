// Contexts that nobody can cancel any more. A cancel function refers to its context, so a context that everything reaches only
// through its parent's map of children has none left: it goes when its parent does, and not before. One with a deadline is
// also held by its timer, and is not counted. Source: context/context.go cancelCtx.children, propagateCancel (Go 1.19 to 1.27).
import { type HeapGraph, none } from '../model/heap-graph.ts';
import { plainTypeOf, type Retention } from '../model/retention.ts';

const childMap = 'map[context.canceler]struct {}';
const child = /^context\.(cancelCtx|timerCtx|afterFuncCtx)$/;
/** Header, directory, table, groups, buckets that overflow. */
const mostParts = 1000;

/** How many of them each map of children holds, by the node of the map; empty when only first ways were looked at. */
export function forsakenContexts(
  graph: HeapGraph,
  { tree, types }: Pick<Retention, 'tree' | 'types'>,
): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  const map = types.name.indexOf(childMap);
  if (tree.method !== 'dominators' || map < 0) return counts;
  const isChild = graph.types.name.map((name) => child.test(name));
  const plainOf = (row: number): number => (row < graph.length ? plainTypeOf(types, graph.type[row]!) : none);
  const isOfMap = (row: number): boolean => plainOf(row) === map;
  /** Tables of a large map may have nobody who says what it is a map of (plain-types.ts). */
  const isPart = (row: number): boolean => isOfMap(row) || types.name[plainOf(row)] === 'map of unknown type';
  for (let node = graph.named.length; node < graph.length; node++) {
    const type = graph.type[node]!;
    if (type < 0 || !isChild[type]) continue;
    let holder = tree.holder[node]!;
    if (!isOfMap(holder)) continue;
    for (let part = 0; part < mostParts && isPart(tree.holder[holder]!); part++) holder = tree.holder[holder]!;
    counts.set(holder, (counts.get(holder) ?? 0) + 1);
  }
  return counts;
}

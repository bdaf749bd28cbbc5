// Objects that nothing but timers holds: nobody is left who could stop the timer, or receive from its channel.
import type { TimerHold } from '../model/heap-facts.ts';
import { type HeapGraph, nodeKinds, rootNode } from '../model/heap-graph.ts';
import type { PendingTimers } from '../model/heap-proofs.ts';
import type { Retention } from '../model/retention.ts';

/** What was made a moment ago may still be in the hands of its maker; more than that are held by something else as well. */
const leastShare = 0.75;
const nsPerMs = 1e6;

/** Of nodes, those that were allocated in one place; undefined when something else holds more than a few of them. */
export type HeldByTimers = (nodes: readonly number[]) => TimerHold | undefined;

export function createHeldByTimers(
  { named }: Pick<HeapGraph, 'named'>,
  { tree, tops }: Pick<Retention, 'tree' | 'tops'>,
  pending: PendingTimers,
): HeldByTimers {
  const timerKind = nodeKinds.indexOf('timer');
  const rowOf = new Map(Array.from(pending.node, (node, row) => [node, row]));
  const countByName = new Map<string, number>();
  for (const node of pending.node) countByName.set(named.name[node]!, (countByName.get(named.name[node]!) ?? 0) + 1);
  /** The row of the timer without which a node would be free; undefined when there is none. */
  const timerAbove = (node: number): number | undefined => {
    // The way up is as long as a list may be: only those that timers hold go it.
    if (tops.groups.kind[tops.topOf[node]!] !== 'timer') return undefined;
    let above = node;
    while (above > rootNode && above >= named.length) above = tree.holder[above]!;
    return above > rootNode && named.kind[above] === timerKind ? rowOf.get(above) : undefined;
  };
  return (nodes) => {
    if (tree.method !== 'dominators' || pending.length === 0) return undefined;
    const byName = new Map<string, { objects: number; rows: Set<number> }>();
    for (const node of nodes) {
      const row = timerAbove(node);
      if (row === undefined) continue;
      const name = named.name[pending.node[row]!]!;
      const held = byName.get(name) ?? { objects: 0, rows: new Set() };
      byName.set(name, held);
      held.objects++;
      held.rows.add(row);
    }
    const [most] = [...byName].sort((a, b) => b[1].objects - a[1].objects);
    if (most === undefined || most[1].objects < leastShare * nodes.length) return undefined;
    const [name, { rows }] = most;
    const firesInNs = [...rows].reduce(
      (soonest, row) => Math.min(soonest, pending.firesInNs[row]!),
      Number.POSITIVE_INFINITY,
    );
    return {
      name,
      timers: rows.size,
      pending: countByName.get(name)!,
      firesInMs: Number.isNaN(firesInNs) ? undefined : firesInNs / nsPerMs,
    };
  };
}

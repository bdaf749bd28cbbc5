// What groups of goroutines hold and what they do: the goroutines that one line created with one function are one row.
import { type HeapWalk, none } from '../model/heap-graph.ts';
import { type HeapProofs, provenStuck } from '../model/heap-proofs.ts';
import type { GoroutineHolding, Retention } from '../model/retention.ts';
import { type Frame, framesOf } from '../model/stacks.ts';

/** Those that are proven stuck first, then those that retain most, then the most numerous. */
export function goroutineHoldingsOf(
  { graph }: HeapWalk,
  { tree, tops }: Retention,
  proofs: HeapProofs,
): GoroutineHolding[] {
  const { goroutines } = graph;
  const rowsByGroup = new Map<number, number[]>();
  for (let row = 0; row < goroutines.length; row++) {
    const group = tree.groups.groupOf[goroutines.node[row]!] ?? none;
    if (group === none) continue;
    const rows = rowsByGroup.get(group);
    if (rows === undefined) rowsByGroup.set(group, [row]);
    else rows.push(row);
  }
  return [...rowsByGroup]
    .map(([group, rows]): GoroutineHolding => {
      const most = rows.reduce((best, row) =>
        tree.retainedBytes[goroutines.node[row]!]! > tree.retainedBytes[goroutines.node[best]!]! ? row : best,
      );
      return {
        group,
        startFunction: tree.groups.name[group]!,
        createdAt: tree.groups.createdAt[group],
        count: rows.length,
        states: countStates(rows.map((row) => goroutines.state[row]!)),
        longestWaitNs: rows.reduce((longest, row) => Math.max(longest, goroutines.waitedNs[row]!), 0),
        stackBytes: rows.reduce((sum, row) => sum + goroutines.stackBytes[row]!, 0),
        retainedBytes: tops.retainedBytes[group]!,
        retainedObjects: tops.retainedObjects[group]!,
        stuck: stuckAmong(proofs, goroutines.startFunction[rows[0]!]!, tree.groups.createdAt[group]),
        mostDeferred: rows.reduce((longest, row) => Math.max(longest, goroutines.deferred[row]!), 0),
        stack: framesOf(goroutines.stacks, goroutines.stack[most]!),
      };
    })
    .sort(
      (a, b) =>
        (b.stuck ?? 0) - (a.stuck ?? 0) || b.retainedBytes - a.retainedBytes || b.count - a.count || a.group - b.group,
    );
}

/** Undefined when this walk may prove nothing. */
function stuckAmong(proofs: HeapProofs, startFunction: string, createdAt: Frame | undefined): number | undefined {
  if (proofs.doubts.length > 0) return undefined;
  return provenStuck(proofs)
    .filter((one) => one.startFunction === startFunction && isSameFrame(one.createdAt, createdAt))
    .reduce((sum, one) => sum + one.count, 0);
}

const isSameFrame = (a: Frame | undefined, b: Frame | undefined): boolean =>
  a?.functionName === b?.functionName && a?.file === b?.file && a?.line === b?.line;

function countStates(states: readonly string[]): { state: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => ({ state, count })).sort((a, b) => b.count - a.count);
}

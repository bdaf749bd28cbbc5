// Blocked goroutines as groups: what they do and where, whether they are proven stuck, who could have woken them.
import { none } from '../../model/heap-graph.ts';
import { mostCounterparts, mostIds, type StuckGroup } from '../../model/heap-proofs.ts';
import { type Frame, frameAt, framesOf } from '../../model/stacks.ts';
import { waitingFrame } from '../../model/waiting-frame.ts';
import type { BlockedGoroutine, Liveness } from './blocked-goroutines.ts';
import { findCounterparts } from './counterparts.ts';
import type { ProofSources } from './proof-sources.ts';
import { wakeRootOf } from './wake-root.ts';

export interface DraftGroup {
  readonly members: readonly BlockedGoroutine[];
  readonly leaked: boolean;
}

export function groupBlocked(sources: ProofSources, { blocked, leaked }: Liveness): DraftGroup[] {
  const { goroutines } = sources.graph;
  const groups = new Map<string, { members: BlockedGoroutine[]; leaked: boolean }>();
  const ownOf = ownFrames(sources);
  for (const one of blocked) {
    const { row } = one;
    // The main goroutine of a program that serves for ever stands there on purpose.
    if (goroutines.id[row] === 1 && goroutines.state[row] === 'select (no cases)') continue;
    const place = ownOf(goroutines.stack[row]!);
    const key = [
      goroutines.startFunction[row],
      goroutines.createdAt[row],
      goroutines.state[row],
      place === undefined ? '' : `${place.functionName}:${place.line}`,
      leaked.has(row),
    ].join('|');
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { members: [one], leaked: leaked.has(row) });
    else group.members.push(one);
  }
  return [...groups.values()];
}

/** `retainedBytes` by row of `drafts`. */
export function describeStuck(
  sources: ProofSources,
  { live }: Liveness,
  drafts: readonly DraftGroup[],
  retainedBytes: (draft: number) => number,
): StuckGroup[] {
  const { graph, doubts } = sources;
  const { goroutines } = graph;
  const ownOf = ownFrames(sources);
  const counterparts = findCounterparts(sources, drafts, (row) => ownOf(goroutines.stack[row]!));
  return drafts
    .map(({ members, leaked }, draft): StuckGroup => {
      const oldestFirst = members.toSorted((a, b) => goroutines.waitedNs[b.row]! - goroutines.waitedNs[a.row]!);
      const { row } = oldestFirst[0]!;
      const created = goroutines.createdAt[row]!;
      const isProven = leaked && doubts.length === 0;
      return {
        startFunction: goroutines.startFunction[row]!,
        createdAt: created === none ? undefined : frameAt(goroutines.stacks.frames, created),
        state: goroutines.state[row]!,
        blockedAt: ownOf(goroutines.stack[row]!),
        stack: framesOf(goroutines.stacks, goroutines.stack[row]!),
        count: members.length,
        ids: oldestFirst.slice(0, mostIds).map((one) => goroutines.id[one.row]!),
        oldestWaitNs: goroutines.waitedNs[row]!,
        retainedBytes: retainedBytes(draft),
        stackBytes: members.reduce((sum, one) => sum + goroutines.stackBytes[one.row]!, 0),
        proof: isProven ? 'unreachable' : undefined,
        wokenBy: leaked ? undefined : wakeRootOf(sources, live.via, members[0]!),
        counterparts: counterparts[draft]!.slice(0, mostCounterparts),
      };
    })
    .sort((a, b) => Number(b.proof !== undefined) - Number(a.proof !== undefined) || b.count - a.count);
}

/** `waitingFrame` by row of the table of stacks. */
export function ownFrames({ graph }: ProofSources): (stack: number) => Frame | undefined {
  const known = new Map<number, Frame | undefined>();
  return (stack) => {
    if (!known.has(stack)) known.set(stack, waitingFrame(framesOf(graph.goroutines.stacks, stack)));
    return known.get(stack);
  };
}

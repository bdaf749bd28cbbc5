// Timers that wait, by what they do: how many, when they fire. Source: runtime/time.go timer.when, timer.period.
import { wordReaderOf } from '../../base/memory-source.ts';
import { nodeKinds } from '../../model/heap-graph.ts';
import type { TimerGroup } from '../../model/heap-proofs.ts';
import type { ProofSources } from './proof-sources.ts';

export interface TimerDraft extends Omit<TimerGroup, 'bytes'> {
  /** Nodes of the timers. */
  readonly holders: number[];
}

/** The most numerous first. */
export function groupTimers({ graph, image, nowNs }: ProofSources): TimerDraft[] {
  const { timer } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  const kind = nodeKinds.indexOf('timer');
  const groups = new Map<string, { name: string; periodNs: number; first: number; last: number; holders: number[] }>();
  for (let node = 0; node < graph.named.length; node++) {
    if (graph.named.kind[node] !== kind) continue;
    const address = graph.named.address[node]!;
    const name = graph.named.name[node]!;
    const periodNs = Math.max(0, reader.word(address + timer.period) || 0);
    // A moment too far away for a number is "never".
    const when = reader.word(address + timer.when) || Number.POSITIVE_INFINITY;
    const key = `${name}|${periodNs}`;
    const group = groups.get(key) ?? { name, periodNs, first: when, last: when, holders: [] };
    group.first = Math.min(group.first, when);
    group.last = Math.max(group.last, when);
    group.holders.push(node);
    groups.set(key, group);
  }
  return [...groups.values()]
    .map(({ name, periodNs, first, last, holders }) => ({
      name,
      periodNs,
      count: holders.length,
      firstFiresInNs: firesIn(first, nowNs),
      lastFiresInNs: firesIn(last, nowNs),
      holders,
    }))
    .sort((a, b) => b.count - a.count);
}

const firesIn = (when: number, nowNs: number | undefined): number | undefined =>
  nowNs === undefined || !Number.isFinite(when) ? undefined : when - nowNs;

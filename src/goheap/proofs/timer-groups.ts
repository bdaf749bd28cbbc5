// Timers that wait: when each of them fires, and what they do, how many. Source: runtime/time.go timer.when, timer.period;
// timer.status until Go 1.22, timer.state since.
import { type WordReader, wordReaderOf } from '../../base/memory-source.ts';
import { nodeKinds } from '../../model/heap-graph.ts';
import type { PendingTimers, TimerGroup } from '../../model/heap-proofs.ts';
import type { RuntimeLayout } from '../runtime-layout.ts';
import type { ProofSources } from './proof-sources.ts';

export interface TimerDraft extends Omit<TimerGroup, 'bytes'> {
  /** Nodes of the timers. */
  readonly holders: number[];
}

export function readPendingTimers({ graph, image, nowNs }: ProofSources): PendingTimers {
  const { timer } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  const kind = nodeKinds.indexOf('timer');
  const node: number[] = [];
  const periodNs: number[] = [];
  const firesInNs: number[] = [];
  for (let row = 0; row < graph.named.length; row++) {
    if (graph.named.kind[row] !== kind) continue;
    const address = graph.named.address[row]!;
    const firesAt = firesAtNs(reader, timer, address);
    if (firesAt === undefined) continue;
    node.push(row);
    periodNs.push(Math.max(0, reader.word(address + timer.period) || 0));
    firesInNs.push(nowNs === undefined ? Number.NaN : firesAt - nowNs);
  }
  return {
    length: node.length,
    node: Int32Array.from(node),
    periodNs: Float64Array.from(periodNs),
    firesInNs: Float64Array.from(firesInNs),
  };
}

const status = { deleted: 3, modifiedEarlier: 7, modifiedLater: 8 } as const;
const zombie = 4;

/** Undefined for one that was stopped: it stays in its heap, and keeps what it refers to, until that is tidied up. */
function firesAtNs(reader: WordReader, timer: RuntimeLayout['structs']['timer'], address: number): number | undefined {
  let when = timer.when;
  if (timer.status !== undefined && timer.nextwhen !== undefined) {
    const now = reader.uint32(address + timer.status);
    if (now === status.deleted) return undefined;
    if (now === status.modifiedEarlier || now === status.modifiedLater) when = timer.nextwhen;
  } else if (timer.state !== undefined && (reader.uint8(address + timer.state) & zombie) !== 0) {
    return undefined;
  }
  // A moment too far away for a number is "never".
  return reader.word(address + when) || Number.POSITIVE_INFINITY;
}

/** By what they do and how often, the most numerous first. */
export function groupTimers({ graph }: Pick<ProofSources, 'graph'>, pending: PendingTimers): TimerDraft[] {
  const groups = new Map<string, { name: string; periodNs: number; first: number; last: number; holders: number[] }>();
  for (let row = 0; row < pending.length; row++) {
    const node = pending.node[row]!;
    const name = graph.named.name[node]!;
    const periodNs = pending.periodNs[row]!;
    const firesIn = pending.firesInNs[row]!;
    const key = `${name}|${periodNs}`;
    const group = groups.get(key) ?? { name, periodNs, first: firesIn, last: firesIn, holders: [] };
    group.first = Math.min(group.first, firesIn);
    group.last = Math.max(group.last, firesIn);
    group.holders.push(node);
    groups.set(key, group);
  }
  const known = (ns: number): number | undefined => (Number.isFinite(ns) ? ns : undefined);
  return [...groups.values()]
    .map(({ name, periodNs, first, last, holders }) => ({
      name,
      periodNs,
      count: holders.length,
      firstFiresInNs: known(first),
      lastFiresInNs: known(last),
      holders,
    }))
    .sort((a, b) => b.count - a.count);
}

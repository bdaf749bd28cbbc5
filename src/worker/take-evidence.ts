// The dear part of a recording: profiles, mappings, dumps and threads of one moment, by whatever way the target allows. It
// remembers what the last one took, so that the next one asks for no more than is worth it.

import { type CaptureError, KnownError } from '../base/errors.ts';
import { type CapturePlan, defaultPlan, forcesGc } from '../capture/capture-plan.ts';
import type { CaptureProgress, Series } from '../capture/capture-series.ts';
import type { Clock } from '../capture/clock.ts';
import type { TargetConnection } from '../capture/connect-target.ts';
import type { Identity } from '../capture/incarnations.ts';
import { captureFromMemory } from '../capture/memory-series.ts';
import { captureProcess } from '../capture/process-series.ts';
import { takeCapture } from '../capture/take-capture.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import type { Artefact } from '../model/artefact.ts';
import type { ReduceWalk } from '../model/first-walk.ts';
import type { RecordedHeap } from '../model/recording.ts';
import { recordedHeap } from './recorded-heap.ts';

export interface EvidenceWishes {
  /** Goroutine dumps and the profile of leaked goroutines, whatever the pace says. */
  readonly full: boolean;
  /** Force nothing on the target, and dump at most so many goroutines: it is short of memory. */
  readonly gentleUpTo?: number | undefined;
  /** False: mappings and sizes alone. */
  readonly profiles: boolean;
}

export interface Evidence {
  readonly taken: readonly { readonly artefact: Omit<Artefact, 'incarnation'>; readonly identity: Identity }[];
  readonly heap: RecordedHeap | undefined;
  readonly liveHeapBytes: number | undefined;
  readonly goroutines: number | undefined;
  readonly notes: readonly string[];
  /** What it cost the target, as far as it is known. */
  readonly costMs: number;
  /** How long it stopped the target. */
  readonly pausedMs: number;
  readonly lost: CaptureError | undefined;
}

export interface EvidenceOptions {
  readonly plan: Pick<CapturePlan, 'gc' | 'gentle'>;
  /** undefined: the memory of the target is not read. */
  readonly walk: { readonly maxPauseMs: number; readonly reduce: ReduceWalk } | undefined;
  readonly clock: Clock;
  readonly nowMs: () => number;
}

export type EvidenceTaker = (
  connection: TargetConnection,
  index: number,
  wishes: EvidenceWishes,
  signal: AbortSignal | undefined,
) => Promise<Evidence>;

/** The target stands still for a moment of it only; the rest is our time, of which a tenth may be taken: 2 % of ten times it. */
const walkedCostShare = 0.2;
const smapsShare = 0.02;
const dumpEveryMs = 600_000;
const cheapMemstatsBytes = 4 << 20;
const mostGoroutinesForDump = 10_000;
const nobody: Identity = { marks: {}, totals: {}, allocated: undefined };

/** For one start of the target. The taker throws CaptureError when nothing could be had. */
export function createEvidenceTaker({ plan, walk, clock, nowMs }: EvidenceOptions): EvidenceTaker {
  const fullPlan: CapturePlan = { ...defaultPlan, ...plan, forMs: 0 };
  let nextSmapsMs = 0;
  let nextDumpMs = 0;
  let memstatsCheap = true;
  let hasExpvar = true;
  let probe: { liveHeapBytes: number | undefined; costMs: number } | undefined;
  let readsMemory = walk !== undefined;

  return async (connection, index, wishes, signal) => {
    const { client, process } = connection;
    const steadyMs = clock.monotonicMs();
    if (client !== undefined && wishes.profiles) {
      const gentle = plan.gentle || wishes.gentleUpTo !== undefined;
      const gc = !gentle && probe !== undefined && forcesGc(fullPlan, probe.liveHeapBytes, probe.costMs);
      const wantsDump = !plan.gentle && (wishes.full || steadyMs >= nextDumpMs);
      if (wantsDump) nextDumpMs = steadyMs + dumpEveryMs;
      const { profiles } = await client.open(signal);
      const capture = await takeCapture(
        { client, index, nowMs, monotonicMs: clock.monotonicMs, signal },
        {
          forceGc: gc,
          memstats: memstatsCheap || (wishes.full && !gentle),
          dumpUpTo: wantsDump ? (wishes.gentleUpTo ?? mostGoroutinesForDump) : 0,
          leakProfile: wishes.full && !gentle && plan.gc !== 'never' && profiles?.has('goroutineleak') === true,
          threads: true,
          expvar: hasExpvar && !memstatsCheap,
          cmdline: index % 2 === 0,
          pid: process?.pid,
          look: { smaps: wishes.full || steadyMs >= nextSmapsMs, threads: true },
          heap: undefined,
        },
      );
      if (capture.smaps !== undefined) nextSmapsMs = clock.monotonicMs() + capture.smaps.ms / smapsShare;
      if (capture.memstatsBytes !== undefined) memstatsCheap = capture.memstatsBytes <= cheapMemstatsBytes;
      hasExpvar = capture.hasExpvar;
      probe ??= { liveHeapBytes: capture.liveHeapBytes, costMs: capture.regularMs };
      const bytes = capture.taken.find(({ artefact }) => artefact.kind === 'heap-profile')?.artefact.bytes;
      return {
        taken: capture.taken,
        heap: bytes === undefined ? undefined : recordedHeap(decodeProfile(bytes)),
        liveHeapBytes: capture.liveHeapBytes,
        goroutines: capture.goroutines,
        notes: capture.notes,
        costMs: capture.regularMs,
        pausedMs: 0,
        lost: capture.lost,
      };
    }
    if (process === undefined) return { ...nothing, notes: [] };
    const { pid } = process;
    if (walk !== undefined && readsMemory && wishes.profiles && !plan.gentle && client === undefined) {
      try {
        let seen: Pick<CaptureProgress, 'liveHeapBytes' | 'goroutines'> = {};
        const onCapture = (progress: CaptureProgress): void => {
          seen = progress;
        };
        const series = await captureFromMemory(pid, fullPlan, { ...walk, signal, clock, onCapture });
        const { liveHeapBytes, goroutines } = seen;
        const costMs = (clock.monotonicMs() - steadyMs) * walkedCostShare;
        return { ...ofSeries(series, index, costMs), liveHeapBytes, goroutines };
      } catch (error) {
        if (!(error instanceof KnownError)) throw error;
        // No Go, or not allowed: asking again would give the same answer.
        readsMemory = false;
        const bare = ofSeries(await captureProcess(pid, fullPlan, { signal, clock }), index, 0);
        return { ...bare, notes: [...bare.notes, `its memory cannot be read: ${error.message}`] };
      }
    }
    return ofSeries(await captureProcess(pid, fullPlan, { signal, clock }), index, 0);
  };
}

const nothing = {
  taken: [],
  heap: undefined,
  liveHeapBytes: undefined,
  goroutines: undefined,
  costMs: 0,
  pausedMs: 0,
  lost: undefined,
} as const;

/** A series of one capture, under the index that it has in the recording. */
function ofSeries({ artefacts, notes, pausedMs = 0 }: Series, index: number, costMs: number): Evidence {
  const directory = String(index).padStart(4, '0');
  const taken = artefacts.map(({ incarnation: _, ...artefact }) => ({
    artefact: { ...artefact, capture: index, name: artefact.name.replace(/^\d+/, directory) },
    identity: nobody,
  }));
  const heap = artefacts.find(({ kind }) => kind === 'heap-profile');
  return {
    ...nothing,
    taken,
    heap: heap === undefined ? undefined : recordedHeap(decodeProfile(heap.bytes)),
    notes: notes.map(({ message }) => message),
    costMs,
    pausedMs,
  };
}

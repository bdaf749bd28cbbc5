// Evidence of a local process beside the captures: a trace of C allocations after them, when what was captured asks for it,
// and OOM kills, which are read meanwhile.
import type { Artefact, CaptureNote } from '../model/artefact.ts';
import type { TargetFacts } from '../model/target.ts';
import type { CapturePlan } from './capture-plan.ts';
import type { Series } from './capture-series.ts';
import { readOomEvidence } from './read-oom-evidence.ts';
import { traceOutsideHeap } from './trace-outside-heap.ts';

export interface NativeWish {
  /** Judges by what was captured whether the trace is worth its time. */
  readonly wanted: (target: TargetFacts, artefacts: readonly Artefact[]) => boolean;
  /** PATH, to look for bpftrace. */
  readonly searchPath: string;
}

export interface LateOptions {
  readonly plan: CapturePlan;
  readonly native?: NativeWish;
  readonly nowMs: () => number;
  readonly signal?: AbortSignal | undefined;
  readonly onNote?: (note: CaptureNote) => void;
}

/** A trace is as long as this share of the window, within its bounds. */
const traceShare = 0.4;
const leastTraceSeconds = 12;
const mostTraceSeconds = 20;

export async function traceStep(
  target: TargetFacts,
  { artefacts, endedEarly }: Series,
  { native, plan, signal, nowMs, onNote }: LateOptions,
): Promise<readonly Artefact[]> {
  const last = artefacts.at(-1);
  if (native === undefined || target.pid === undefined || last === undefined || endedEarly !== undefined) return [];
  if (plan.gentle || !native.wanted(target, artefacts)) return [];
  const seconds = Math.min(mostTraceSeconds, Math.max(leastTraceSeconds, (plan.forMs / 1000) * traceShare));
  return [
    await traceOutsideHeap({
      pid: target.pid,
      seconds: Math.round(seconds),
      searchPath: native.searchPath,
      signal: signal ?? new AbortController().signal,
      nowMs,
      say: (message) => onNote?.({ atMs: nowMs(), message }),
      capture: last.capture + 1,
      incarnation: last.incarnation,
    }),
  ];
}

/** What cannot be read is told in it; it never rejects. */
export async function oomArtefact(pid: number, { nowMs, signal }: LateOptions): Promise<readonly Artefact[]> {
  const evidence = await readOomEvidence(pid, nowMs(), signal).catch(() => undefined);
  if (evidence === undefined) return [];
  return [
    {
      kind: 'oom-evidence',
      name: '0000/oom.json',
      atMs: nowMs(),
      capture: 0,
      incarnation: 0,
      forcedGc: false,
      bytes: new TextEncoder().encode(JSON.stringify(evidence)),
    },
  ];
}

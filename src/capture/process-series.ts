// The series of a process that serves no pprof: what the operating system says of it, at the pace of any other series. The Go
// heap stays unknown then, and is said to be; memory outside of it, threads, files and limits are seen all the same.
import { KnownError } from '../base/errors.ts';
import type { Artefact, CaptureNote } from '../model/artefact.ts';
import { baseIntervalMs, type CapturePlan } from './capture-plan.ts';
import type { CaptureProgress, Series } from './capture-series.ts';
import { type Clock, createStamps, systemClock } from './clock.ts';
import { noMappings, noSuchProcess, processStartMs } from './read-process.ts';
import { createSeriesNotes } from './series-notes.ts';
import { takeProcessLook } from './take-process-look.ts';

export interface ProcessSeriesOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onCapture?: (progress: CaptureProgress) => void;
  readonly onNote?: (note: CaptureNote) => void;
  readonly clock?: Clock;
}

/** Share of the time that the kernel may spend on the mappings of the target. */
const smapsShare = 0.02;

/** Throws CaptureError when the process is gone before the first look. */
export async function captureProcess(pid: number, plan: CapturePlan, options: ProcessSeriesOptions): Promise<Series> {
  const clock = options.clock ?? systemClock;
  const { signal } = options;
  const stamps = createStamps(clock);
  const artefacts: Artefact[] = [];
  const { all: notes, note } = createSeriesNotes(stamps, options.onNote);
  const startedAtMs = await processStartMs(pid);
  if (startedAtMs === undefined) throw noSuchProcess(pid);
  let nextSmapsMs = 0;
  let endedEarly: Series['endedEarly'];
  for (let capture = 0, last = plan.forMs <= 0; ; capture++) {
    const atMs = stamps.nowMs();
    const began = stamps.elapsedMs();
    const atEdge = capture === 0 || last;
    const look = await takeProcessLook(
      pid,
      { smaps: atEdge || began >= nextSmapsMs, threads: atEdge },
      clock.monotonicMs,
    );
    if ((await processStartMs(pid)) !== startedAtMs) {
      if (capture === 0) throw noSuchProcess(pid);
      endedEarly = 'target-gone';
      note(`the process ended after ${(began / 1000).toFixed(1)} s; everything captured until then is used`);
      break;
    }
    if (look.smaps?.bytes === 0) throw await noMappings(pid);
    for (const message of look.notes) note(message);
    for (const { kind, file, bytes } of look.parts) {
      const name = `${String(capture).padStart(4, '0')}/${file}`;
      artefacts.push({ kind, name, atMs, capture, incarnation: 0, forcedGc: false, bytes });
    }
    if (look.smaps !== undefined) nextSmapsMs = stamps.elapsedMs() + look.smaps.ms / smapsShare;
    const elapsedMs = stamps.elapsedMs();
    options.onCapture?.({ captureIndex: capture, elapsedMs, remainingMs: Math.max(0, plan.forMs - elapsedMs) });
    if (last) break;
    const interval = baseIntervalMs(plan);
    const dueMs = Math.min(plan.forMs, began + interval);
    last = plan.forMs - dueMs < interval / 2;
    await clock.wait((last ? plan.forMs : dueMs) - stamps.elapsedMs(), signal);
    if (signal?.aborted) {
      endedEarly = 'aborted';
      note(`ended early by the user after ${(stamps.elapsedMs() / 1000).toFixed(1)} s of ${plan.forMs / 1000} s`);
      break;
    }
  }
  return { artefacts, notes, cost: { requests: 0, forcedGcs: 0, bytesReceived: 0 }, endedEarly };
}

/** Failures to find pprof that leave the process itself to be watched. */
export const withoutPprof = (error: unknown): error is KnownError =>
  error instanceof KnownError && (error.code === 'E-CAPTURE-NO-PORT' || error.code === 'E-CAPTURE-404');

// A paced series of a local Go process that serves no pprof: its heap profile and its goroutines are read from its memory,
// with what /proc says beside them. While its heap is small, each capture walks it, which stops it for some milliseconds and
// tells what is alive at that moment. Otherwise nothing is stopped, and what lives is known as of the program's own last
// collection.
import { KnownError } from '../base/errors.ts';
import { readSamplingRate, samplingGap } from '../goheap/heap-profile.ts';
import { memoryOf } from '../goheap/memory-of-source.ts';
import { createProfileTexts } from '../goheap/profile-texts.ts';
import { hasSamples, liveHeapText, liveMemstatsText } from '../goheap/walk-texts.ts';
import type { Artefact, ArtefactKind } from '../model/artefact.ts';
import type { FirstWalk, ReduceWalk } from '../model/first-walk.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { type CapturePlan, nextIntervalMs } from './capture-plan.ts';
import type { Series } from './capture-series.ts';
import { createStamps, systemClock } from './clock.ts';
import { openGoProcess, openMemoryOf } from './heap/open-go-process.ts';
import { estimatePause, walkProcess } from './heap/walk-process.ts';
import type { ProcessSeriesOptions } from './process-series.ts';
import { processStartMs } from './read-process.ts';
import { createSeriesNotes } from './series-notes.ts';
import { takeProcessLook } from './take-process-look.ts';

export interface MemorySeriesOptions extends ProcessSeriesOptions {
  /** For each capture, the target may be stopped for no longer than this. */
  readonly maxPauseMs: number;
  /** What is kept of the first walk. */
  readonly reduce: ReduceWalk;
}

/** A heap of which more must be copied is not walked at each capture. */
const mostWalkedBytes = 192 * 1024 * 1024;
/** Each walk costs half a second of a core and a pause. */
const mostWalks = 12;
const defaultRateBytes = 512 * 1024;

/** Throws CaptureError when its memory may not be read, DecodeError or KnownError when it is no Go process that is known. */
export async function captureFromMemory(pid: number, plan: CapturePlan, options: MemorySeriesOptions): Promise<Series> {
  const clock = options.clock ?? systemClock;
  const stamps = createStamps(clock);
  const artefacts: Artefact[] = [];
  const { all: notes, note } = createSeriesNotes(stamps, options.onNote);
  const started = await processStartMs(pid);
  const opened = await openGoProcess(pid, await openMemoryOf(pid));
  let endedEarly: Series['endedEarly'];
  let bytesReceived = 0;
  let firstWalk: FirstWalk | undefined;
  let pausedMs = 0;
  try {
    const { target, program, loadBias } = opened;
    const texts = createProfileTexts(target, program, loadBias);
    const rate = readSamplingRate(memoryOf(target.memory), target.addresses);
    const walks = !plan.gentle && (await canWalk(pid, options.maxPauseMs / 3));
    let last = plan.forMs <= 0;
    for (let index = 0; ; index++) {
      const startedMs = stamps.elapsedMs();
      const atMs = stamps.nowMs();
      const walk = walks ? await tryWalk(pid, options.maxPauseMs, note) : undefined;
      pausedMs += walk?.pauseMs ?? 0;
      const keep = (kind: ArtefactKind, file: string, content: string | Uint8Array): void => {
        const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
        bytesReceived += bytes.length;
        const name = `${String(index).padStart(4, '0')}/${file}`;
        // What a walk found alive is what a collection would leave.
        artefacts.push({ kind, name, atMs, capture: index, incarnation: 0, forcedGc: walk !== undefined, bytes });
      };
      const atEdge = index === 0 || last;
      const unsampled = samplingGap(
        rate,
        walk === undefined || hasSamples(walk, rate.bytes ?? defaultRateBytes) ? undefined : 0,
      );
      const live =
        walk === undefined || unsampled !== undefined ? undefined : liveHeapText(walk, rate.bytes ?? defaultRateBytes);
      if (unsampled !== undefined) note(`no heap profile: ${unsampled}`);
      // Where walks tell what is alive, one that failed leaves a gap: the runtime's own profile is of another moment.
      const heap = live !== undefined ? { text: live } : walks ? undefined : await texts.heap(rate);
      const wantsDump = atEdge && !plan.gentle && plan.dumps === 'auto';
      const nowNs = Number(process.hrtime.bigint());
      const goroutines = await texts.goroutines({ dump: wantsDump, nowNs });
      // Reading the mappings is nothing beside a walk.
      const look = await takeProcessLook(pid, { smaps: atEdge || !plan.gentle, threads: atEdge }, clock.monotonicMs);
      // A process that ended meanwhile leaves nonsense.
      if ((await processStartMs(pid)) !== started) {
        endedEarly = 'target-gone';
        note(
          `the target ended after ${(stamps.elapsedMs() / 1000).toFixed(0)} s; everything captured until then is used`,
        );
        break;
      }
      if (heap !== undefined && 'text' in heap) keep('heap-profile', 'heap.txt', heap.text);
      else if (heap !== undefined) note(`no heap profile: ${heap.gap}`);
      if (walk !== undefined) keep('memstats', 'memstats.txt', liveMemstatsText(walk));
      keep('goroutine-profile', 'goroutine.txt', goroutines.profile);
      if (goroutines.dump !== undefined && goroutines.count <= plan.maxGoroutinesForDump)
        keep('goroutine-dump', 'goroutines.txt', goroutines.dump);
      for (const part of look.parts) keep(part.kind, part.file, part.bytes);
      for (const message of look.notes) note(message);
      if (walk !== undefined && !last) firstWalk ??= await options.reduce(walk);
      options.onCapture?.({
        captureIndex: index,
        elapsedMs: stamps.elapsedMs(),
        remainingMs: Math.max(0, plan.forMs - stamps.elapsedMs()),
        goroutines: goroutines.count,
        ...(walk === undefined ? {} : { liveHeapBytes: walk.bytes.reachable }),
      });
      if (last) {
        // Of a single capture, who asked for it tells.
        if (walks && plan.forMs > 0)
          note(`its heap was walked ${index + 1} times, which stopped it for ${pausedMs.toFixed(0)} ms in all`);
        break;
      }
      const usual = nextIntervalMs(plan, stamps.elapsedMs() - startedMs);
      const interval = walks && plan.everyMs === undefined ? Math.max(usual, plan.forMs / mostWalks) : usual;
      const dueMs = Math.min(plan.forMs, startedMs + interval);
      last = plan.forMs - dueMs < interval / 2;
      await clock.wait((last ? plan.forMs : dueMs) - stamps.elapsedMs(), options.signal);
      if (options.signal?.aborted) {
        endedEarly = 'aborted';
        note(`ended early by the user after ${(stamps.elapsedMs() / 1000).toFixed(0)} s of ${plan.forMs / 1000} s`);
        break;
      }
    }
  } catch (error) {
    // What looks like damage of a process that ends is its end; what was captured counts.
    if (!(error instanceof KnownError) || artefacts.length === 0) throw error;
    note(`a capture failed: ${error.message}`);
  } finally {
    opened.close();
  }
  return { artefacts, notes, cost: { requests: 0, forcedGcs: 0, bytesReceived }, endedEarly, firstWalk, pausedMs };
}

/** Undefined when this one did not work out, which is said: on a busy machine a pause may exceed its budget. */
async function tryWalk(
  pid: number,
  maxPauseMs: number,
  note: (message: string) => void,
): Promise<HeapWalk | undefined> {
  try {
    return await walkProcess(pid, { maxPauseMs });
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    note(`a walk of the heap was left out: ${error.message}`);
    return undefined;
  }
}

async function canWalk(pid: number, mostPauseMs: number): Promise<boolean> {
  const { pauseMs, bytes } = await estimatePause(pid);
  return pauseMs <= mostPauseMs && bytes <= mostWalkedBytes;
}

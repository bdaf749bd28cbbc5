// The paced series of captures of one running target: from an endpoint and a plan to artefacts and notes. It ends after
// the window, on abort, or when the target is gone for good; whatever was captured until then stays.
import { CaptureError, KnownError } from '../base/errors.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import type { Artefact, CaptureCost, CaptureNote } from '../model/artefact.ts';
import type { FirstWalk } from '../model/first-walk.ts';
import { type CapturePlan, forcesGc, nextIntervalMs } from './capture-plan.ts';
import { type Clock, createStamps, type Stamps, systemClock } from './clock.ts';
import { createIncarnationTracker, type Identity } from './incarnations.ts';
import type { PprofClient } from './pprof-client.ts';
import { expectKind, totalOf } from './profile-summary.ts';
import { processStartMs } from './read-process.ts';
import { createSeriesNotes } from './series-notes.ts';
import { type CaptureWishes, lostCodes, type TakenCapture, takeCapture } from './take-capture.ts';

export interface CaptureProgress {
  readonly captureIndex: number;
  readonly elapsedMs: number;
  readonly remainingMs: number;
  readonly liveHeapBytes?: number;
  readonly goroutines?: number;
}

export interface SeriesOptions {
  /** The local process behind the endpoint, when known: adds /proc values and sees a restart for certain. */
  readonly pid?: number | undefined;
  /** Who serves the address now: asked again after a restart. Without it the series ends with the process `pid`. */
  readonly findPid?: (() => Promise<number | undefined>) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onCapture?: (progress: CaptureProgress) => void;
  readonly onNote?: (note: CaptureNote) => void;
  /** Asked once, after the first captures of a window that is long enough for something to grow. */
  readonly early?: ((pid: number, place: Pick<Artefact, 'capture' | 'incarnation'>) => Promise<void>) | undefined;
  readonly clock?: Clock;
}

export interface Series {
  /** What is known of the first walk of a series that walks the heap. */
  readonly firstWalk?: FirstWalk | undefined;
  /** How long walks stopped the target, where the series walks. */
  readonly pausedMs?: number;
  readonly artefacts: readonly Artefact[];
  readonly notes: readonly CaptureNote[];
  readonly cost: CaptureCost;
  /** Why it ended before its time; undefined when it did not. */
  readonly endedEarly: 'aborted' | 'target-gone' | undefined;
}

/** heap?debug=1 larger than this is fetched at the start and the end only: the target formats all of it each time. */
const cheapMemstatsBytes = 4 << 20;
const cheapMemstatsSamples = 20_000;
const wallJumpMs = 2000;
/** What starts with the watch is not at rest yet in the very first captures. */
const capturesBeforeEarly = 2;
const leastSpanForEarlyMs = 8000;
/** Share of the time that the kernel may spend on the mappings of the target, which it locks meanwhile. */
const smapsShare = 0.02;
/** Text of all mappings that one series keeps; the edges are read whatever it is. */
const mostSmapsBytes = 64 << 20;

/** Throws CaptureError when not even the first heap profile can be had, or when it is another kind of profile. */
export async function captureSeries(
  client: PprofClient,
  plan: CapturePlan,
  options: SeriesOptions = {},
): Promise<Series> {
  const clock = options.clock ?? systemClock;
  const { signal } = options;
  const stamps = createStamps(clock);
  const artefacts: Artefact[] = [];
  const { all: notes, note } = createSeriesNotes(stamps, options.onNote);
  const tracker = createIncarnationTracker();
  let returns = 0;
  let { pid } = options;
  let lastCmdline: string | undefined;

  const endpoint = await client.open(signal);
  const probe = await probeHeap(client, stamps, signal);
  const gc = forcesGc(plan, probe.liveHeapBytes, probe.elapsedMs);
  if (!gc) note(noGcReason(plan));
  const offersLeakProfile = endpoint.profiles?.has('goroutineleak') ?? false;
  if (offersLeakProfile && (plan.gentle || plan.gc === 'never'))
    note('the goroutineleak profile is offered and was not taken: it runs a garbage collection');
  let hasExpvar = true;
  let memstatsCheap = probe.samples <= cheapMemstatsSamples;
  let middleLeakTaken = false;
  let nextSmapsMs = 0;
  let smapsBytes = 0;
  let endedEarly: Series['endedEarly'];

  const wishesFor = (index: number, last: boolean): CaptureWishes => {
    const atEdge = index === 0 || last;
    const middle = !last && !middleLeakTaken && gc && plan.forMs > 0 && stamps.elapsedMs() >= plan.forMs / 2;
    const leakProfile = offersLeakProfile && !plan.gentle && plan.gc !== 'never' && (last || middle);
    if (leakProfile) middleLeakTaken = true;
    return {
      forceGc: gc,
      memstats: memstatsCheap || atEdge,
      dumpUpTo: atEdge && !plan.gentle && plan.dumps === 'auto' ? plan.maxGoroutinesForDump : 0,
      leakProfile,
      threads: atEdge,
      expvar: hasExpvar,
      // Every other capture: it also shifts the turn of a balancer that deals requests out in rounds, so that two
      // processes behind one address cannot hide by each always getting the same request.
      cmdline: index % 2 === 0,
      pid,
      look: {
        smaps: atEdge || (!plan.gentle && stamps.elapsedMs() >= nextSmapsMs && smapsBytes < mostSmapsBytes),
        threads: atEdge,
      },
      heap: index === 0 && !gc ? probe : undefined,
    };
  };

  const keep = (capture: TakenCapture) => {
    if (capture.cmdline !== undefined && lastCmdline !== undefined && capture.cmdline !== lastCmdline)
      note('the command line of the target changed while it was watched');
    lastCmdline = capture.cmdline ?? lastCmdline;
    for (const { artefact, identity } of capture.taken) {
      if (tells(identity)) {
        const { change, why } = tracker.observe(identity);
        if (change === 'back') {
          returns += 1;
          note(
            'two processes answer behind this address by turns: point at one of them (a pid, a pod, a port-forward)',
          );
        } else if (change === 'new')
          note(`the target restarted, or another process answers (${why}); what was captured before is kept apart`);
      }
      artefacts.push({ ...artefact, incarnation: tracker.current() });
    }
    for (const message of capture.notes) note(message);
    if (capture.smaps !== undefined) {
      nextSmapsMs = stamps.elapsedMs() + capture.smaps.ms / smapsShare;
      smapsBytes += capture.smaps.bytes;
    }
    if (capture.memstatsBytes !== undefined && capture.memstatsBytes > cheapMemstatsBytes) memstatsCheap = false;
    if (capture.dumpSkipped)
      note(
        `no goroutine dump: it stops the target, and there are ${capture.goroutines ?? 'an unknown number of'} goroutines (limit ${plan.maxGoroutinesForDump})`,
      );
    hasExpvar = capture.hasExpvar;
  };

  let index = 0;
  let last = plan.forMs <= 0;
  for (;;) {
    const startedMs = stamps.elapsedMs();
    const outcome = await tryCapture(() =>
      takeCapture(
        { client, index, nowMs: stamps.nowMs, monotonicMs: clock.monotonicMs, signal },
        wishesFor(index, last),
      ),
    );
    if (outcome.capture !== undefined) {
      keep(outcome.capture);
      options.onCapture?.({
        captureIndex: index,
        elapsedMs: stamps.elapsedMs(),
        remainingMs: Math.max(0, plan.forMs - stamps.elapsedMs()),
        ...(outcome.capture.liveHeapBytes === undefined ? {} : { liveHeapBytes: outcome.capture.liveHeapBytes }),
        ...(outcome.capture.goroutines === undefined ? {} : { goroutines: outcome.capture.goroutines }),
      });
      index += 1;
      const isEarly = !last && index === capturesBeforeEarly && plan.forMs >= leastSpanForEarlyMs;
      if (isEarly && pid !== undefined && !plan.gentle)
        await options.early?.(pid, { capture: index - 1, incarnation: tracker.current() });
    }
    const jump = stamps.wallJumpMs();
    if (Math.abs(jump) > wallJumpMs)
      note(
        `the clock of this machine was stepped by ${(jump / 1000).toFixed(0)} s; intervals are measured by the steady clock`,
      );
    if (signal?.aborted) {
      endedEarly = 'aborted';
      break;
    }
    const lost = outcome.lost ?? outcome.capture?.lost;
    if (lost !== undefined) {
      tracker.lostSight();
      if (index === 0 && artefacts.length === 0) throw lost;
      const left = Math.min(plan.restartGraceMs, plan.forMs - stamps.elapsedMs());
      if (!(await comesBack(client, clock, left, { ...options, pid }))) {
        // An abort while waiting is the user's, not the target's.
        if (signal?.aborted) endedEarly = 'aborted';
        else {
          endedEarly = 'target-gone';
          note(
            `the target stopped answering after ${seconds(stamps)} s (${lost.message}); everything captured until then is used`,
          );
        }
        break;
      }
      if (pid !== undefined) pid = await options.findPid?.();
    } else if (outcome.failed !== undefined) {
      if (index === 0) throw outcome.failed;
      note(`a capture failed: ${outcome.failed.message}`);
    }
    if (last) break;
    const regularMs = outcome.capture?.regularMs ?? 0;
    const interval = nextIntervalMs(plan, regularMs);
    const dueMs = Math.min(plan.forMs, startedMs + interval);
    // The rest of the window would hold no other regular capture: the next one is the last.
    last = plan.forMs - dueMs < interval / 2;
    await clock.wait((last ? plan.forMs : dueMs) - stamps.elapsedMs(), signal);
    if (signal?.aborted) {
      endedEarly = 'aborted';
      break;
    }
  }
  if (endedEarly === 'aborted') note(`ended early by the user after ${seconds(stamps)} s of ${plan.forMs / 1000} s`);
  if (returns > 2) note(`the answers changed hands ${returns} times in ${index} captures`);
  return { artefacts, notes, cost: client.cost(), endedEarly };
}

interface Outcome {
  readonly capture?: TakenCapture;
  readonly lost?: CaptureError;
  readonly failed?: KnownError;
}

async function tryCapture(take: () => Promise<TakenCapture>): Promise<Outcome> {
  try {
    return { capture: await take() };
  } catch (error) {
    if (error instanceof CaptureError && lostCodes.has(error.code)) return { lost: error };
    if (error instanceof KnownError) return { failed: error };
    throw error;
  }
}

/** One heap profile without GC: how big and how quick the target is, before anything is forced on it. */
async function probeHeap(client: PprofClient, stamps: Stamps, signal: AbortSignal | undefined) {
  const { body, elapsedMs } = await client.fetchProfile('heap', { signal });
  const profile = decodeProfile(body);
  expectKind(profile, 'heap', `${client.label} heap`);
  return {
    bytes: body,
    atMs: stamps.nowMs(),
    elapsedMs,
    samples: profile.samples.length,
    liveHeapBytes: totalOf(profile, 'inuse_space'),
  };
}

/** Waits for a target that went away, asking every half second; a local process that is gone is not waited for. */
async function comesBack(client: PprofClient, clock: Clock, graceMs: number, options: SeriesOptions): Promise<boolean> {
  const deadline = clock.monotonicMs() + graceMs;
  for (;;) {
    if (options.signal?.aborted) return false;
    const processIsGone = options.pid !== undefined && (await processStartMs(options.pid)) === undefined;
    if (processIsGone && options.findPid === undefined) return false;
    try {
      await client.fetchProfile('cmdline', { signal: options.signal, timeoutMs: 2000, retries: 0 });
      return true;
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      // It answers, if only with an error: it is there.
      if (error.code === 'E-CAPTURE-404') return true;
    }
    if (clock.monotonicMs() >= deadline) return false;
    await clock.wait(500, options.signal);
  }
}

function tells(identity: Identity): boolean {
  return (
    identity.allocated !== undefined ||
    Object.keys(identity.totals).length > 0 ||
    Object.keys(identity.marks).length > 0
  );
}

function noGcReason(plan: CapturePlan): string {
  const why = plan.gentle
    ? '--gentle'
    : plan.gc === 'never'
      ? '--gc never'
      : 'the heap is large or the target is slow; --gc always forces them';
  return `no garbage collection was forced (${why}): each heap profile is as of the target's own last collection`;
}

const seconds = (stamps: Stamps): string => (stamps.elapsedMs() / 1000).toFixed(1);

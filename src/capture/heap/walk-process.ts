// Walks the heap of a live Go process: rehearses while it runs, copies what the graph needs while it stands still for a
// moment, and works out everything else after it runs again.
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureError } from '../../base/errors.ts';
import { buildHeapWalk } from '../../goheap/build-heap-walk.ts';
import type { ThreadPlace } from '../../goheap/goroutine-table.ts';
import {
  type GoTarget,
  type HeapImage,
  measureCopy,
  type Rehearsal,
  rehearse,
  takeHeapImage,
} from '../../goheap/heap-image.ts';
import { movedOnSince } from '../../goheap/moved-on.ts';
import { saveSnapshot } from '../../goheap/save-snapshot.ts';
import type { HeapWalk } from '../../model/heap-graph.ts';
import { noSuchProcess } from '../read-process.ts';
import { copyTogether } from './copy-together.ts';
import { type OpenProcess, openGoProcess, openMemoryOf } from './open-go-process.ts';
import { startTicks, threadPlaces } from './read-threads.ts';
import { heldByOthers, whileStopped } from './stop-process.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface WalkOptions {
  /** Longest that the target may be stopped; when it would be longer, it is continued and nothing is taken. Default 500. */
  readonly maxPauseMs?: number;
  /** False: the target runs on while it is read, and what changes meanwhile may be missed. Default true. */
  readonly stop?: boolean;
  /** Told what happens, one short clause each. */
  readonly onProgress?: (what: string) => void;
}

export interface PauseEstimate {
  readonly pauseMs: number;
  /** Bytes that will be copied. */
  readonly bytes: number;
}

/** Code of the error when the target was stopped and would have stood still for too long. */
export const pauseTooLong = 'E-HEAP-PAUSE';
const defaultMaxPauseMs = 500;
/** What stopping, reading spans and stacks takes beside copying; measured on 2 busy cores. */
const fixedPauseMs = 8;
const msPerThousandSpans = 0.7;
const bytesPerMs = 1.2e6;
/** The watchdog waits for the budget and as long again, before it takes us for dead. */
const watchdogFactor = 2;
const watchdogSlackMs = 2000;
/** Long for a goroutine that is being woken, short beside the building of a graph, which goes on meanwhile. */
const lookAgainMs = 100;

/** Throws CaptureError when it may not be read or stopped, DecodeError or KnownError when it is no Go program that is known. */
export async function walkProcess(pid: number, options: WalkOptions = {}): Promise<HeapWalk> {
  return withTakenHeap(pid, { ...options, record: false }, buildWalk);
}

/** The walk, and the bytes that give the same walk elsewhere (goheap/walk-snapshot.ts). Throws what walkProcess throws. */
export async function snapshotProcess(
  pid: number,
  options: WalkOptions = {},
): Promise<{ readonly walk: HeapWalk; readonly snapshot: Uint8Array }> {
  return withTakenHeap(pid, { ...options, record: true }, async (opened, taken, started) => {
    const walk = await buildWalk(opened, taken, started);
    options.onProgress?.('packing the snapshot');
    const { image, movedOn, ...facts } = taken;
    const { program, loadBias } = opened;
    return {
      walk,
      snapshot: await saveSnapshot(image, program, { ...facts, loadBias, movedOn: [...(await movedOn)] }),
    };
  });
}

interface TakeHow extends WalkOptions {
  /** What is read later is remembered, to be saved with the rest. */
  readonly record: boolean;
}

async function withTakenHeap<T>(
  pid: number,
  options: TakeHow,
  use: (opened: OpenProcess, taken: Taken & LaterLook, started: number) => Promise<T>,
): Promise<T> {
  const started = performance.now();
  const memory = await openMemoryOf(pid);
  // Both start while this thread reads the program and rehearses.
  const copier = copyTogether(memory);
  const guard = options.stop === false ? undefined : guardOf(pid);
  guard?.catch(() => undefined);
  let opened: OpenProcess | undefined;
  try {
    opened = await openGoProcess(pid, memory);
    const { target } = opened;
    options.onProgress?.('rehearsing while it runs');
    const rehearsal = rehearse(target, copier);
    const watchdog = await guard;
    copier.settle();
    const taken =
      watchdog === undefined
        ? takeRunning(pid, target, rehearsal, options)
        : takeStopped(pid, target, rehearsal, watchdog, options);
    watchdog?.dismiss();
    // A process that ended reads as an empty one.
    if (startTicks(pid) === undefined) throw noSuchProcess(pid);
    // Not waited for: it ends beside what comes now.
    void copier.close();
    options.onProgress?.('building the graph');
    const movedOn = sleep(lookAgainMs).then(() => movedOnSince(taken.image, target.memory));
    try {
      return await use(opened, { ...taken, movedOn }, started);
    } finally {
      // What it reads must still be open.
      await movedOn;
    }
  } catch (error) {
    // Whatever looks wrong in a process that ends meanwhile is its end.
    if (startTicks(pid) === undefined) throw noSuchProcess(pid);
    throw error;
  } finally {
    (await guard?.catch(() => undefined))?.dismiss();
    await copier.close();
    opened?.close();
  }
}

async function guardOf(pid: number): Promise<Watchdog> {
  const ticks = startTicks(pid);
  if (ticks === undefined) throw noSuchProcess(pid);
  return startWatchdog(pid, ticks);
}

/** How long a walk would stop the process; nothing is stopped. */
export async function estimatePause(pid: number): Promise<PauseEstimate> {
  const opened = await openGoProcess(pid, await openMemoryOf(pid));
  try {
    return estimateOf(measureCopy(opened.target));
  } finally {
    opened.close();
  }
}

interface Taken {
  readonly image: HeapImage;
  readonly pauseMs: number;
  readonly stopped: HeapWalk['stopped'];
  readonly takenAtMs: number;
  readonly nowNs: number;
}

interface LaterLook {
  readonly movedOn: Promise<ReadonlySet<number>>;
}

const estimateOf = ({ scanBytes, spans }: Pick<Rehearsal, 'scanBytes' | 'spans'>): PauseEstimate => ({
  pauseMs: fixedPauseMs + (spans / 1000) * msPerThousandSpans + scanBytes / bytesPerMs,
  bytes: scanBytes,
});

function takeRunning(pid: number, target: GoTarget, rehearsal: Rehearsal, { record }: TakeHow): Taken {
  const moment = momentOf();
  const threads = (): readonly ThreadPlace[] => threadPlaces(pid);
  const image = takeHeapImage(target, { rehearsal, threads, record, progress: () => {} });
  return { image, pauseMs: 0, stopped: 'not-stopped', ...moment };
}

function takeStopped(
  pid: number,
  target: GoTarget,
  rehearsal: Rehearsal,
  watchdog: Watchdog,
  { maxPauseMs = defaultMaxPauseMs, onProgress, record }: TakeHow,
): Taken {
  onProgress?.(`stopping it for about ${Math.round(estimateOf(rehearsal).pauseMs)} ms`);
  // What somebody else holds is not continued by us, nor by a watchdog.
  if (heldByOthers(pid) === undefined) watchdog.arm(maxPauseMs * watchdogFactor + watchdogSlackMs);
  let moment = momentOf();
  const { value, pauseMs, stopped } = whileStopped(
    pid,
    () => performance.now(),
    (elapsedMs) => {
      moment = momentOf();
      return takeHeapImage(target, {
        rehearsal,
        threads: () => threadPlaces(pid),
        record,
        progress: budgetOf(pid, elapsedMs, rehearsal.scanBytes, maxPauseMs),
      });
    },
  );
  return { image: value, pauseMs, stopped, ...moment };
}

/** Ends the copy as soon as it cannot be done in time: a target that is stopped for nothing should be so shortly. */
function budgetOf(pid: number, elapsedMs: () => number, total: number, maxPauseMs: number): (copied: number) => void {
  let beforeCopyMs = 0;
  return (copied) => {
    const elapsed = elapsedMs();
    if (copied === 0) beforeCopyMs = elapsed;
    const share = total === 0 ? 1 : Math.min(1, copied / total);
    // The first part says little about the speed of the rest.
    const projected = share < 0.1 ? elapsed : beforeCopyMs + (elapsed - beforeCopyMs) / share;
    if (projected <= maxPauseMs) return;
    throw new CaptureError(
      pauseTooLong,
      `reading the heap of pid ${pid} would stop it for longer than ${maxPauseMs} ms (it was stopped for ${Math.round(elapsed)} ms and runs again)`,
      { advice: 'Allow a longer pause with --max-pause, or read without stopping: --no-stop.' },
    );
  };
}

/** runtime.nanotime is the monotonic clock, as Node's is. */
const momentOf = () => ({ takenAtMs: Date.now(), nowNs: Number(process.hrtime.bigint()) });

function buildWalk(opened: OpenProcess, taken: Taken & LaterLook, started: number): Promise<HeapWalk> {
  return buildHeapWalk({
    image: taken.image,
    program: opened.program,
    loadBias: opened.loadBias,
    takenAtMs: taken.takenAtMs,
    pauseMs: taken.pauseMs,
    stopped: taken.stopped,
    startedMs: started,
    nowNs: taken.nowNs,
    nowMs: () => performance.now(),
    movedOn: taken.movedOn,
    gaps:
      taken.stopped === 'not-stopped'
        ? ['the process ran on while it was read: objects that were new or moved may be missing']
        : [],
  });
}

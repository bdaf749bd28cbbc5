// A walk of the heap of a watched process, as a part of a diagnosis: only when it is allowed and the target is stopped for no
// longer than a person would notice. Why it was not done is a fact of the case.
import { KnownError } from '../base/errors.ts';
import type { Artefact } from '../model/artefact.ts';
import type { FirstWalk, ReduceWalk } from '../model/first-walk.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { estimatePause, pauseTooLong, snapshotProcess, walkProcess } from './heap/walk-process.ts';

export interface WalkWish {
  /** `snapshot`: for a case file, which another machine reads. `walk`: for the analysis that follows. */
  readonly keep: 'walk' | 'snapshot';
  /** Without being asked, the target is stopped for no longer than this. */
  readonly maxPauseMs: number;
  /** What is kept of a walk near the beginning. */
  readonly reduce: ReduceWalk;
}

/** A walk near the beginning: its facts, or a snapshot where the walk at the end is kept as one. */
export type EarlyWalk = TakenEarly | { readonly gap: string };

export interface TakenEarly {
  readonly gap?: undefined;
  readonly pauseMs: number;
  readonly incarnation: number;
  readonly facts: FirstWalk | undefined;
  readonly artefact: Artefact | undefined;
}

export interface WalkStep {
  readonly walk: HeapWalk | undefined;
  readonly artefact: Artefact | undefined;
  /** Why there is none. */
  readonly gap: string | undefined;
}

/** More is not copied without being asked: the copy and its graph live in memory. */
const mostCopiedBytes = 1024 * 1024 * 1024;
/** A second walk is only made where one costs nearly nothing: 50 ms are shorter than many a garbage collection takes. */
const mostEarlyPauseMs = 50;
const mostEarlyBytes = 64 * 1024 * 1024;

/** Never rejects for a reason that the target or the machine gives. */
export async function walkStep(
  pid: number,
  wish: WalkWish,
  place: Pick<Artefact, 'capture' | 'incarnation'>,
): Promise<WalkStep> {
  const none = (gap: string): WalkStep => ({ walk: undefined, artefact: undefined, gap });
  try {
    const { pauseMs, bytes } = await estimatePause(pid);
    if (pauseMs > wish.maxPauseMs) {
      return none(
        `the heap was not walked: it would stop the target for about ${Math.round(pauseMs)} ms (leakline heap ${pid} --max-pause 2s does it)`,
      );
    }
    if (bytes > mostCopiedBytes)
      return none(
        `the heap was not walked: ${Math.round(bytes / 2 ** 20)} MiB would be copied (leakline heap ${pid} does it)`,
      );
    // Twice the estimate is still little, and a busy machine is slower than it.
    const options = { maxPauseMs: 2 * wish.maxPauseMs };
    if (wish.keep === 'walk') return { walk: await walkProcess(pid, options), artefact: undefined, gap: undefined };
    const { walk, snapshot } = await snapshotProcess(pid, options);
    return { walk, artefact: artefactOf(walk, snapshot, place), gap: undefined };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return none(`the heap was not walked: ${error.message}${error.advice === undefined ? '' : `. ${error.advice}`}`);
  }
}

/**
 * Undefined where it would be felt, or cannot be made: the walk at the end says why. One that was given up has stopped the
 * target all the same, and says so. Its graph is dropped at once.
 */
export async function earlyWalk(
  pid: number,
  wish: WalkWish,
  place: Pick<Artefact, 'capture' | 'incarnation'>,
): Promise<EarlyWalk | undefined> {
  try {
    const { pauseMs, bytes } = await estimatePause(pid);
    if (pauseMs > Math.min(mostEarlyPauseMs, wish.maxPauseMs) || bytes > mostEarlyBytes) return undefined;
    const options = { maxPauseMs: 2 * mostEarlyPauseMs };
    const { incarnation } = place;
    if (wish.keep === 'walk') {
      const walk = await walkProcess(pid, options);
      return { pauseMs: walk.pauseMs, incarnation, facts: await wish.reduce(walk), artefact: undefined };
    }
    const { walk, snapshot } = await snapshotProcess(pid, options);
    return { pauseMs: walk.pauseMs, incarnation, facts: undefined, artefact: artefactOf(walk, snapshot, place) };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return error.code === pauseTooLong ? { gap: `no walk near the beginning: ${error.message}` } : undefined;
  }
}

const artefactOf = (walk: HeapWalk, bytes: Uint8Array, place: Pick<Artefact, 'capture' | 'incarnation'>): Artefact => ({
  kind: 'heap-snapshot',
  name: `${String(place.capture).padStart(4, '0')}/heap.snapshot`,
  atMs: walk.takenAtMs,
  ...place,
  forcedGc: false,
  bytes,
});

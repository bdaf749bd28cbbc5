// How often and how deep to capture: from what the user asked and what a capture was seen to cost to the pause before
// the next one. Pure. Pacing keeps the target's share for us to a few per cent, and still aims at eight captures, which
// is where a trend test gets its power.

export type GcPolicy = 'auto' | 'always' | 'never';

export interface CapturePlan {
  /** Length of the window; 0 = one capture. */
  readonly forMs: number;
  /** Pause between starts of captures; undefined = chosen from `forMs`. */
  readonly everyMs: number | undefined;
  readonly gc: GcPolicy;
  /** Forces no GC at all, takes no dumps: for a target that must not be disturbed. */
  readonly gentle: boolean;
  /** Goroutine dumps (debug=2) stop the world; `auto` takes them while there are few goroutines. */
  readonly dumps: 'auto' | 'never';
  readonly maxGoroutinesForDump: number;
  /** How long a target that stopped answering may take to come back before the series ends. */
  readonly restartGraceMs: number;
}

export const defaultPlan: CapturePlan = {
  forMs: 30_000,
  everyMs: undefined,
  gc: 'auto',
  gentle: false,
  dumps: 'auto',
  maxGoroutinesForDump: 10_000,
  restartGraceMs: 10_000,
};

/** A forced GC marks the whole live heap: below this it is a matter of milliseconds to a second. */
const maxLiveHeapForGcBytes = 2 ** 30;
const maxFirstFetchForGcMs = 500;
const targetShare = 0.04;
const wantedCaptures = 20;
const leastCaptures = 8;

/** Start of capture to start of capture, before any cost is known. */
export function baseIntervalMs(plan: CapturePlan): number {
  if (plan.everyMs !== undefined) return Math.max(50, plan.everyMs);
  // A window of a few seconds still gets its eight captures.
  return Math.max(Math.min(1000, plan.forMs / (leastCaptures - 1)), plan.forMs / wantedCaptures);
}

/** The interval with what the last regular capture cost; what the user asked for is never changed. */
export function nextIntervalMs(plan: CapturePlan, lastCaptureMs: number): number {
  const base = baseIntervalMs(plan);
  if (plan.everyMs !== undefined) return base;
  const longest = Math.max(base, plan.forMs / (leastCaptures - 1));
  return Math.min(longest, Math.max(base, lastCaptureMs / targetShare));
}

/** Whether captures force a GC, after the first (unforced) heap fetch showed the size and speed of the target. */
export function forcesGc(plan: CapturePlan, liveHeapBytes: number | undefined, firstFetchMs: number): boolean {
  if (plan.gentle || plan.gc === 'never') return false;
  if (plan.gc === 'always') return true;
  return liveHeapBytes !== undefined && liveHeapBytes < maxLiveHeapForGcBytes && firstFetchMs < maxFirstFetchForGcMs;
}

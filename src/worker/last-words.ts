// What is taken before a limit ends the process: once for each threshold, and the less the closer it is, because evidence
// is made by the target out of the memory that it is short of. Pure.

/** Shares of the nearest hard limit. */
const useThresholds = [0.85, 0.92, 0.97] as const;
/** Time until it is reached by the fastest growth of the interval. */
const timeThresholdsMs = [600_000, 120_000] as const;

export interface LimitFacts {
  /** undefined when what is used is not known. */
  readonly usedShare: number | undefined;
  readonly freeBytes: number | undefined;
  /** Earliest end by the forecast, from now; undefined when nothing grows. */
  readonly forecastMs: number | undefined;
}

export interface Threshold {
  /** Stable: what is remembered as passed. */
  readonly key: string;
  /** `92 % of it is used`, `it is reached in less than 10 min`. */
  readonly text: string;
}

/** All thresholds that are passed now and were not before; more than one when growth is quick. */
export function passedThresholds(facts: LimitFacts, before: ReadonlySet<string>): readonly Threshold[] {
  const { usedShare, forecastMs } = facts;
  const passed: Threshold[] = [];
  if (usedShare !== undefined)
    for (const share of useThresholds)
      if (usedShare >= share) passed.push({ key: `use ${share}`, text: `${Math.round(share * 100)} % of it are used` });
  if (forecastMs !== undefined)
    for (const ms of timeThresholdsMs)
      if (forecastMs < ms)
        passed.push({ key: `time ${ms}`, text: `it may be reached in less than ${ms / 60_000} min` });
  return passed.filter(({ key }) => !before.has(key));
}

export interface LastWordsPlan {
  /** Heap and goroutine profiles: the target compresses them, which takes it a few MiB. */
  readonly profiles: boolean;
  /** A dump of all goroutines, which the target keeps in memory until it is sent; the most goroutines for it. */
  readonly dumpUpTo: number;
  readonly smaps: boolean;
  /** A walk takes nothing of the target but a pause; its copy is in our memory. */
  readonly walk: boolean;
}

const profileBytes = 4 << 20;
/** What a dump takes for each goroutine: its text twice. */
const dumpBytesPerGoroutine = 4096;
const mostGoroutinesForDump = 10_000;
/** Of what is free, at most this share is asked for. */
const mostOfFree = 0.25;

/** `sharesLimit`: the recorder lives under the same limit, so that its own memory counts, too. */
export function lastWordsPlan(freeBytes: number | undefined, sharesLimit: boolean): LastWordsPlan {
  const room = (freeBytes ?? Number.POSITIVE_INFINITY) * mostOfFree;
  return {
    profiles: room >= profileBytes,
    dumpUpTo: Math.min(mostGoroutinesForDump, Math.floor(Math.max(0, room - profileBytes) / dumpBytesPerGoroutine)),
    smaps: true,
    walk: !sharesLimit,
  };
}

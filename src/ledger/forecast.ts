// Which limit a growing process meets first, and when: GOMEMLIMIT, the memory cgroups up the tree, ulimit -v, the machine.
// Pure. The interval of the moment comes from the interval of the growth alone: it says nothing of a growth that changes.
import type { MemoryLimit } from '../model/oom.ts';

export interface GrowthRate {
  readonly bytesPerSecond: number;
  /** 95 % interval. */
  readonly lowBytesPerSecond: number;
  readonly highBytesPerSecond: number;
}

export interface LimitForecast {
  readonly limit: MemoryLimit;
  /** Never below zero; undefined when what is used is not known. */
  readonly freeBytes: number | undefined;
  /** undefined when nothing grows, or when the room is not known. */
  readonly exhaustedAtMs: number | undefined;
  /** With the fastest growth of the interval. */
  readonly earliestMs: number | undefined;
  /** With the slowest; undefined when that is no growth at all: it may never happen. */
  readonly latestMs: number | undefined;
  /** What happens there. */
  readonly consequence: string;
}

/** Longer ahead than this a straight line says nothing. */
const farthestMs = 10 * 365 * 86_400_000;

const consequenceOf: Readonly<Record<MemoryLimit['kind'], string>> = {
  gomemlimit: 'the garbage collector runs ever more often (at most half of the CPU); the process is not killed by it',
  cgroup: 'the kernel kills a process of the cgroup',
  'address-space': 'the next allocation fails, and Go ends with "out of memory"',
  host: 'the kernel kills the process with the highest score of the machine',
};

/** All limits, the one that is met first first; those whose room is not known last. `rateOf` may differ by limit. */
export function forecastLimits(
  limits: readonly MemoryLimit[],
  rateOf: (limit: MemoryLimit) => GrowthRate | undefined,
  nowMs: number,
): readonly LimitForecast[] {
  return limits
    .map((limit): LimitForecast => {
      const freeBytes = limit.usedBytes === undefined ? undefined : Math.max(0, limit.limitBytes - limit.usedBytes);
      const rate = rateOf(limit);
      const at = (bytesPerSecond: number | undefined): number | undefined => {
        if (freeBytes === undefined || bytesPerSecond === undefined || !(bytesPerSecond > 0)) return undefined;
        const inMs = (freeBytes / bytesPerSecond) * 1000;
        return inMs <= farthestMs ? nowMs + inMs : undefined;
      };
      const exhaustedAtMs = at(rate?.bytesPerSecond);
      return {
        limit,
        freeBytes,
        exhaustedAtMs,
        earliestMs: exhaustedAtMs === undefined ? undefined : at(rate?.highBytesPerSecond),
        latestMs: exhaustedAtMs === undefined ? undefined : at(rate?.lowBytesPerSecond),
        consequence: consequenceOf[limit.kind],
      };
    })
    .sort(
      (a, b) =>
        (a.exhaustedAtMs ?? Number.MAX_VALUE) - (b.exhaustedAtMs ?? Number.MAX_VALUE) ||
        (a.freeBytes ?? Number.MAX_VALUE) - (b.freeBytes ?? Number.MAX_VALUE),
    );
}

/** The first limit that ends the process; GOMEMLIMIT only slows it down. */
export function nearestHardLimit(forecasts: readonly LimitForecast[]): LimitForecast | undefined {
  return forecasts.find((one) => one.limit.kind !== 'gomemlimit' && one.freeBytes !== undefined);
}

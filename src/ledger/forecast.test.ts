import { describe, expect, it } from 'vitest';
import type { MemoryLimit } from '../model/oom.ts';
import { forecastLimits, nearestHardLimit } from './forecast.ts';

const limit = (kind: MemoryLimit['kind'], limitBytes: number, usedBytes: number | undefined): MemoryLimit => ({
  kind,
  name: kind,
  limitBytes,
  usedBytes,
});
const rate = (bytesPerSecond: number, lowBytesPerSecond: number, highBytesPerSecond: number) => ({
  bytesPerSecond,
  lowBytesPerSecond,
  highBytesPerSecond,
});

describe('forecastLimits', () => {
  it('gives the moment and its interval', () => {
    const [one] = forecastLimits([limit('cgroup', 1000, 400)], () => rate(6, 3, 12), 50_000);
    expect(one).toMatchObject({ freeBytes: 600, exhaustedAtMs: 150_000, earliestMs: 100_000, latestMs: 250_000 });
  });

  it('gives no latest moment when the growth may be none', () => {
    const [one] = forecastLimits([limit('cgroup', 1000, 400)], () => rate(6, -1, 12), 0);
    expect(one).toMatchObject({ exhaustedAtMs: 100_000, latestMs: undefined });
  });

  it('gives no moment without growth, for shrinking memory, without a known use, or decades ahead', () => {
    const moments = [
      forecastLimits([limit('cgroup', 1000, 400)], () => undefined, 0),
      forecastLimits([limit('cgroup', 1000, 400)], () => rate(-6, -7, -5), 0),
      forecastLimits([limit('cgroup', 1000, undefined)], () => rate(6, 3, 12), 0),
      forecastLimits([limit('cgroup', 1e15, 0)], () => rate(1, 1, 1), 0),
    ].map(([one]) => one!.exhaustedAtMs);
    expect(moments).toEqual([undefined, undefined, undefined, undefined]);
  });

  it('is over at once when the limit is passed already', () => {
    expect(forecastLimits([limit('gomemlimit', 10, 20)], () => rate(1, 1, 1), 7)[0]).toMatchObject({
      freeBytes: 0,
      exhaustedAtMs: 7,
    });
  });

  it('puts first what is met first in time, which need not be the smallest room', () => {
    const limits = [limit('host', 10_000, 0), limit('address-space', 2000, 0), limit('cgroup', 1000, undefined)];
    const ordered = forecastLimits(limits, (one) => (one.kind === 'host' ? rate(100, 90, 110) : rate(1, 1, 1)), 0);
    expect(ordered.map((one) => one.limit.kind)).toEqual(['host', 'address-space', 'cgroup']);
    const still = forecastLimits(limits, () => undefined, 0);
    expect(still.map((one) => one.limit.kind)).toEqual(['address-space', 'host', 'cgroup']);
  });

  it('does not take GOMEMLIMIT for what ends a process', () => {
    const ordered = forecastLimits([limit('gomemlimit', 10, 9), limit('cgroup', 100, 9)], () => rate(1, 1, 1), 0);
    expect(ordered[0]!.limit.kind).toBe('gomemlimit');
    expect(nearestHardLimit(ordered)?.limit.kind).toBe('cgroup');
    expect(nearestHardLimit(forecastLimits([limit('cgroup', 5, undefined)], () => undefined, 0))).toBeUndefined();
  });
});

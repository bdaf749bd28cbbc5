import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  analysisIntervalMs,
  backoffMs,
  defaultPace,
  metricsIntervalMs,
  type PaceFacts,
  profileIntervalMs,
  runtimeIntervalMs,
  walkIsDue,
} from './pace.ts';

const quiet: PaceFacts = {
  profiles: 100,
  lastIntervalMs: 300_000,
  profileCostMs: 40,
  growing: false,
  decided: false,
  forecastMs: undefined,
};
const intervalOf = (facts: Partial<PaceFacts>): number => profileIntervalMs(defaultPace, { ...quiet, ...facts });

describe('profiles', () => {
  it('come at the floor after a start, then ever more rarely while nothing grows', () => {
    const intervals: number[] = [];
    for (let profiles = 1; profiles < 20; profiles++)
      intervals.push(intervalOf({ profiles, lastIntervalMs: intervals.at(-1) }));
    const seconds = intervals.map((ms) => Math.round(ms / 1000));
    expect(seconds.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 15));
    expect(seconds.slice(9)).toEqual([23, 34, 51, 76, 114, 171, 256, 300, 300, 300]);
  });

  it('come at the floor when something grows, and less often once the leak is known', () => {
    expect(intervalOf({ growing: true })).toBe(15_000);
    expect(intervalOf({ growing: true, decided: true })).toBe(60_000);
  });

  it('come at the floor when the limit is near, whatever is known', () => {
    expect(intervalOf({ growing: true, decided: true, forecastMs: 600_000 })).toBe(15_000);
    expect(intervalOf({ forecastMs: 86_400_000 })).toBe(300_000);
  });

  it('never take more than 2 % of the time', () => {
    fc.assert(
      fc.property(
        fc.record({
          profiles: fc.nat(1000),
          lastIntervalMs: fc.option(fc.nat(1e6), { nil: undefined }),
          profileCostMs: fc.nat(120_000),
          growing: fc.boolean(),
          decided: fc.boolean(),
          forecastMs: fc.option(fc.nat(1e9), { nil: undefined }),
        }),
        (facts) => {
          const interval = profileIntervalMs(defaultPace, facts);
          expect(facts.profileCostMs / interval).toBeLessThanOrEqual(0.02 + 1e-9);
          expect(interval).toBeGreaterThanOrEqual(defaultPace.profileFloorMs);
        },
      ),
    );
  });

  it('keep the wish of the user as the floor, even above the usual rest', () => {
    const settings = { ...defaultPace, profileFloorMs: 600_000 };
    expect(profileIntervalMs(settings, quiet)).toBe(600_000);
  });
});

describe('other steps', () => {
  it('ask a slow runtime less often: 1 % of the time', () => {
    expect(runtimeIntervalMs(defaultPace, 10)).toBe(5000);
    expect(runtimeIntervalMs(defaultPace, 3000)).toBe(300_000);
  });

  it('walk at the first sign of growth, after three minutes, then once an hour; never for more than a thousandth of the time', () => {
    const facts = { walks: 2, sinceLastMs: undefined, lastPauseMs: 0, profiles: 5, growing: true };
    expect(walkIsDue(defaultPace, facts)).toBe(true);
    expect(walkIsDue(defaultPace, { ...facts, growing: false })).toBe(false);
    expect(walkIsDue(defaultPace, { ...facts, sinceLastMs: 1_800_000 })).toBe(false);
    expect(walkIsDue(defaultPace, { ...facts, sinceLastMs: 3_600_000 })).toBe(true);
    expect(walkIsDue(defaultPace, { ...facts, walks: 1, sinceLastMs: 200_000 })).toBe(true);
    expect(walkIsDue({ ...defaultPace, walkRestMs: 1000 }, { ...facts, sinceLastMs: 60_000, lastPauseMs: 150 })).toBe(
      false,
    );
  });

  it('analyse for a tenth of our time at most', () => {
    expect(analysisIntervalMs(defaultPace, 300, 0)).toBe(20_000);
    expect(analysisIntervalMs(defaultPace, 6000, 0)).toBe(60_000);
  });

  it('analyse ever more rarely while every answer is the same', () => {
    expect(analysisIntervalMs(defaultPace, 300, 1)).toBe(30_000);
    expect(analysisIntervalMs(defaultPace, 300, 100)).toBe(600_000);
  });

  it('look at the process more often where its limit is close', () => {
    expect(metricsIntervalMs(defaultPace, 0.5, undefined)).toBe(5000);
    expect(metricsIntervalMs(defaultPace, 0.81, undefined)).toBe(1000);
    expect(metricsIntervalMs(defaultPace, undefined, 60_000)).toBe(1000);
  });

  it('look for a lost target soon, and twice a minute in the end', () => {
    expect([0, 1, 2, 3].map(backoffMs)).toEqual([500, 1000, 2000, 4000]);
    expect(backoffMs(50)).toBe(30_000);
  });
});

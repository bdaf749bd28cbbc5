import { describe, expect, it } from 'vitest';
import { type LimitFacts, lastWordsPlan, passedThresholds } from './last-words.ts';

const far: LimitFacts = { usedShare: 0.5, freeBytes: 1 << 29, forecastMs: undefined };
const keysOf = (facts: Partial<LimitFacts>, before: readonly string[] = []): readonly string[] =>
  passedThresholds({ ...far, ...facts }, new Set(before)).map(({ key }) => key);

describe('thresholds', () => {
  it('are silent far from the limit, and where nothing is known', () => {
    expect(keysOf({})).toEqual([]);
    expect(keysOf({ usedShare: undefined })).toEqual([]);
  });

  it('are told once each', () => {
    expect(keysOf({ usedShare: 0.86 })).toEqual(['use 0.85']);
    expect(keysOf({ usedShare: 0.93 }, ['use 0.85'])).toEqual(['use 0.92']);
    expect(keysOf({ usedShare: 0.86 }, ['use 0.85', 'use 0.92'])).toEqual([]);
  });

  it('are told together when growth is quick', () => {
    expect(keysOf({ usedShare: 0.98, forecastMs: 60_000 })).toEqual([
      'use 0.85',
      'use 0.92',
      'use 0.97',
      'time 600000',
      'time 120000',
    ]);
  });

  it('count the time to the limit, too', () => {
    expect(keysOf({ forecastMs: 500_000 })).toEqual(['time 600000']);
    expect(keysOf({ forecastMs: 3_600_000 })).toEqual([]);
  });
});

describe('last words', () => {
  it('ask the target for less the less it has', () => {
    expect(lastWordsPlan(1 << 30, false)).toEqual({ profiles: true, dumpUpTo: 10_000, smaps: true, walk: true });
    expect(lastWordsPlan(32 << 20, false)).toMatchObject({ profiles: true, dumpUpTo: 1024 });
    expect(lastWordsPlan(12 << 20, false)).toMatchObject({ profiles: false, dumpUpTo: 0, smaps: true });
  });

  it('leave out the walk where our own memory counts against the same limit', () => {
    expect(lastWordsPlan(1 << 30, true).walk).toBe(false);
  });
});

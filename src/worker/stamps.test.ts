import { describe, expect, it } from 'vitest';
import { createRecordingStamps } from './stamps.ts';

/** A clock that is set by hand: [wall, steady]. */
function clockOf() {
  const now = { wall: 1_000_000, steady: 0 };
  const clock = { wallMs: () => now.wall, monotonicMs: () => now.steady, wait: async () => {} };
  const pass = (ms: number): void => {
    now.wall += ms;
    now.steady += ms;
  };
  return { now, clock, pass };
}

describe('stamps', () => {
  it('are the wall clock, also after a sleep of the machine', () => {
    const { now, clock, pass } = clockOf();
    const stamps = createRecordingStamps(clock, undefined);
    expect(stamps.nowMs()).toBe(1_000_000);
    pass(5000);
    expect(stamps.nowMs()).toBe(1_005_000);
    now.wall += 3_600_000;
    expect(stamps.nowMs()).toBe(4_605_000);
  });

  it('go on at the steady pace when the clock is set back', () => {
    const { now, clock, pass } = clockOf();
    const stamps = createRecordingStamps(clock, undefined);
    stamps.nowMs();
    now.wall -= 600_000;
    pass(5000);
    expect(stamps.nowMs()).toBe(1_005_000);
    pass(5000);
    expect(stamps.nowMs()).toBe(1_010_000);
    now.wall += 700_000;
    expect(stamps.nowMs()).toBe(1_110_000);
  });

  it('begin behind what was recorded before, and never repeat', () => {
    const { clock } = clockOf();
    const stamps = createRecordingStamps(clock, 2_000_000);
    const [first, second] = [stamps.nowMs(), stamps.nowMs()];
    expect(first).toBeGreaterThan(2_000_000);
    expect(second).toBeGreaterThan(first);
  });
});

import { describe, expect, it } from 'vitest';
import { type Clock, createStamps } from './clock.ts';

describe('createStamps', () => {
  it('goes on steadily when the wall clock is stepped, and tells of the step once', () => {
    let wall = 1_000_000;
    let monotonic = 50;
    const clock: Clock = { wallMs: () => wall, monotonicMs: () => monotonic, wait: () => Promise.resolve() };
    const stamps = createStamps(clock);
    wall += 1000;
    monotonic += 1000;
    expect([stamps.nowMs(), stamps.elapsedMs(), stamps.wallJumpMs()]).toEqual([1_001_000, 1000, 0]);
    wall += 1000 - 3_600_000;
    monotonic += 1000;
    expect([stamps.nowMs(), stamps.elapsedMs(), stamps.wallJumpMs()]).toEqual([1_002_000, 2000, -3_600_000]);
    expect(stamps.wallJumpMs()).toBe(0);
  });
});

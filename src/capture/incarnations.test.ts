import { describe, expect, it } from 'vitest';
import { createIncarnationTracker, type Identity, totalsOfMemstats } from './incarnations.ts';

/** Objects allocated by each of five stacks so far. */
const stacks = (...counts: number[]): Identity => ({ marks: {}, totals: {}, allocated: new Map(counts.entries()) });
const totals = (NumGC: number): Identity => ({ marks: {}, totals: { NumGC }, allocated: undefined });
const started = (at: string): Identity => ({ marks: { 'start time': at }, totals: {}, allocated: undefined });

const follow = (...identities: Identity[]) => {
  const tracker = createIncarnationTracker();
  return identities.map((identity) => {
    const { incarnation, change } = tracker.observe(identity);
    return `${incarnation} ${change}`;
  });
};

describe('createIncarnationTracker', () => {
  it('sees one process while its counters rise', () => {
    expect(follow(stacks(1, 2, 3), totals(4), stacks(1, 2, 3), totals(4), stacks(2, 2, 9, 1), totals(9))).toEqual(
      Array(6).fill('0 same'),
    );
  });

  it('sees a restart when counters went back', () => {
    expect(follow(stacks(10, 20, 30), stacks(11, 21, 31), stacks(1, 2, 3), stacks(2, 3, 4))).toEqual([
      '0 same',
      '0 same',
      '1 new',
      '1 same',
    ]);
    expect(follow(totals(9), totals(1), totals(2))).toEqual(['0 same', '1 new', '1 same']);
  });

  it('sees a restart when the total rose but the stacks are others', () => {
    const other: Identity = { marks: {}, totals: {}, allocated: new Map([[7, 1000]]) };
    expect(follow(stacks(1, 2, 3), other)).toEqual(['0 same', '1 new']);
  });

  it('sees a restart by the start time alone', () => {
    expect(follow(started('100'), started('100'), started('200'))).toEqual(['0 same', '0 same', '1 new']);
  });

  it('does not take one odd stack among many for a restart', () => {
    const before = stacks(...Array(20).fill(10));
    const after = stacks(9, ...Array(19).fill(11));
    expect(follow(before, after)).toEqual(['0 same', '0 same']);
  });

  it('knows two processes that take turns', () => {
    expect(follow(stacks(100, 100), stacks(1, 1), stacks(101, 101), stacks(2, 2), stacks(102, 102))).toEqual([
      '0 same',
      '1 new',
      '0 back',
      '1 back',
      '0 back',
    ]);
  });

  it('looks for no earlier process after the target was unreachable', () => {
    const tracker = createIncarnationTracker();
    for (const counts of [
      [100, 100],
      [1, 1],
    ])
      tracker.observe(stacks(...counts));
    tracker.lostSight();
    expect(tracker.observe(stacks(101, 101))).toMatchObject({ incarnation: 1, change: 'same' });
  });

  it('takes a process that fits one which ended long ago for a new one', () => {
    const long = Array.from({ length: 20 }, (_, second) => stacks(100 + second, 100 + second));
    expect(follow(stacks(200, 1), ...long, stacks(300, 5)).at(-1)).toBe('2 new');
  });
});

describe('totalsOfMemstats', () => {
  it('reads the rising numbers of the trailer', () => {
    expect(totalsOfMemstats('# runtime.MemStats\n# Alloc = 5\n# TotalAlloc = 12\n# NumGC = 3\n')).toEqual({
      TotalAlloc: 12,
      NumGC: 3,
    });
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pickEvenly, pickPoints } from './pick-points.ts';

describe('the points of a long series that are kept', () => {
  it('are all of a short one', () => {
    expect(pickPoints([3, 1, 2], 10)).toEqual([0, 1, 2]);
    expect(pickEvenly(3, 10)).toEqual([0, 1, 2]);
  });

  it('hold each peak, however narrow', () => {
    const values = Array.from({ length: 10_000 }, (_, at) => (at === 7777 ? 500 : at % 7));
    const picked = pickPoints(values, 200);
    expect(picked).toContain(7777);
    expect(picked.length).toBeLessThanOrEqual(200);
  });

  it('are in order, bounded, and hold both ends, the lowest and the highest value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 1, maxLength: 400 }),
        fc.integer({ min: 4, max: 50 }),
        (v, most) => {
          const picked = pickPoints(v, most);
          expect([...picked].sort((a, b) => a - b)).toEqual(picked);
          expect(picked.length).toBeLessThanOrEqual(Math.max(most, 4));
          expect(picked).toContain(0);
          expect(picked).toContain(v.length - 1);
          expect(Math.max(...picked.map((at) => v[at]!))).toBe(Math.max(...v));
          expect(Math.min(...picked.map((at) => v[at]!))).toBe(Math.min(...v));
        },
      ),
    );
  });

  it('keep a gap as a gap', () => {
    const values = Array.from({ length: 1000 }, (_, at) => (at > 400 && at < 600 ? null : at));
    expect(pickPoints(values, 50).some((at) => values[at] === null)).toBe(true);
  });

  it('of areas on each other are the same for all', () => {
    expect(pickEvenly(1001, 5)).toEqual([0, 250, 500, 750, 1000]);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMoments, encodeMoments, joinMoments, momentsOf, slopesOf, spreadMoments } from './moments.ts';

const day = 1_800_000_000_000;
const times = (length: number, from = 0) => Float64Array.from({ length }, (_, row) => day + (from + row) * 60_000);

describe('moments of chunks', () => {
  it('joined say the same as those of all values', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1e10 }), { minLength: 3, maxLength: 60 });
    fc.assert(
      fc.property(values, fc.nat(), (all, where) => {
        const cut = 1 + (where % (all.length - 1));
        const column = Float64Array.from(all);
        const whole = momentsOf(times(all.length), [column]);
        const joined = joinMoments(
          momentsOf(times(cut), [column.subarray(0, cut)]),
          momentsOf(times(all.length - cut, cut), [column.subarray(cut)]),
        );
        for (const name of ['first', 'last', 'min', 'max'] as const) expect(joined[name]).toEqual(whole[name]);
        expect(joined.mean[0]).toBeCloseTo(whole.mean[0]!, 4);
        const scale = 1e-9 * (1 + Math.max(...all));
        expect(Math.abs(slopesOf(joined).perSecond[0]! - slopesOf(whole).perSecond[0]!)).toBeLessThan(scale);
      }),
    );
  });

  it('find a small slope on a large value', () => {
    const line = times(500).map((_, row) => 1e12 + 60 * row);
    const { perSecond, perSecondError } = slopesOf(momentsOf(times(500), [line]));
    expect(perSecond[0]).toBeCloseTo(1, 6);
    expect(perSecondError[0]).toBeLessThan(1e-3);
  });

  it('give no slope to less than two moments, and no error to two', () => {
    expect(slopesOf(momentsOf(times(1), [Float64Array.of(5)])).perSecond[0]).toBeNaN();
    const two = slopesOf(momentsOf(times(2), [Float64Array.of(0, 60)]));
    expect(two.perSecond[0]).toBe(1);
    expect(two.perSecondError[0]).toBeNaN();
  });

  it('of a stack that a chunk does not know are those of zeros', () => {
    const known = momentsOf(times(3), [Float64Array.of(3, 6, 9)]);
    const spread = spreadMoments(known, Int32Array.of(1), 2);
    const drawn = momentsOf(times(3), [new Float64Array(3), Float64Array.of(3, 6, 9)]);
    expect(spread).toEqual(drawn);
  });

  it('come back from bytes, and other bytes are refused', () => {
    const moments = momentsOf(times(3), [Float64Array.of(1, 2, 4), Float64Array.of(7, 7, 7)]);
    const bytes = encodeMoments(moments);
    expect(decodeMoments(bytes, 2)).toEqual(moments);
    expect(() => decodeMoments(bytes, 3)).toThrow('expected 192 bytes');
  });
});

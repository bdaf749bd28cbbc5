import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeRounds } from './round-trend.ts';

describe('judgeRounds', () => {
  const shapeOf = (...values: number[]) => judgeRounds(values, 10).shape;

  it('says that a value which ends each round higher grows, by how much, and how sure', () => {
    const trend = judgeRounds([900, 1000, 1100, 1199, 1301, 1400], 10);
    expect(trend.shape).toBe('grows');
    expect(trend.perRound).toBeCloseTo(100, 0);
    expect(trend.low).toBeGreaterThan(90);
    expect(trend.high).toBeLessThan(110);
    expect(trend.pValue).toBeLessThan(0.05);
  });

  it('does not judge the first round: what is made once is no growth', () => {
    expect(shapeOf(0, 5000, 5000, 5001, 5000, 5000)).toBe('returns');
  });

  it('lets a value fall back, or move within what is not worth a word', () => {
    expect(shapeOf(0, 500, 400, 300, 400, 200)).toBe('returns');
    expect(shapeOf(0, 500, 503, 506, 509, 512)).toBe('returns');
  });

  it('does not call a cache that fills a leak', () => {
    expect(judgeRounds([0, 1000, 1800, 2300, 2400, 2410, 2415], 1)).toMatchObject({
      shape: 'unclear',
      why: 'it grows less and less, and may be filling up',
      roundsToSettle: 14,
    });
  });

  it('says how many rounds would settle what a few cannot', () => {
    expect(judgeRounds([0, 100, 200, 300], 10)).toMatchObject({ shape: 'unclear', roundsToSettle: 6 });
    expect(judgeRounds([0], 10)).toMatchObject({ shape: 'unclear', roundsToSettle: 6 });
  });

  it('never says that noise around a level grows more often than its p allows', () => {
    let grown = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 7, maxLength: 7 }), (values) => {
        if (judgeRounds(values, 10).shape === 'grows') grown++;
      }),
      { numRuns: 1000, seed: 7 },
    );
    expect(grown).toBeLessThan(50);
  });
});

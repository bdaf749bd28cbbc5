import { describe, expect, it } from 'vitest';
import { createFigures } from './figures.ts';

const mebibyte = 1 << 20;

/** A value every 5 s from `valueAt(i)`. */
function figuresOf(points: number, valueAt: (index: number) => number, limitBytes?: number) {
  const figures = createFigures();
  for (let index = 0; index < points; index++) {
    const rss = valueAt(index) * mebibyte;
    const limits =
      limitBytes === undefined ? [] : [{ kind: 'cgroup' as const, name: 'cgroup /svc', limitBytes, usedBytes: rss }];
    figures.add(index * 5000, new Map([['rss', rss]]), limits);
  }
  return figures;
}

describe('figures', () => {
  it('see growth of the last minutes that a week would hide', () => {
    const figures = figuresOf(20_000, (index) => 100 + Math.max(0, index - 19_800) * 0.5 + (index % 3) * 0.1);
    expect(figures.growth('rss')).toMatchObject({ shape: 'growing' });
    expect(figures.growsRecently('rss')).toBe(true);
    expect(figures.latest('rss')).toBeCloseTo((100 + 199 * 0.5 + (19_999 % 3) * 0.1) * mebibyte, -3);
  });

  it('see growth of hours that minutes hide', () => {
    // 0.003 MiB a look is a third of a MiB in the last minutes, below what counts.
    const figures = figuresOf(20_000, (index) => 100 + index * 0.003 + (index % 7) * 0.05);
    expect(figures.growth('rss')).toMatchObject({ shape: 'growing' });
    expect(figures.growsRecently('rss')).toBe(false);
  });

  it('keep a bounded number of points over the whole time', () => {
    const history = figuresOf(50_000, (index) => index).history('rss');
    expect(history.length).toBeLessThan(480);
    expect(history.length).toBeGreaterThan(200);
    expect(history[0]).toBe(0);
    expect([...history].sort((a, b) => a - b)).toEqual(history);
  });

  it('call a level that only shakes no growth, and forecast nothing', () => {
    const figures = figuresOf(600, (index) => 100 + ((index * 7919) % 13) * 0.2, 1 << 30);
    expect(figures.growth('rss')?.shape).toBe('flat');
    expect(figures.nearestLimit(3_000_000)?.exhaustedAtMs).toBeUndefined();
  });

  it('tell when the limit is reached at this rate', () => {
    // 1 MiB a look from 100 MiB: 400 MiB more take 2000 s after the 100th look, at 495 s.
    const figures = figuresOf(100, (index) => 100 + index, 599 * mebibyte);
    const nearest = figures.nearestLimit(495_000);
    expect(nearest?.limit.name).toBe('cgroup /svc');
    expect((nearest?.exhaustedAtMs ?? 0) / 1000).toBeCloseTo(2495, -1);
  });

  it('know nothing of what was not captured', () => {
    expect(createFigures().growth('rss')).toBeUndefined();
    expect(createFigures().nearestLimit(0)).toBeUndefined();
    expect(createFigures().latest('rss')).toBeUndefined();
  });
});

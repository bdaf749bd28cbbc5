// Simulations: each draws many runs of a program whose truth is known and counts what is said of them.
import { describe, expect, it } from 'vitest';
import { normal, poisson, randomBy } from '../../test/drawing/random-by.ts';
import { estimateGrowth } from './estimate-growth.ts';

const period = 512 * 1024;
const mebibyte = 1 << 20;

interface Run {
  readonly seconds: number;
  readonly captures?: number;
}

/** Samples of a sampled heap line: born at a rate (per second), each dying with a chance per second. */
function sampledLine(
  random: () => number,
  { seconds, captures = 20 }: Run,
  start: number,
  bornPerSecond: (second: number) => number,
  dyingPerSecond: number,
) {
  const atMs: number[] = [];
  const raw: number[] = [];
  let alive = poisson(start, random);
  for (let i = 0; i <= captures; i++) {
    const second = (i * seconds) / captures;
    if (i > 0) {
      const step = seconds / captures;
      let survivors = 0;
      const survives = Math.exp(-dyingPerSecond * step);
      for (let k = 0; k < alive; k++) if (random() < survives) survivors++;
      alive =
        survivors +
        poisson(
          bornPerSecond(second) * step * (dyingPerSecond > 0 ? (1 - survives) / (dyingPerSecond * step) : 1),
          random,
        );
    }
    atMs.push(second * 1000);
    raw.push(alive);
  }
  return { atMs, values: raw.map((n) => n * period), rawSamples: raw };
}

function shapes(
  runs: number,
  draw: (random: () => number) => Parameters<typeof estimateGrowth>[0],
  materialDelta = 65536,
) {
  const counts = new Map<string, number>();
  for (let seed = 1; seed <= runs; seed++) {
    const { shape } = estimateGrowth(draw(randomBy(seed * 7919)), { materialDelta });
    counts.set(shape, (counts.get(shape) ?? 0) + 1);
  }
  return { of: (shape: string) => (counts.get(shape) ?? 0) / runs, counts };
}

const leak =
  (mbPerSecond: number, seconds: number, start = 4, captures = 20) =>
  (random: () => number) =>
    sampledLine(random, { seconds, captures }, start, () => (mbPerSecond * mebibyte) / period, 0);

describe('leaks in a sampled heap profile', () => {
  it('finds a linear leak within 20 seconds: 0.5 MB/s usually, 1 MB/s and more nearly always', () => {
    expect(shapes(200, leak(0.5, 20)).of('growing')).toBeGreaterThan(0.82);
    for (const rate of [1, 4]) expect(shapes(200, leak(rate, 20)).of('growing')).toBeGreaterThan(0.93);
  });

  it('finds 0.25 MB/s within 30 seconds and 0.1 MB/s within two minutes', () => {
    expect(shapes(200, leak(0.25, 30)).of('growing')).toBeGreaterThan(0.85);
    expect(shapes(200, leak(0.1, 120)).of('growing')).toBeGreaterThan(0.85);
  });

  it('finds a leak in a service that is large already', () => {
    expect(shapes(200, leak(1, 30, 400)).of('growing')).toBeGreaterThan(0.93);
  });

  it('never calls a leak a plateau more than once in fifty', () => {
    for (const rate of [0.1, 0.5, 2]) expect(shapes(200, leak(rate, 30)).of('plateau')).toBeLessThan(0.02);
  });

  it('finds a leak whose line also makes things that live for a while', () => {
    const draw = (random: () => number) => {
      const kept = leak(1, 30)(random);
      const passing = sampledLine(random, { seconds: 30 }, 6, () => 6, 1);
      const raw = kept.rawSamples.map((n, i) => n + passing.rawSamples[i]!);
      return { ...kept, values: raw.map((n) => n * period), rawSamples: raw };
    };
    expect(shapes(200, draw).of('growing')).toBeGreaterThan(0.85);
  });
});

describe('what is not a leak', () => {
  it('does not call a population that comes and goes a leak, quick or slow', () => {
    for (const lifeSeconds of [0.5, 3, 15, 60, 300]) {
      const draw = (random: () => number) =>
        sampledLine(random, { seconds: 30 }, 20, () => 20 / lifeSeconds, 1 / lifeSeconds);
      expect(shapes(400, draw).of('growing'), `life of ${lifeSeconds} s`).toBeLessThan(0.02);
    }
  });

  it('does not call a cache that filled up before the middle of the window a leak', () => {
    for (const full of [6, 10, 14]) {
      const draw = (random: () => number) => sampledLine(random, { seconds: 30 }, 2, (s) => (s < full ? 4 : 0), 0);
      const { of } = shapes(300, draw);
      expect(of('growing'), `full after ${full} s`).toBeLessThan(0.03);
    }
  });

  it('does not call a cache that saturates exponentially a leak', () => {
    const draw = (random: () => number) => sampledLine(random, { seconds: 30 }, 1, (s) => 12 * Math.exp(-s / 6), 0);
    expect(shapes(300, draw).of('growing')).toBeLessThan(0.05);
  });

  it('does not call a log that is compacted a leak, wherever in the window that happens', () => {
    for (const at of [12, 15, 22]) {
      const compacted = (random: () => number) => {
        const before = sampledLine(random, { seconds: 30 }, 2, (s) => (s < at ? 2.5 : 0), 0);
        const after = sampledLine(random, { seconds: 30 }, 0, (s) => (s < at ? 0 : 2.5), 0);
        const raw = before.rawSamples.map((n, i) => (before.atMs[i]! < at * 1000 ? n : 1 + after.rawSamples[i]!));
        return { ...before, values: raw.map((n) => n * period), rawSamples: raw };
      };
      expect(shapes(200, compacted).of('growing'), `compacted after ${at} s`).toBeLessThan(0.1);
    }
  });

  it('knows a burst and a fall', () => {
    const burst = shapes(100, (random) =>
      sampledLine(random, { seconds: 30 }, 2, (s) => (s > 5 && s < 12 ? 20 : 0.2), 0.35),
    );
    expect(burst.of('growing')).toBe(0);
    const fall = shapes(100, (random) => sampledLine(random, { seconds: 30 }, 60, () => 0, 0.1));
    expect(fall.of('falling') + fall.of('burst')).toBeGreaterThan(0.95);
  });

  it('gives no shape to less than five captures, and says how long to watch', () => {
    const estimate = estimateGrowth(leak(4, 6, 4, 2)(randomBy(3)), { materialDelta: 65536 });
    expect(estimate).toMatchObject({ shape: 'unclear', why: '3 captures cannot tell growth from warm-up' });
    expect(estimate.watchLongerMs).toBeGreaterThan(10_000);
  });
});

/** Exact counts, as of goroutines. */
function counts(seconds: number, value: (second: number, random: () => number) => number) {
  return (random: () => number) => {
    const atMs = Array.from({ length: 21 }, (_, i) => (i * seconds * 1000) / 20);
    return { atMs, values: atMs.map((ms) => Math.round(value(ms / 1000, random))) };
  };
}

describe('exact counts', () => {
  it('finds a slow steady rise, with and without traffic on top', () => {
    expect(
      shapes(
        100,
        counts(30, (s) => 5 + s * 0.5),
        3,
      ).of('growing'),
    ).toBe(1);
    const busy = counts(30, (s, random) => 40 + s * 4 + 6 * normal(random));
    expect(shapes(200, busy, 3).of('growing')).toBeGreaterThan(0.95);
  });

  it('finds a staircase of batches', () => {
    expect(
      shapes(
        50,
        counts(30, (s) => 10 + 25 * Math.floor(s / 4)),
        3,
      ).of('growing'),
    ).toBe(1);
  });

  it('does not call traffic that wanders a leak', () => {
    const wandering = (random: () => number) => {
      let level = 50;
      const atMs = Array.from({ length: 21 }, (_, i) => i * 1500);
      const values = atMs.map(() => {
        level = Math.max(0, level + 3 * normal(random));
        return Math.round(level);
      });
      return { atMs, values };
    };
    expect(shapes(400, wandering, 3).of('growing')).toBeLessThan(0.03);
    expect(
      shapes(
        400,
        counts(30, (_, random) => 50 + 8 * normal(random)),
        3,
      ).of('growing'),
    ).toBeLessThan(0.02);
  });

  it('knows a pool that fills and then stands still', () => {
    const { of, counts: seen } = shapes(
      50,
      counts(30, (s) => Math.min(400, 153 + s * 25)),
      3,
    );
    expect(of('plateau'), JSON.stringify([...seen])).toBe(1);
  });
});

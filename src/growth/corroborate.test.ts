import { describe, expect, it } from 'vitest';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { randomBy } from '../../test/drawing/random-by.ts';
import type { HeapGrowth, MemoryTrend } from '../model/growth.ts';
import { corroborate } from './corroborate.ts';
import { estimateGrowth } from './estimate-growth.ts';

const mebibyte = 1024 * 1024;
const mib = (values: readonly number[]) => values.map((value) => value * mebibyte);

/** Sampled MiB of lines, and the runtime's exact live heap in MiB. */
function corroborated(lines: Readonly<Record<string, { kib: number[]; shape?: 'unclear' }>>, exactMib: number[]) {
  const input = drawDiagnosisInput({
    heap: Object.entries(lines).map(([stack, line]) => ({ stack: `svc.${stack} /app/a.go:1`, ...line })),
    memory: { 'heap-alloc': mib(exactMib) },
  });
  if (input.heap.kind !== 'captured' || input.memory.kind !== 'captured') throw new Error('nothing was drawn');
  return corroborate(input.heap.value, input.memory.value, true);
}

const exact = [5, 6, 7, 8, 9, 10, 11, 12];
const wandering = [2000, 2500, 2500, 5000, 5000, 5000, 7000, 7000];

describe('corroborate', () => {
  it('takes the live heap from the exact count', () => {
    const heap = corroborated({ load: { kib: wandering, shape: 'unclear' } }, exact);
    expect(heap.total.shape).toBe('growing');
    expect([...heap.totalSeries]).toEqual(mib(exact));
  });

  it('lets it speak for the one line that makes most of the growth', () => {
    const heap = corroborated({ load: { kib: wandering, shape: 'unclear' } }, exact);
    expect(heap.sites[0]?.bytes).toMatchObject({ shape: 'growing', perSecond: heap.total.perSecond });
  });

  it('never says that a line grew by more at least than it is said to have grown', () => {
    const heap = corroborated({ load: { kib: wandering, shape: 'unclear' } }, [5, 8, 11, 14, 17, 20, 23, 26]);
    const { shape, delta, deltaLow } = heap.sites[0]!.bytes;
    expect(shape).toBe('growing');
    expect(deltaLow).toBeLessThanOrEqual(delta);
  });

  it('lets it speak for no line where several share the growth', () => {
    const half = wandering.map((kib) => kib / 2);
    const heap = corroborated({ a: { kib: half, shape: 'unclear' }, b: { kib: half, shape: 'unclear' } }, exact);
    expect(heap.sites.map((site) => site.bytes.shape)).toEqual(['unclear', 'unclear']);
  });

  it('doubts a line whose samples rise while the live heap stands still', () => {
    const heap = corroborated(
      { load: { kib: [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000] } },
      exact.map(() => 9),
    );
    expect(heap.total.shape).toBe('flat');
    expect(heap.sites[0]?.bytes).toMatchObject({ shape: 'unclear' });
  });
});

/** What a line has taken and given back until a second, in sampling periods: the oldest goes first. */
interface Line {
  readonly taken: (second: number) => number;
  readonly returned?: (second: number) => number;
}

const period = 512 * 1024;
const moments = Array.from({ length: 21 }, (_, second) => second);

/** Twenty seconds of a program, many times: how often the first line is called growing. */
function calledGrowing(...lines: readonly Line[]): number {
  const runs = 200;
  let growing = 0;
  for (let seed = 1; seed <= runs; seed++) {
    const random = randomBy(seed * 7919);
    const atMs = Float64Array.from(moments, (second) => second * 1000);
    const live = lines.map(({ taken, returned = () => 0 }) => moments.map((s) => [returned(s), taken(s)] as const));
    const sampled = live.map((line) => {
      const caught = caughtUntil(line.at(-1)![1], random);
      const raw = line.map(([from, to]) => caught.filter((at) => at > from && at <= to).length);
      return estimateGrowth({ atMs, values: raw.map((n) => n * period), rawSamples: raw }, { materialDelta: 65536 });
    });
    const series = Float64Array.from(
      moments,
      (i) => live.reduce((sum, line) => sum + (line[i]![1] - line[i]![0]) * period, 0) + 60_000 * random(),
    );
    const estimate = estimateGrowth({ atMs, values: series }, { materialDelta: mebibyte });
    const heap = { total: sampled[0]!, totalSeries: series, sites: sampled.map((bytes) => ({ bytes })) };
    const memory: MemoryTrend = { atMs, quantities: new Map([['heap-alloc', { estimate, series, atMs }]]) };
    const [first] = corroborate(heap as unknown as HeapGrowth, memory, true).sites;
    if (first?.bytes.shape === 'growing') growing++;
  }
  return growing / runs;
}

/** Where in what a line takes the sampler caught something: once a period on average. */
function caughtUntil(end: number, random: () => number): readonly number[] {
  const caught: number[] = [];
  for (let at = 0; at < end; at += Math.log(1 / (1 - random()))) caught.push(at);
  return caught.slice(1);
}

const slowLeak = (perSecond: number): Line => ({ taken: (s) => perSecond * s });

describe('an exact live heap that rises steadily', () => {
  it('tells a queue that is served too slowly, however its samples wander', () => {
    expect(calledGrowing({ taken: (s) => 2 + 3.4 * s, returned: (s) => 1.2 * s }, slowLeak(0.4))).toBe(1);
    expect(calledGrowing({ taken: (s) => 2 + 8 * s, returned: (s) => 6 * s }, slowLeak(0.4))).toBeGreaterThan(0.98);
  });

  it('makes no leak of a cache that fills, alone or beside something that leaks', () => {
    const full = (second: number): Line => ({ taken: (s) => 2 + 4 * Math.min(s, second) });
    expect(calledGrowing(full(8), slowLeak(0))).toBe(0);
    for (const perSecond of [0.8, 1, 1.3])
      for (const second of [10, 14])
        expect(calledGrowing(full(second), slowLeak(perSecond)), `${perSecond} MB/s, full after ${second} s`).toBe(0);
    expect(calledGrowing({ taken: (s) => 2 + 40 * (1 - Math.exp(-s / 5)) }, slowLeak(0.8))).toBeLessThan(0.05);
  });

  it('makes no leak of a ring that is full and always replaced, beside something that leaks', () => {
    expect(calledGrowing({ taken: (s) => 40 + 6 * s, returned: (s) => 6 * s }, slowLeak(1))).toBeLessThan(0.05);
  });
});

import { describe, expect, it } from 'vitest';
import type { TimelineAnswer } from '../../api/timeline.ts';
import { alignPoints } from './chart-spec.ts';
import { ledgerChart } from './ledger-chart.ts';
import { coneAfter, lineChart } from './line-chart.ts';

const options = { scale: 'data', series: ['a', 'b', 'c'], text: 'white' } as const;

const timeline: TimelineAnswer = {
  fromMs: 1000,
  toMs: 3000,
  starts: [],
  series: [{ name: 'rss', unit: 'bytes', atMs: [1000, 2000, 3000], values: [40, 50, 60] }],
  ledger: {
    kind: 'captured',
    value: {
      atMs: [1000, 3000],
      classes: [
        { class: 'go-heap-live', values: [10, 30] },
        { class: 'go-heap-idle', values: [5, 5] },
        { class: 'go-heap-garbage', values: [5, 4] },
        { class: 'malloc', values: [0, 0] },
      ],
    },
  },
  limits: {
    kind: 'captured',
    value: [{ name: 'cgroup /a', limitBytes: 160, atMs: [1000, 3000], usedBytes: [50, 60] }],
  },
  marks: [],
};

const forecast = {
  limitBytes: 160,
  limitSource: 'cgroup /a',
  usedBytes: 60,
  freeBytes: 100,
  bytesPerSecond: 10,
  exhaustedAt: new Date(13_000).toISOString(),
  low: new Date(8000).toISOString(),
  consequence: 'it is killed',
};

describe('the ledger as a chart', () => {
  it('stacks what grows on what does not, under one name for what is one to a reader, without what is not there', () => {
    const { lines } = ledgerChart(timeline, undefined, options)!;
    expect(lines.map(({ label, values }) => [label, ...values])).toEqual([
      ['Go heap, rest', 10, undefined, 9],
      ['Go heap, live', 20, undefined, 39],
      ['RSS', 40, 50, 60],
    ]);
    expect(lines[1]!.own).toEqual([10, undefined, 30]);
  });

  it('draws a cone from RSS at the rates that meet the limit early, late and probably', () => {
    const { cone, toMs, levels, top } = ledgerChart(timeline, forecast, options)!;
    // 100 bytes free: in 5 s at the earliest, probably in 10 s, perhaps never.
    expect(cone).toEqual({ fromMs: 3000, fromValue: 60, perSecondHigh: 20, perSecond: 10, perSecondLow: 0 });
    expect(toMs).toBe(3500);
    expect(levels).toEqual([{ value: 160, text: 'limit 160 B (cgroup /a)' }]);
    expect(top).toBeUndefined();
  });

  it('reaches to the limit and to the moment that it is met when asked to', () => {
    const { toMs, top, lines } = ledgerChart(timeline, forecast, { ...options, scale: 'limit' })!;
    // The late end is never: a quarter beyond the probable one.
    expect(toMs).toBe(15_500);
    expect(top).toBeCloseTo(169.6);
    expect(lines.at(-1)).toMatchObject({ label: 'used of cgroup /a', dashed: true, values: [50, undefined, 60] });
  });

  it('is RSS alone where no mappings were read, and nothing where nothing was', () => {
    const ledger = { kind: 'not-captured', why: 'not allowed' } as const;
    expect(ledgerChart({ ...timeline, ledger }, undefined, options)!.lines.map(({ label }) => label)).toEqual(['RSS']);
    expect(ledgerChart({ ...timeline, ledger, series: [] }, undefined, options)).toBeUndefined();
  });
});

describe('series on one axis', () => {
  it('keep a gap as a gap, and are unknown where another one has a point', () => {
    const { atMs, columns } = alignPoints([
      { atMs: [1, 3, 5], values: [10, null, 12] },
      { atMs: [2, 3], values: [7, 8] },
    ]);
    expect(atMs).toEqual([1, 2, 3, 5]);
    expect(columns).toEqual([
      [10, undefined, null, 12],
      [undefined, 7, 8, undefined],
    ]);
  });

  it('go on after their end at the rates of their interval', () => {
    const points = { atMs: [0, 1000], values: [1, 5] };
    const cone = coneAfter(points, { perSecond: 4, low: 3, high: 6 });
    expect(cone).toMatchObject({ fromMs: 1000, fromValue: 5, perSecondLow: 3 });
    expect(lineChart([{ label: 'a', colour: 'red', points }], 'count', [], cone).toMs).toBe(1200);
    expect(coneAfter({ atMs: [], values: [] }, { perSecond: 1, low: 0, high: 2 })).toBeUndefined();
  });
});

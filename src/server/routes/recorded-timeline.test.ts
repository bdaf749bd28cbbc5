import { describe, expect, it } from 'vitest';
import type { MetricSeries } from '../../model/recording.ts';
import { composeRecordedTimeline } from './recorded-timeline.ts';

const column = (...values: number[]): Float64Array => Float64Array.from(values);
const nothing = Number.NaN;

const series: MetricSeries = {
  atMs: column(1000, 2000, 3000, 4000),
  incarnation: Int32Array.from([0, 0, 1, 1]),
  captures: 9,
  metrics: new Map([
    ['rss', { mean: column(100, 110, 20, 30), min: column(100, 90, 20, 30), max: column(100, 130, 20, 30) }],
    [
      'heap-live',
      {
        mean: column(nothing, 50, 5, nothing),
        min: column(nothing, 50, 5, nothing),
        max: column(nothing, 50, 5, nothing),
      },
    ],
    ['limit', { mean: column(500, 500, 500, 500), min: column(500, 500, 500, 500), max: column(500, 500, 500, 500) }],
  ]),
};

describe('a recording over time', () => {
  const timeline = composeRecordedTimeline(
    series,
    [
      { atMs: 500, kind: 'started', incarnation: 0, message: 'began' },
      { atMs: 2500, kind: 'restart', incarnation: 1, message: 'another process' },
    ],
    undefined,
  );

  it('keeps starts apart, and draws a stretch that moved from its lowest to its highest value', () => {
    expect(timeline.starts).toEqual([
      { number: 0, fromMs: 1000, toMs: 2000 },
      { number: 1, fromMs: 3000, toMs: 4000 },
    ]);
    expect(timeline.series[0]).toEqual({
      name: 'rss',
      unit: 'bytes',
      atMs: [1000, 1999, 2000, 2500, 3000, 4000],
      values: [100, 90, 130, null, 20, 30],
    });
  });

  it('has no point where nothing was captured, and none of it is zero', () => {
    expect(timeline.series[1]).toMatchObject({ name: 'live-heap', atMs: [2000, 2500, 3000], values: [50, null, 5] });
  });

  it('tells the limit as a limit, what happened, and that the ledger takes longer', () => {
    expect(timeline.series.map(({ name }) => name)).not.toContain('limit');
    expect(timeline.limits).toEqual({
      kind: 'captured',
      value: [{ name: 'the nearest limit', limitBytes: 500, atMs: [], usedBytes: [] }],
    });
    expect(timeline.marks).toEqual([{ kind: 'restart', atMs: 2500, text: 'another process' }]);
    expect(timeline).toMatchObject({ ledgerLater: true, ledger: { kind: 'not-captured' } });
  });

  it('says that no limit was recorded', () => {
    const { limits } = composeRecordedTimeline({ ...series, metrics: new Map() }, [], undefined);
    expect(limits).toMatchObject({ kind: 'not-captured' });
  });
});

// Numbers over a range, thinned out to what can be drawn: captures fall into equal stretches of time, and a stretch keeps
// mean, lowest and highest, so that a peak is not lost.
import type { MetricName, MetricSeries } from '../../model/recording.ts';
import type { MetricQuery } from '../store.ts';
import { type Database, numberOf, type Row } from './database.ts';
import { chunkMetrics, type MetricStretch, tailMetrics } from './metric-chunks.ts';

export function metricSeries(database: Database, caseId: string, query: MetricQuery): MetricSeries {
  const fromMs = query.fromMs ?? Number.NEGATIVE_INFINITY;
  const toMs = query.toMs ?? Number.POSITIVE_INFINITY;
  const wanted = query.names === undefined ? undefined : new Set(query.names);
  const stretches = [
    ...database
      .all(
        'SELECT incarnation, captures, names, times, data FROM metric_chunk WHERE case_id = ? AND to_ms >= ? AND from_ms <= ? ORDER BY first_capture',
        caseId,
        fromMs,
        toMs,
      )
      .map((row) => chunkMetrics(row, wanted)),
    ...byIncarnation(
      database.all(
        'SELECT incarnation, at_ms, metrics FROM metric_tail WHERE case_id = ? AND at_ms >= ? AND at_ms <= ? ORDER BY capture',
        caseId,
        fromMs,
        toMs,
      ),
    ).map(tailMetrics),
  ];
  return thinOut(stretches, { fromMs, toMs, maxPoints: query.maxPoints, wanted });
}

function byIncarnation(rows: readonly Row[]): readonly (readonly Row[])[] {
  const groups: Row[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group === undefined || numberOf(group[0]!, 'incarnation') !== numberOf(row, 'incarnation')) groups.push([row]);
    else group.push(row);
  }
  return groups;
}

interface Thinning {
  readonly fromMs: number;
  readonly toMs: number;
  readonly maxPoints: number;
  readonly wanted: ReadonlySet<MetricName> | undefined;
}

function thinOut(stretches: readonly MetricStretch[], { fromMs, toMs, maxPoints, wanted }: Thinning): MetricSeries {
  const inRange = (ms: number): boolean => ms >= fromMs && ms <= toMs;
  let firstMs = Number.POSITIVE_INFINITY;
  let lastMs = Number.NEGATIVE_INFINITY;
  let captures = 0;
  for (const { atMs } of stretches) {
    for (const ms of atMs) {
      if (!inRange(ms)) continue;
      captures++;
      if (ms < firstMs) firstMs = ms;
      if (ms > lastMs) lastMs = ms;
    }
  }
  // A hair more than the range, so that the last capture does not open a stretch of its own.
  const widthMs = captures <= maxPoints ? 0 : ((lastMs - firstMs) / Math.max(1, maxPoints)) * (1 + 1e-9);
  /** Point of each capture of each stretch, -1 out of range. */
  const pointOf: Int32Array[] = [];
  const sumMs: number[] = [];
  const count: number[] = [];
  const incarnation: number[] = [];
  let before = Number.NaN;
  for (const stretch of stretches) {
    pointOf.push(
      Int32Array.from(stretch.atMs, (ms) => {
        if (!inRange(ms)) return -1;
        const slot = widthMs === 0 ? Number.NaN : Math.floor((ms - firstMs) / widthMs);
        if (slot !== before || incarnation.at(-1) !== stretch.incarnation) {
          sumMs.push(0);
          count.push(0);
          incarnation.push(stretch.incarnation);
          before = slot;
        }
        const point = count.length - 1;
        sumMs[point]! += ms - firstMs;
        count[point]!++;
        return point;
      }),
    );
  }
  const names = wanted ?? new Set(stretches.flatMap((stretch) => [...stretch.columns.keys()]));
  return {
    atMs: Float64Array.from(sumMs, (sum, point) => firstMs + sum / count[point]!),
    incarnation: Int32Array.from(incarnation),
    captures,
    metrics: new Map([...names].map((name) => [name, fold(stretches, pointOf, name, count.length)])),
  };
}

function fold(stretches: readonly MetricStretch[], pointOf: readonly Int32Array[], name: MetricName, points: number) {
  const mean = new Float64Array(points);
  const count = new Int32Array(points);
  const min = new Float64Array(points).fill(Number.NaN);
  const max = new Float64Array(points).fill(Number.NaN);
  for (const [index, { columns }] of stretches.entries()) {
    const column = columns.get(name);
    if (column === undefined) continue;
    for (const [row, point] of pointOf[index]!.entries()) {
      const value = column[row]!;
      if (point < 0 || Number.isNaN(value)) continue;
      mean[point]! += value;
      count[point]!++;
      if (!(min[point]! <= value)) min[point] = value;
      if (!(max[point]! >= value)) max[point] = value;
    }
  }
  for (let point = 0; point < points; point++)
    mean[point] = count[point] === 0 ? Number.NaN : mean[point]! / count[point]!;
  return { mean, min, max };
}

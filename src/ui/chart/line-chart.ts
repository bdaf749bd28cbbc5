// Lines over time that share an axis: one quantity, or a growth with its interval. Pure.
import type { TimeMark, TimeSeries } from '../../api/timeline.ts';
import { alignPoints, type ChartSpec, type Cone } from './chart-spec.ts';

export interface NamedLine {
  readonly label: string;
  readonly colour: string;
  readonly points: Pick<TimeSeries, 'atMs' | 'values'>;
}

export function lineChart(
  lines: readonly NamedLine[],
  unit: ChartSpec['unit'],
  marks: readonly TimeMark[] = [],
  cone?: Cone,
): ChartSpec {
  const { atMs, columns } = alignPoints(lines.map(({ points }) => points));
  const toMs = atMs.at(-1) ?? 1;
  const fromMs = atMs[0] ?? 0;
  return {
    atMs,
    lines: lines.map(({ label, colour }, at) => ({
      label,
      colour,
      values: columns[at]!,
      filled: lines.length === 1,
      dashed: false,
    })),
    unit,
    fromMs,
    toMs: cone === undefined ? toMs : toMs + 0.2 * Math.max(1, toMs - fromMs),
    levels: [],
    marks,
    ...(cone === undefined ? {} : { cone }),
  };
}

/** From the end of a series on, at the rates of its interval. */
export function coneAfter(
  { atMs, values }: Pick<TimeSeries, 'atMs' | 'values'>,
  rate: { readonly perSecond: number; readonly low: number; readonly high: number },
): Cone | undefined {
  const fromMs = atMs.at(-1);
  const fromValue = values.at(-1);
  if (fromMs === undefined || fromValue === undefined || fromValue === null) return undefined;
  return { fromMs, fromValue, perSecondLow: rate.low, perSecond: rate.perSecond, perSecondHigh: rate.high };
}

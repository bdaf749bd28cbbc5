// Resident memory as a stack of areas, with the limit, the forecast and what happened. Pure.
import type { LedgerTimeline, TimelineAnswer } from '../../api/timeline.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { ledgerNames } from '../../report/ledger-rows.ts';
import type { Report } from '../../report/report.ts';
import { alignPoints, type ChartLine, type ChartSpec, type Cone, type Points } from './chart-spec.ts';

/** `data`: what was seen fills the chart; `limit`: it reaches to the limit, and to the moment when that is met. */
export type ChartScale = 'data' | 'limit';

export interface LedgerChartOptions {
  readonly scale: ChartScale;
  /** Colours of the stack, in order. */
  readonly series: readonly string[];
  readonly text: string;
}

const beyond = 0.25;
/** undefined when neither the ledger nor RSS was captured. */
export function ledgerChart(
  timeline: TimelineAnswer,
  forecast: Report['forecast'],
  options: LedgerChartOptions,
): ChartSpec | undefined {
  const rss = timeline.series.find(({ name }) => name === 'rss');
  const stack = timeline.ledger.kind === 'captured' ? stackOf(timeline.ledger.value) : [];
  if (stack.length === 0 && rss === undefined) return undefined;
  const limits = timeline.limits.kind === 'captured' ? timeline.limits.value : [];
  const limit = limits.find(({ name }) => name === forecast?.limitSource);
  const used =
    options.scale === 'limit' && limit !== undefined && limit.atMs.length > 0
      ? { label: `used of ${limit.name}`, points: { atMs: limit.atMs, values: limit.usedBytes } }
      : undefined;
  const parts = [
    ...stack.map(({ points }) => points),
    ...(rss === undefined ? [] : [rss]),
    ...(used === undefined ? [] : [used.points]),
  ];
  const { atMs, columns } = alignPoints(parts);
  const areas = stack.map(
    ({ name, own }, at): ChartLine => ({
      label: name,
      // From the top, where it grows, down: the first colours are the clearest.
      colour: options.series[(stack.length - 1 - at) % options.series.length]!,
      values: columns[at]!,
      own: alignPoints([...parts, own]).columns.at(-1)!,
      filled: true,
      dashed: false,
    }),
  );
  const lines: ChartLine[] = [...areas];
  if (rss !== undefined)
    lines.push({
      label: 'RSS',
      colour: options.text,
      values: columns[stack.length]!,
      filled: false,
      dashed: false,
    });
  if (used !== undefined)
    lines.push({ label: used.label, colour: options.text, values: columns.at(-1)!, filled: false, dashed: true });
  const cone = coneOf(timeline, forecast, options.scale);
  return {
    atMs,
    lines,
    unit: 'bytes',
    fromMs: timeline.fromMs,
    toMs: endOf(timeline, forecast, options.scale, cone !== undefined),
    ...(options.scale === 'limit' && forecast !== undefined ? { top: forecast.limitBytes * 1.06 } : {}),
    levels:
      forecast === undefined
        ? []
        : [
            {
              value: forecast.limitBytes,
              text: `limit ${formatBytes(forecast.limitBytes)} (${forecast.limitSource})`,
            },
            ...(forecast.softLimit === undefined
              ? []
              : [
                  {
                    value: forecast.softLimit.limitBytes,
                    text: `GOMEMLIMIT ${formatBytes(forecast.softLimit.limitBytes)}`,
                  },
                ]),
          ],
    marks: timeline.marks,
    ...(cone === undefined ? {} : { cone }),
  };
}

/** What grows least at the bottom, so that it stays a calm ground for what grows. */
function stackOf({ atMs, classes }: LedgerTimeline): readonly {
  readonly name: string;
  readonly points: Points;
  readonly own: Points;
}[] {
  const byName = new Map<string, (number | null)[]>();
  for (const { class: kind, values } of classes) {
    const name = ledgerNames[kind] ?? kind;
    const before = byName.get(name);
    byName.set(
      name,
      values.map((value, at) => (value === null ? null : value + (before?.[at] ?? 0))),
    );
  }
  const growth = (values: readonly (number | null)[]): number => {
    const known = values.filter((value) => value !== null);
    return (known.at(-1) ?? 0) - (known[0] ?? 0);
  };
  const rows = [...byName]
    .filter(([, values]) => values.some((value) => value !== null && value > 0))
    .sort(([, a], [, b]) => growth(a) - growth(b));
  const sum = atMs.map(() => 0);
  return rows.map(([name, values]) => ({
    name,
    own: { atMs, values },
    points: {
      atMs,
      values: values.map((value, at) => {
        if (value === null) return null;
        sum[at]! += value;
        return sum[at]!;
      }),
    },
  }));
}

function coneOf(timeline: TimelineAnswer, forecast: Report['forecast'], scale: ChartScale): Cone | undefined {
  if (forecast?.exhaustedAt === undefined || forecast.freeBytes === undefined) return undefined;
  const free = forecast.freeBytes;
  const rateTo = (at: string | undefined): number =>
    at === undefined ? 0 : free / Math.max(1e-3, (Date.parse(at) - timeline.toMs) / 1000);
  const rss = timeline.series.find(({ name }) => name === 'rss')?.values.findLast((value) => value !== null);
  const fromValue = scale === 'limit' ? forecast.usedBytes : (rss ?? undefined);
  if (fromValue === undefined || fromValue === null) return undefined;
  return {
    fromMs: timeline.toMs,
    fromValue,
    perSecondLow: rateTo(forecast.high),
    perSecond: rateTo(forecast.exhaustedAt),
    perSecondHigh: rateTo(forecast.low),
  };
}

function endOf(
  { fromMs, toMs }: TimelineAnswer,
  forecast: Report['forecast'],
  scale: ChartScale,
  hasCone: boolean,
): number {
  const span = Math.max(1000, toMs - fromMs);
  if (!hasCone) return toMs;
  if (scale === 'data') return toMs + beyond * span;
  const met = Date.parse(forecast?.exhaustedAt ?? '');
  const late = Date.parse(forecast?.high ?? '');
  // A late end that may never come must not hide the probable one.
  return Number.isFinite(late) ? Math.min(late, met + (met - toMs)) : met + (met - toMs) / 4;
}

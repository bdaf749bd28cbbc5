// Numbers of a recording over time, already thinned out by the store, and what happened meanwhile. Pure.
import type { LimitTimeline, TimelineAnswer, TimeMark, TimeSeries } from '../../api/timeline.ts';
import type { MetricSeries, RecordedEvent } from '../../model/recording.ts';
import type { Report } from '../../report/report.ts';
import { missing } from '../part-of.ts';

const countNames: ReadonlySet<string> = new Set(['threads', 'open-files', 'goroutines']);
/** Told of a limit, not of a quantity. */
const limitNames: ReadonlySet<string> = new Set(['limit', 'cgroup-use', 'cgroup-anon']);
/** A stretch that moves by more than this is drawn from its lowest to its highest value. */
const wideShare = 0.02;

export function composeRecordedTimeline(
  series: MetricSeries,
  events: readonly RecordedEvent[],
  report: Report | undefined,
): TimelineAnswer {
  const { atMs, incarnation } = series;
  const starts: { number: number; fromMs: number; toMs: number }[] = [];
  for (let at = 0; at < atMs.length; at++) {
    const last = starts.at(-1);
    if (last !== undefined && last.number === incarnation[at]) last.toMs = Math.round(atMs[at]!);
    else starts.push({ number: incarnation[at]!, fromMs: Math.round(atMs[at]!), toMs: Math.round(atMs[at]!) });
  }
  return {
    fromMs: starts[0]?.fromMs ?? 0,
    toMs: starts.at(-1)?.toMs ?? 0,
    starts,
    series: [...series.metrics.keys()].filter((name) => !limitNames.has(name)).map((name) => seriesOf(series, name)),
    ledger: missing('it is made when it is asked for'),
    ledgerLater: true,
    limits: limitsOf(series, report),
    marks: marksOf(events, report),
  };
}

/** Nothing is drawn from one start of the target to the next. */
function seriesOf({ atMs, incarnation, metrics }: MetricSeries, name: string): TimeSeries {
  const { min, max } = metrics.get(name)!;
  const at: number[] = [];
  const values: (number | null)[] = [];
  let before: number | undefined;
  for (let row = 0; row < atMs.length; row++) {
    if (Number.isNaN(max[row]!)) continue;
    const ms = Math.round(atMs[row]!);
    if (before !== undefined && incarnation[before] !== incarnation[row]) {
      at.push(Math.round((at.at(-1)! + ms) / 2));
      values.push(null);
    }
    before = row;
    if (max[row]! - min[row]! > wideShare * Math.abs(max[row]!)) {
      at.push(ms - 1);
      values.push(min[row]!);
    }
    at.push(ms);
    values.push(max[row]!);
  }
  // The rest of the pages calls what a recorder counts after collections by the name of the report.
  return {
    name: name === 'heap-live' ? 'live-heap' : name,
    unit: countNames.has(name) ? 'count' : 'bytes',
    atMs: at,
    values,
  };
}

function limitsOf({ atMs, metrics }: MetricSeries, report: Report | undefined): TimelineAnswer['limits'] {
  const limit = metrics.get('limit')?.max.findLast((value) => !Number.isNaN(value));
  if (limit === undefined) return missing('no limit of the target was recorded', 'leakline watch PID on its machine');
  const used = metrics.get('cgroup-use');
  const rows = [...atMs.keys()].filter((row) => used !== undefined && !Number.isNaN(used.max[row]!));
  const value: LimitTimeline = {
    name: report?.forecast?.limitBytes === limit ? report.forecast.limitSource : 'the nearest limit',
    limitBytes: limit,
    atMs: rows.map((row) => Math.round(atMs[row]!)),
    usedBytes: rows.map((row) => used!.max[row]!),
  };
  return { kind: 'captured', value: [value] };
}

const shownKinds: ReadonlySet<string> = new Set(['restart', 'oom-kill', 'gap', 'leak', 'limit']);

function marksOf(events: readonly RecordedEvent[], report: Report | undefined): readonly TimeMark[] {
  const recorded = events
    .filter(({ kind }) => shownKinds.has(kind))
    .map(({ kind, atMs, message }): TimeMark => ({ kind: kind as TimeMark['kind'], atMs, text: message }));
  const kills = (report?.oom ?? []).flatMap(({ at, comm, pid, holder }): TimeMark[] =>
    at === undefined || recorded.some((mark) => mark.kind === 'oom-kill')
      ? []
      : [{ kind: 'oom-kill', atMs: Date.parse(at), text: `OOM kill of ${comm} (${pid}): ${holder}` }],
  );
  return [...recorded, ...kills].sort((a, b) => a.atMs - b.atMs);
}

// The run over time, thinned out so that its picture stays the same.
import { ledgerOf } from '../../analyze-process.ts';
import type { Part } from '../../api/part.ts';
import type { LedgerTimeline, LimitTimeline, TimelineAnswer, TimeMark, TimeSeries } from '../../api/timeline.ts';
import { captured } from '../../base/captured.ts';
import { pickEvenly, pickPoints } from '../../base/pick-points.ts';
import type { Incarnation } from '../../decode/decode-case.ts';
import { memorySeries } from '../../growth/memory-trend.ts';
import type { LedgerClass } from '../../model/ledger.ts';
import { missing } from '../part-of.ts';
import type { AnalysedCase } from '../served.ts';

const countQuantities: ReadonlySet<string> = new Set(['threads', 'open-files', 'goroutines']);

export function composeTimeline({ input, analysis }: AnalysedCase, mostPoints: number): TimelineAnswer {
  const starts = [...analysis.decoded.incarnations].sort((a, b) => a.fromMs - b.fromMs);
  return {
    fromMs: Math.min(...starts.map((start) => start.fromMs)),
    toMs: Math.max(...starts.map((start) => start.toMs)),
    starts: starts.map(({ number, fromMs, toMs }) => ({ number, fromMs, toMs })),
    series: seriesOf(starts, analysis, mostPoints),
    ledger: ledgerTimeline(input, starts, mostPoints),
    limits: limitTimelines(starts, mostPoints),
    marks: marksOf(starts, analysis),
  };
}

function seriesOf(
  starts: readonly Incarnation[],
  { heap, goroutines }: AnalysedCase['analysis'],
  most: number,
): readonly TimeSeries[] {
  const byName = new Map<string, { atMs: number[]; values: (number | null)[] }>();
  const add = (name: string, atMs: ArrayLike<number>, values: ArrayLike<number>): void => {
    const one = byName.get(name) ?? { atMs: [], values: [] };
    if (one.atMs.length > 0) {
      // Nothing is drawn from one start of the target to the next.
      one.atMs.push((one.atMs.at(-1)! + atMs[0]!) / 2);
      one.values.push(null);
    }
    for (let at = 0; at < values.length; at++) {
      one.atMs.push(atMs[at]!);
      one.values.push(values[at]!);
    }
    byName.set(name, one);
  };
  if (heap !== undefined) add('live-heap', heap.atMs, heap.totalSeries);
  for (const { memory } of starts)
    for (const [quantity, { atMs, values }] of memorySeries(memory))
      if (quantity !== 'goroutines' || goroutines === undefined) add(quantity, atMs, values);
  if (goroutines !== undefined) add('goroutines', goroutines.atMs, goroutines.totalSeries);
  return [...byName].map(([name, { atMs, values }]) => {
    const picked = pickPoints(values, most);
    return {
      name,
      unit: countQuantities.has(name) ? 'count' : 'bytes',
      atMs: picked.map((at) => Math.round(atMs[at]!)),
      values: picked.map((at) => values[at]!),
    };
  });
}

function ledgerTimeline(
  { target }: AnalysedCase['input'],
  starts: readonly Incarnation[],
  most: number,
): Part<LedgerTimeline> {
  const ledgers = starts.map((start) => ledgerOf(target, start));
  const parts = ledgers.flatMap((ledger) => (ledger.kind === 'captured' ? [ledger.value] : []));
  if (parts.length === 0) {
    const why = ledgers.flatMap((ledger) => (ledger.kind === 'captured' ? [] : [ledger.why]))[0] ?? 'nothing was read';
    return missing(why, 'leakline PID on the machine where it runs');
  }
  const names = [...new Set(parts.flatMap((part) => [...part.classes.keys()]))];
  const resident = new Set<LedgerClass>(
    parts.flatMap(({ ledger }) => ledger.items.filter((item) => item.resident).map((item) => item.class)),
  );
  const atMs: number[] = [];
  const columns = new Map<LedgerClass, (number | null)[]>(
    names.filter((name) => resident.has(name)).map((name) => [name, []]),
  );
  for (const part of parts) {
    if (atMs.length > 0 && part.atMs.length > 0) {
      atMs.push((atMs.at(-1)! + part.atMs[0]!) / 2);
      for (const column of columns.values()) column.push(null);
    }
    for (const at of pickEvenly(part.atMs.length, Math.max(2, Math.floor(most / parts.length)))) {
      atMs.push(Math.round(part.atMs[at]!));
      for (const [name, column] of columns) column.push(Math.round(part.classes.get(name)?.series[at] ?? 0));
    }
  }
  return captured({ atMs, classes: [...columns].map(([name, values]) => ({ class: name, values })) });
}

function limitTimelines(starts: readonly Incarnation[], most: number): Part<readonly LimitTimeline[]> {
  const setups = starts.flatMap((start) => start.setups);
  const last = setups.at(-1)?.setup;
  if (last === undefined)
    return missing(
      'limits are those of a local process, and were not read',
      'leakline PID on the machine where it runs',
    );
  return captured(
    last.limits.map(({ name, limitBytes }) => {
      const used = setups.flatMap(({ atMs, setup }) => {
        const usedBytes = setup.limits.find((limit) => limit.name === name)?.usedBytes;
        return usedBytes === undefined ? [] : [{ atMs, usedBytes }];
      });
      const picked = pickEvenly(used.length, most);
      return {
        name,
        limitBytes,
        atMs: picked.map((at) => Math.round(used[at]!.atMs)),
        usedBytes: picked.map((at) => used[at]!.usedBytes),
      };
    }),
  );
}

function marksOf(starts: readonly Incarnation[], { report }: AnalysedCase['analysis']): readonly TimeMark[] {
  const restarts = starts.slice(1).map(
    (start): TimeMark => ({
      kind: 'restart',
      atMs: start.fromMs,
      text: 'the target is another process from here on',
    }),
  );
  const kills = (report.oom ?? []).flatMap(({ at, comm, pid, holder }): TimeMark[] =>
    at === undefined
      ? []
      : [{ kind: 'oom-kill', atMs: Date.parse(at), text: `OOM kill of ${comm} (${pid}): ${holder}` }],
  );
  return [...restarts, ...kills].sort((a, b) => a.atMs - b.atMs);
}

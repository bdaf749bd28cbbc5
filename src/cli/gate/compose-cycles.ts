// What was measured after cycles of load → the report: does it return to its base line, and if not, which line and cause.
import { formatBytes } from '../../base/format-bytes.ts';
import { plural } from '../../base/plural.ts';
import type { CycleSeries } from '../../capture/gate/run-cycles.ts';
import { decodeCase } from '../../decode/decode-case.ts';
import type { Finding, Verdict } from '../../diagnosis/finding.ts';
import { judgeRounds } from '../../growth/round-trend.ts';
import type { GateFinding, GateReport, GateTrend } from '../../report/gate-report.ts';
import type { Report } from '../../report/report.ts';
import { toolVersion } from '../version.ts';
import type { GateBaseline } from './baseline.ts';

export interface CycleLimits {
  /** Heap that a cycle may keep. */
  readonly maxGrowthBytes: number | undefined;
  /** Goroutines that may be there after the last cycle. */
  readonly maxGoroutines: number | undefined;
  readonly baseline: GateBaseline | undefined;
}

/** Growth a cycle that is not worth a word. */
const floors = { 'live-heap': 8 << 10, goroutines: 0.5, rss: 256 << 10 } as const;
const floorShare = { 'live-heap': 0.002, goroutines: 0, rss: 0.01 } as const;
/** What a run may differ from its base line. */
const baselineShare = 1.1;
const baselineBytes = 256 << 10;
const baselineGoroutines = 2;

export function trendsOf(series: CycleSeries): readonly GateTrend[] {
  const { incarnations } = decodeCase(series.input.artefacts);
  const main = incarnations[0];
  if (main === undefined) return [];
  const moments = main.memory;
  const said = (values: readonly (number | undefined)[]): readonly number[] =>
    values.filter((value) => value !== undefined);
  return [
    trendOf('live-heap', 'bytes', said(moments.map(({ stats }) => stats?.heapAllocBytes))),
    trendOf(
      'goroutines',
      'count',
      main.goroutines.map(({ profile }) => profile.samples.values[0]!.reduce((a, b) => a + b, 0)),
    ),
    trendOf('rss', 'bytes', said(moments.map(({ process }) => process?.rssBytes))),
  ].filter((trend) => trend.values.length > 0);
}

function trendOf(what: GateTrend['what'], unit: GateTrend['unit'], values: readonly number[]): GateTrend {
  const trend = judgeRounds(values, Math.max(floors[what], floorShare[what] * (values.at(-1) ?? 0)));
  return {
    what,
    unit,
    values,
    shape: trend.shape,
    perRound: trend.perRound,
    ...(Number.isFinite(trend.low) ? { low: trend.low, high: trend.high } : {}),
    pValue: trend.pValue,
    ...(trend.why === undefined ? {} : { why: trend.why }),
    ...(trend.roundsToSettle === undefined ? {} : { roundsToSettle: trend.roundsToSettle }),
  };
}

/** Limits replace the statistics of what they limit: who allows growth is not told that there is some. */
export function judgeCycles(
  trends: readonly GateTrend[],
  { maxGrowthBytes, maxGoroutines, baseline }: CycleLimits,
): { readonly verdict: Verdict; readonly exceeded: readonly string[]; readonly open: readonly string[] } {
  const exceeded: string[] = [];
  const open: string[] = [];
  let grows = false;
  const heap = trends.find(({ what }) => what === 'live-heap');
  const goroutines = trends.find(({ what }) => what === 'goroutines');
  const rss = trends.find(({ what }) => what === 'rss');
  const settle = (trend: GateTrend): string =>
    trend.roundsToSettle === undefined ? '' : ` (--cycles ${trend.roundsToSettle - 1} would settle it)`;
  const judge = (trend: GateTrend, name: string): void => {
    if (trend.shape === 'grows') grows = true;
    else if (trend.shape === 'unclear') open.push(`${name}: ${trend.why ?? ''}${settle(trend)}`);
  };
  if (heap === undefined) open.push('the live heap was not captured');
  else if (maxGrowthBytes === undefined) judge(heap, 'the live heap');
  else if ((heap.low ?? Number.NEGATIVE_INFINITY) > maxGrowthBytes)
    exceeded.push(
      `the live heap grows by ${formatBytes(heap.perRound)} a cycle, more than ${formatBytes(maxGrowthBytes)}`,
    );
  else if ((heap.high ?? Number.POSITIVE_INFINITY) > maxGrowthBytes)
    open.push(
      `the live heap may grow by more than ${formatBytes(maxGrowthBytes)} a cycle: ${heap.high === undefined ? 'too few cycles' : `between ${formatBytes(heap.low!)} and ${formatBytes(heap.high)}`} (more --cycles would settle it)`,
    );
  if (goroutines === undefined) open.push('goroutines were not captured');
  else {
    if (maxGoroutines === undefined) judge(goroutines, 'goroutines');
    else if (goroutines.values.at(-1)! > maxGoroutines)
      exceeded.push(`${goroutines.values.at(-1)} goroutines after the last cycle, more than ${maxGoroutines}`);
    if (baseline !== undefined && goroutines.values.at(-1)! > baselineShare * baseline.goroutines + baselineGoroutines)
      exceeded.push(
        `${goroutines.values.at(-1)} goroutines after the last cycle; the base line has ${baseline.goroutines}`,
      );
  }
  if (
    baseline !== undefined &&
    heap !== undefined &&
    heap.values.at(-1)! > baselineShare * baseline.liveHeapBytes + baselineBytes
  )
    exceeded.push(
      `the live heap ends at ${formatBytes(heap.values.at(-1)!)}; the base line has ${formatBytes(baseline.liveHeapBytes)}`,
    );
  // Resident memory has many reasons to grow that are no leak: it opens the question, and does not answer it.
  if (rss?.shape === 'grows' && !grows && exceeded.length === 0)
    open.push(
      'resident memory grows while the Go heap returns: leakline native and leakline ledger tell where it goes',
    );
  const verdict = grows || exceeded.length > 0 ? 'leak' : open.length > 0 ? 'inconclusive' : 'clear';
  return { verdict, exceeded, open };
}

/** `diagnosis`: what the ordinary analysis says of the captures; undefined when it was not needed. */
export function composeCycles(
  load: string,
  series: CycleSeries,
  limits: CycleLimits,
  diagnosis: Report | undefined,
): GateReport {
  const trends = trendsOf(series);
  const judged = judgeCycles(trends, limits);
  const verdict: Verdict =
    judged.verdict === 'clear' && series.endedEarly !== undefined ? 'inconclusive' : judged.verdict;
  const findings = verdict === 'clear' ? [] : (diagnosis?.findings ?? []).map((one) => findingOf(one, verdict));
  const grown = trends
    .filter(({ what, shape }) => shape === 'grows' && what !== 'rss')
    .map(({ what }) => (what === 'goroutines' ? 'goroutines' : 'the live heap'));
  return {
    schema: 'leakline.gate/1',
    tool: { name: 'leakline', version: toolVersion },
    mode: 'cycles',
    command: load,
    verdict,
    summary: {
      leak: `Memory does not return after ${plural(series.measured, 'cycle')} of load: ${judged.exceeded[0] ?? `${grown.join(' and ')} grow${grown.length === 1 && grown[0] !== 'goroutines' ? 's' : ''} with each`}.`,
      clear: `Memory returns to its base line after each of ${plural(series.measured, 'cycle')} of load.`,
      inconclusive: `Whether memory returns is not settled after ${plural(series.measured, 'cycle')} of load${series.endedEarly === undefined ? '' : `: ${series.endedEarly}`}.`,
    }[verdict],
    failed: false,
    packages: [],
    cycles: { target: series.input.target.label, count: series.measured, trends, exceeded: judged.exceeded },
    findings,
    notes: [
      ...judged.open,
      ...growthNotes(verdict, findings, diagnosis),
      ...series.input.notes.map(({ message }) => message),
    ],
  };
}

/** Without a finding the lines that grew most still help. */
function growthNotes(
  verdict: Verdict,
  findings: readonly GateFinding[],
  diagnosis: Report | undefined,
): readonly string[] {
  if (verdict !== 'leak' || findings.length > 0) return [];
  return (diagnosis?.growth ?? [])
    .filter((row) => row.delta > 0)
    .slice(0, 3)
    .map(
      (row) =>
        `grew most: ${row.kind === 'goroutine' ? plural(row.delta, 'goroutine') : formatBytes(row.delta)} at ${row.function} ${row.file}:${row.line}`,
    );
}

function findingOf(finding: Finding, verdict: Verdict): GateFinding {
  const { function: name, file, line } = finding.site;
  return {
    id: finding.id,
    rule: finding.rule,
    kind: finding.kind,
    verdict: verdict === 'leak' && finding.certainty !== 'possible' ? 'leak' : 'inconclusive',
    certainty: finding.certainty,
    title: finding.title,
    tests: [],
    site: finding.sites[0] ?? { role: 'allocates', function: name, file, line },
    sites: finding.sites,
    why: finding.advice.why,
    fix: finding.advice.fix,
  };
}

// A diagnosis and what it was made from → the one JSON value. Nothing is judged here: numbers are only gathered.
import type { Finding, Site } from '../diagnosis/finding.ts';
import type { NativePlace } from '../diagnosis/native-story.ts';
import type { GoroutineGrowth, GrowthEstimate, HeapGrowth, MemoryTrend } from '../model/growth.ts';
import type { LedgerGrowth } from '../model/ledger.ts';
import type { SourceFacts } from '../model/source-facts.ts';
import type { TargetFacts } from '../model/target.ts';
import type { Report, ReportGrowthRow, ReportLedger, ReportSnippet, ReportTotal } from './report.ts';

export interface ReportParts {
  readonly toolVersion: string;
  readonly target: TargetFacts;
  readonly window: {
    readonly fromMs: number;
    readonly toMs: number;
    readonly captures: number;
    readonly restarts: number;
  };
  readonly verdict: Report['verdict'];
  readonly summary: string;
  readonly findings: readonly Finding[];
  readonly clear: Report['clear'];
  readonly inconclusive: Report['inconclusive'];
  readonly heap: HeapGrowth | undefined;
  readonly goroutines: GoroutineGrowth | undefined;
  readonly memory: MemoryTrend | undefined;
  readonly ledger: LedgerGrowth | undefined;
  /** Traced places outside the Go heap that keep what they allocate. */
  readonly nativePlaces: readonly NativePlace[];
  readonly forecast: Report['forecast'] | undefined;
  readonly oom: Report['oom'] | undefined;
  readonly source: SourceFacts;
  readonly cost: Report['cost'] | undefined;
  readonly warnings: readonly string[];
}

const growthRows = 20;
const snippetContext = 3;

export function composeReport(parts: ReportParts): Report {
  const { target, window } = parts;
  return {
    schema: 'leakline.report/1',
    tool: { name: 'leakline', version: parts.toolVersion },
    target: {
      kind: target.kind,
      label: target.label,
      ...(target.pid === undefined ? {} : { pid: target.pid }),
      ...(target.exe === undefined ? {} : { exe: target.exe }),
      ...(target.build?.goVersion === undefined ? {} : { goVersion: target.build.goVersion }),
      ...(target.build?.modulePath === undefined ? {} : { module: target.build.modulePath }),
      ...(target.startedAtMs === undefined ? {} : { startedAt: isoTime(target.startedAtMs) }),
    },
    window: {
      from: isoTime(window.fromMs),
      to: isoTime(window.toMs),
      captures: window.captures,
      restarts: window.restarts,
    },
    verdict: parts.verdict,
    summary: parts.summary,
    totals: totalsOf(parts),
    ...(parts.ledger === undefined ? {} : { ledger: ledgerOf(parts.ledger) }),
    ...(parts.forecast === undefined ? {} : { forecast: parts.forecast }),
    ...(parts.oom === undefined ? {} : { oom: parts.oom }),
    findings: parts.findings,
    clear: parts.clear,
    inconclusive: parts.inconclusive,
    growth: growthOf(parts),
    snippets: snippetsOf(parts.findings, parts.source),
    ...(parts.cost === undefined ? {} : { cost: parts.cost }),
    warnings: parts.warnings,
  };
}

function totalsOf({ heap, goroutines, memory }: ReportParts): readonly ReportTotal[] {
  const totals: ReportTotal[] = [];
  const add = (
    what: ReportTotal['what'],
    unit: ReportTotal['unit'],
    e: GrowthEstimate,
    atMs: Float64Array,
    values: Float64Array,
  ) =>
    totals.push({
      what,
      unit,
      first: e.first,
      last: e.last,
      perSecond: e.perSecond,
      low: e.perSecondLow,
      high: e.perSecondHigh,
      shape: e.shape,
      atMs: [...atMs],
      values: [...values],
    });
  const traced = memory?.quantities.get('heap-live');
  if (heap !== undefined) add('live-heap', 'bytes', heap.total, heap.atMs, heap.totalSeries);
  else if (traced !== undefined) add('live-heap', 'bytes', traced.estimate, traced.atMs, traced.series);
  if (goroutines !== undefined) add('goroutines', 'count', goroutines.total, goroutines.atMs, goroutines.totalSeries);
  for (const [quantity, what, unit] of [
    ['rss', 'rss', 'bytes'],
    ['threads', 'threads', 'count'],
    ['open-files', 'open-files', 'count'],
  ] as const) {
    const trend = memory?.quantities.get(quantity);
    if (trend !== undefined) add(what, unit, trend.estimate, trend.atMs, trend.series);
  }
  return totals;
}

function ledgerOf({ ledger, classes }: LedgerGrowth): ReportLedger {
  return {
    rssBytes: ledger.rssBytes,
    ...(ledger.rssGrowthBytesPerSecond === undefined
      ? {}
      : { rssGrowthBytesPerSecond: Math.round(ledger.rssGrowthBytesPerSecond) }),
    looks: ledger.looks,
    items: ledger.items.map((item) => {
      const growth = classes.get(item.class)?.estimate;
      return {
        class: item.class,
        bytes: item.bytes,
        resident: item.resident,
        ...(growth !== undefined && growth.captures >= 2
          ? {
              growthBytesPerSecond: Math.round(growth.perSecond),
              low: Math.round(growth.perSecondLow),
              high: Math.round(growth.perSecondHigh),
              shape: growth.shape,
            }
          : item.growthBytesPerSecond === undefined
            ? {}
            : { growthBytesPerSecond: Math.round(item.growthBytesPerSecond) }),
      };
    }),
    unexplainedBytes: ledger.unexplainedBytes,
    branch: ledger.branch,
  };
}

function growthOf({ heap, goroutines, nativePlaces }: ReportParts): readonly ReportGrowthRow[] {
  const sites = (heap?.sites ?? []).slice(0, growthRows).map((site) => ({
    ...row(site.bytes),
    id: `go-heap:${site.key}`,
    kind: 'go-heap' as const,
    function: site.blamed.functionName,
    file: site.blamed.file,
    line: site.blamed.line,
  }));
  const groups = (goroutines?.groups ?? []).slice(0, growthRows).map((group) => ({
    ...row(group.count),
    id: `goroutine:${group.key}`,
    kind: 'goroutine' as const,
    function: (group.userFrame ?? group.blocked).functionName,
    file: (group.userFrame ?? group.blocked).file,
    line: (group.userFrame ?? group.blocked).line,
  }));
  const places = nativePlaces.map((place) => ({
    ...row(place.growth),
    id: place.key,
    kind: 'native' as const,
    function: place.goCaller?.function ?? '(C thread)',
    file: place.goCaller?.file ?? '',
    line: place.goCaller?.line ?? 0,
  }));
  return [...sites, ...groups, ...places.slice(0, growthRows)];
}

const row = (e: GrowthEstimate) => ({
  shape: e.shape,
  last: e.last,
  delta: e.delta,
  perSecond: e.perSecond,
  low: e.perSecondLow,
  high: e.perSecondHigh,
});

function snippetsOf(findings: readonly Finding[], source: SourceFacts): readonly ReportSnippet[] {
  const snippets: ReportSnippet[] = [];
  const seen = new Set<string>();
  for (const finding of findings.slice(0, 10)) {
    const places: readonly Pick<Site, 'file' | 'line'>[] = [finding.site, ...finding.sites.slice(0, 4)];
    for (const { file, line } of places) {
      const key = `${file}:${line}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const lines = source.snippet(file, line, snippetContext);
      if (lines !== undefined) snippets.push({ file, line, lines });
    }
  }
  return snippets;
}

const isoTime = (ms: number): string => (Number.isFinite(ms) ? new Date(ms).toISOString() : new Date(0).toISOString());

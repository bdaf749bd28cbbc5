// The operating system's side of a case: the ledger and its growth, native traces, threads, the limit that is met first,
// and OOM kills. A part of `analyze.ts`, which reads like the table of contents of both.
import { type Captured, captured, notCaptured } from './base/captured.ts';
import { decodeCase, type Incarnation, type TimedProfile } from './decode/decode-case.ts';
import type { TimedSetup, TimedThreads } from './decode/process-looks.ts';
import { estimateGrowth, leastCaptures } from './growth/estimate-growth.ts';
import { measureLedgerGrowth } from './growth/ledger-growth.ts';
import { measureNativeGrowth } from './growth/native-growth.ts';
import { composeLedger } from './ledger/compose-ledger.ts';
import { forecastLimits, type GrowthRate, type LimitForecast, nearestHardLimit } from './ledger/forecast.ts';
import { ledgerSeries } from './ledger/ledger-series.ts';
import { nativeClasses } from './ledger/native-classes.ts';
import { holderOf, matchKill, mergeOomLogs } from './ledger/oom-evidence.ts';
import type { ArtefactKind } from './model/artefact.ts';
import type { Case } from './model/case.ts';
import type { GrowthEstimate, MemoryTrend } from './model/growth.ts';
import type { LedgerClass, LedgerGrowth, LedgerTarget } from './model/ledger.ts';
import type { NativeGrowth } from './model/native.ts';
import type { MemoryLimit, OomEvidence } from './model/oom.ts';
import type { ThreadGrowth } from './model/process-setup.ts';
import type { TargetFacts } from './model/target.ts';
import type { ReportForecast, ReportOomKill } from './report/report.ts';

export interface ProcessEvidence {
  readonly ledger: Captured<LedgerGrowth>;
  readonly native: Captured<NativeGrowth>;
  readonly threads: Captured<ThreadGrowth>;
  readonly limits: readonly MemoryLimit[];
  readonly forecast: ReportForecast | undefined;
  /** undefined: not known. */
  readonly oom: readonly ReportOomKill[] | undefined;
  readonly warnings: readonly string[];
}

const mostKills = 5;
const mostWaits = 5;
/** A limit's use moves by this much without meaning. */
const materialBytes = 1 << 20;

export function analyzeProcess(
  target: TargetFacts,
  main: Incarnation,
  memory: MemoryTrend | undefined,
  oom: OomEvidence | undefined,
): ProcessEvidence {
  const ledger = ledgerOf(target, main);
  const native = nativeOf(target, main);
  const setup = main.setups.at(-1)?.setup;
  const kills = oom === undefined ? undefined : killsOf(oom);
  return {
    ledger,
    native: native.growth,
    threads: threadsOf(main.threadLists),
    limits: setup?.limits ?? [],
    forecast: forecastOf(main, memory),
    oom: kills?.kills,
    warnings: [
      ...(ledger.kind === 'captured' ? ledger.value.ledger.warnings : []),
      ...native.warnings,
      ...(kills?.warnings ?? []),
    ],
  };
}

const tracedClasses: readonly LedgerClass[] = ['malloc', 'other-native'];
const worthTracingBytes = 1 << 20;
const worthTracingMappings = 5;
const goTablesShare = 0.05;
const ledgerArtefacts: ReadonlySet<ArtefactKind> = new Set([
  'smaps',
  'smaps-rollup',
  'process-status',
  'memstats',
  'expvar',
  'memory-limits',
]);

/** What of a case says that a trace of C allocations is worth its cost: the class and its growth; undefined when nothing does. */
export function growthWorthTracing(
  input: Pick<Case, 'target' | 'artefacts'>,
): { readonly class: LedgerClass; readonly growth: GrowthEstimate } | undefined {
  const main = decodeCase(input.artefacts.filter(({ kind }) => ledgerArtefacts.has(kind))).incarnations[0];
  const ledger = main === undefined ? undefined : ledgerOf(input.target, main);
  if (ledger?.kind !== 'captured') return undefined;
  const { allFiles: files, classes } = ledger.value;
  const heapDelta = Math.max(
    ...(['go-heap-live', 'go-heap', 'go-heap-garbage'] as const).map((name) => classes.get(name)?.estimate.delta ?? 0),
  );
  if (files.mappings.shape === 'growing' && files.mappings.delta >= worthTracingMappings)
    return { class: 'file-mappings', growth: files.resident };
  return tracedClasses
    .flatMap((name) => {
      const growth = classes.get(name)?.estimate;
      if (growth === undefined || growth.delta < worthTracingBytes) return [];
      // Go's own tables grow beside its heap.
      if (name === 'other-native' && growth.delta < goTablesShare * heapDelta) return [];
      const grows = growth.shape === 'growing' || (growth.shape === 'unclear' && growth.deltaLow > 0);
      return grows ? [{ class: name, growth }] : [];
    })
    .sort((a, b) => b.growth.delta - a.growth.delta)[0];
}

/** Of one start of the target. */
export function ledgerOf(target: TargetFacts, main: Incarnation): Captured<LedgerGrowth> {
  if (main.looks.length === 0)
    return notCaptured(
      target.pid === undefined
        ? 'the target is not known as a process of this machine'
        : 'the mappings of the process were not read',
    );
  const setup = main.setups.at(-1)?.setup;
  const ledgerTarget: LedgerTarget = {
    pid: target.pid ?? 0,
    exe: target.exe,
    goVersion: target.build?.goVersion,
    gcPercent: setup?.gcPercent,
    stackLimitBytes: setup?.stackLimitBytes,
  };
  const live = new Map(main.heaps.map((heap) => [heap.capture, inUseBytes(heap)]));
  const looks = main.looks.map((look) => ({ ...look, profiledLiveBytes: live.get(look.capture) }));
  return captured(measureLedgerGrowth(composeLedger(ledgerTarget, looks, []), ledgerSeries(ledgerTarget, looks)));
}

function inUseBytes({ profile }: TimedProfile): number | undefined {
  const column = profile.sampleTypes.findIndex((type) => type.type === 'inuse_space');
  return profile.samples.values[column]?.reduce((sum, value) => sum + value, 0);
}

function nativeOf(
  target: TargetFacts,
  { natives, looks, setups }: Incarnation,
): {
  readonly growth: Captured<NativeGrowth>;
  readonly warnings: readonly string[];
} {
  const record = natives.at(-1);
  if (record === undefined)
    return { growth: notCaptured('allocations outside the Go heap were not traced'), warnings: [] };
  if (record.trace === undefined) {
    const why = record.warnings.length === 0 ? 'allocations could not be traced' : record.warnings.join('; ');
    return { growth: notCaptured(why), warnings: [] };
  }
  const program = {
    exe: target.exe,
    isGo: target.build !== undefined,
    stackLimitBytes: setups.at(-1)?.setup.stackLimitBytes,
  };
  const [first, last] = [looks[0], looks.at(-1)].map((look) =>
    look === undefined ? undefined : { regions: look.regions, threads: look.process.threads },
  );
  return {
    growth: captured(measureNativeGrowth({ ...record, classes: nativeClasses(first, last, program) })),
    warnings: record.warnings.map((warning) => `native trace: ${warning}`),
  };
}

function threadsOf(lists: readonly TimedThreads[]): Captured<ThreadGrowth> {
  const [from, to] = [lists[0], lists.at(-1)];
  if (from === undefined || to === undefined || from === to)
    return notCaptured('threads were not listed at both ends of the window');
  const counts = (list: TimedThreads): ReadonlyMap<string, number> => {
    const byWait = new Map<string, number>();
    for (const { waitsIn } of list.threads)
      if (waitsIn !== undefined) byWait.set(waitsIn, (byWait.get(waitsIn) ?? 0) + 1);
    return byWait;
  };
  const [before, after] = [counts(from), counts(to)];
  return captured({
    first: from.threads.length,
    last: to.threads.length,
    waits: [...after]
      .map(([waitsIn, last]) => ({ waitsIn, first: before.get(waitsIn) ?? 0, last }))
      .sort((a, b) => b.last - b.first - (a.last - a.first))
      .slice(0, mostWaits),
  });
}

function forecastOf(main: Incarnation, memory: MemoryTrend | undefined): ReportForecast | undefined {
  const setup = main.setups.at(-1)?.setup;
  if (setup === undefined || setup.limits.length === 0) return undefined;
  // The machine's memory is everybody's; of it, only what this process adds is the target's doing, and pages of files are
  // given back before memory runs out.
  const anon = memory?.quantities.get('rss-anon')?.estimate;
  const rateOf = (limit: MemoryLimit): GrowthRate | undefined =>
    limit.kind === 'host' ? rateOfGrowth(anon) : rateOfGrowth(growthOfLimit(main.setups, limit.name));
  const forecasts = forecastLimits(setup.limits, rateOf, main.toMs);
  const hard = nearestHardLimit(forecasts);
  if (hard === undefined) return undefined;
  const soft = forecasts.find((one) => one.limit.kind === 'gomemlimit');
  return {
    ...forecastText(hard, rateOf(hard.limit)),
    ...(soft === undefined ? {} : { softLimit: forecastText(soft, rateOf(soft.limit)) }),
  };
}

function forecastText(one: LimitForecast, rate: GrowthRate | undefined): Omit<ReportForecast, 'softLimit'> {
  const { limit, freeBytes } = one;
  return {
    limitBytes: limit.limitBytes,
    limitSource: limit.name,
    ...(limit.usedBytes === undefined ? {} : { usedBytes: limit.usedBytes }),
    ...(freeBytes === undefined ? {} : { freeBytes }),
    ...(rate === undefined ? {} : { bytesPerSecond: Math.round(rate.bytesPerSecond) }),
    ...(one.exhaustedAtMs === undefined ? {} : { exhaustedAt: new Date(one.exhaustedAtMs).toISOString() }),
    ...(one.earliestMs === undefined ? {} : { low: new Date(one.earliestMs).toISOString() }),
    ...(one.latestMs === undefined ? {} : { high: new Date(one.latestMs).toISOString() }),
    consequence: one.consequence,
  };
}

function growthOfLimit(setups: readonly TimedSetup[], name: string): GrowthEstimate | undefined {
  const used = setups.flatMap(({ atMs, setup }) => {
    const usedBytes = setup.limits.find((limit) => limit.name === name)?.usedBytes;
    return usedBytes === undefined ? [] : [{ atMs, usedBytes }];
  });
  if (used.length < leastCaptures) return undefined;
  return estimateGrowth(
    { atMs: used.map((one) => one.atMs), values: used.map((one) => one.usedBytes) },
    { materialDelta: materialBytes },
  );
}

/** Only what is growing has a date; the interval's low end may still be none. */
function rateOfGrowth(growth: GrowthEstimate | undefined): GrowthRate | undefined {
  return growth?.shape === 'growing'
    ? {
        bytesPerSecond: growth.perSecond,
        lowBytesPerSecond: growth.perSecondLow,
        highBytesPerSecond: growth.perSecondHigh,
      }
    : undefined;
}

function killsOf(oom: OomEvidence): {
  readonly kills: readonly ReportOomKill[] | undefined;
  readonly warnings: readonly string[];
} {
  const { subject, hostKills, cgroupKills } = oom;
  const merged = mergeOomLogs(oom.logs);
  const alive = { label: `pid ${subject.pid}`, pid: subject.pid, alive: true };
  const kills = merged.kills.flatMap((kill): ReportOomKill[] => {
    const matchedBy = matchKill(kill, {
      ...alive,
      ...(subject.comm === undefined ? {} : { comm: subject.comm }),
      ...(subject.cgroup === undefined ? {} : { cgroup: subject.cgroup }),
    });
    if (matchedBy === undefined) return [];
    return [
      {
        ...(kill.atMs === undefined ? {} : { at: new Date(kill.atMs).toISOString() }),
        pid: kill.pid,
        comm: kill.comm,
        matchedBy,
        ...(kill.constraint === undefined ? {} : { constraint: kill.constraint }),
        ...(kill.cgroup === undefined ? {} : { cgroup: kill.cgroup }),
        ...(kill.memory.limitBytes === undefined ? {} : { limitBytes: kill.memory.limitBytes }),
        ...(kill.anonRssBytes === undefined ? {} : { anonRssBytes: kill.anonRssBytes }),
        holder: holderOf(kill).text,
        source: kill.sources.join(', '),
      },
    ];
  });
  const counted = cgroupKills !== undefined && cgroupKills > kills.length;
  const warnings = counted
    ? [`the cgroup counts ${cgroupKills} OOM kills, the logs that could be read tell of ${kills.length}`]
    : [];
  const known = hostKills === 0 || oom.logs.length > 0;
  if (known) return { kills: kills.slice(0, mostKills), warnings };
  const why = oom.gaps[0] ?? 'the kernel does not count them';
  return {
    kills: undefined,
    warnings: counted ? warnings : [`whether it was OOM-killed before is not known: ${why}`],
  };
}

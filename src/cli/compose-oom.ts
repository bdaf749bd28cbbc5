// The JSON value of `leakline oom` (leakline.oom/1) from what was read. Pure; the text is made of the same value.
import { formatBytes } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { EvidenceGap } from '../capture/read-kernel-log.ts';
import type { LimitForecast } from '../ledger/forecast.ts';
import { nearestHardLimit } from '../ledger/forecast.ts';
import {
  holderOf,
  killFrequency,
  type MatchedBy,
  type MergedOomLogs,
  matchKill,
  matchUnitEvent,
  type NextVictim,
  type OomHolder,
  type OomSubject,
} from '../ledger/oom-evidence.ts';
import type { MemoryLimit, OomConstraint, OomKill, OomLog, OomTrigger, OomUnitEvent } from '../model/oom.ts';
import type { ReportForecast } from '../report/report.ts';

export interface OomResult {
  readonly schema: 'leakline.oom/1';
  readonly target?: { readonly label: string; readonly pid?: number; readonly cgroup?: string };
  /** unknown: no log could be read, kills are counted that no log tells of, or nobody knows the target's processes. */
  readonly outcome: 'killed' | 'not-killed' | 'unknown';
  readonly summary: string;
  /** Of the target, or of the machine. */
  readonly killCount: number;
  readonly frequency?: { readonly first: string; readonly last: string; readonly medianIntervalMs?: number };
  readonly kills: readonly OomKillResult[];
  readonly units: readonly {
    readonly at?: string;
    readonly unit: string;
    readonly by: OomUnitEvent['by'];
    readonly text: string;
  }[];
  readonly counted: readonly OomCounter[];
  readonly next: readonly OomNextResult[];
  readonly limits: readonly OomLimitResult[];
  readonly forecast?: OomForecastResult;
  readonly looked: readonly {
    readonly source: string;
    readonly lines: number;
    readonly from?: string;
    readonly to?: string;
  }[];
  readonly notFound: readonly EvidenceGap[];
  readonly warnings: readonly string[];
}

export interface OomKillResult {
  readonly at?: string;
  readonly sinceBootSeconds?: number;
  readonly host?: string;
  readonly pid: number;
  readonly comm: string;
  readonly matchedBy?: MatchedBy;
  readonly constraint?: OomConstraint;
  readonly cgroup?: string;
  readonly limitCgroup?: string;
  readonly limitBytes?: number;
  readonly usageBytes?: number;
  readonly anonRssBytes?: number;
  readonly fileRssBytes?: number;
  readonly shmemRssBytes?: number;
  readonly pageTableBytes?: number;
  readonly scoreAdj?: number;
  readonly asGroup: boolean;
  readonly holder: OomHolder;
  readonly trigger?: OomTrigger;
  readonly source: string;
}

/** A counter of the kernel: how many, but not whom or when. */
export interface OomCounter {
  readonly where: string;
  readonly kills: number;
  /** The target's own, not the machine's. */
  readonly ofTarget: boolean;
}

export interface OomNextResult {
  /** 1 is the first to be killed when the memory of its scope is full. */
  readonly rank: number;
  readonly pid: number;
  readonly comm: string;
  readonly score?: number;
  readonly weightBytes: number;
  readonly scope: string;
  readonly scopeLimitBytes: number;
  readonly why: string;
}

export interface OomLimitResult {
  readonly kind: MemoryLimit['kind'];
  readonly name: string;
  readonly limitBytes: number;
  readonly usedBytes?: number;
  readonly freeBytes?: number;
}

export type OomForecastResult = Omit<ReportForecast, 'softLimit'>;

export interface OomFindings {
  readonly subject: OomSubject | undefined;
  readonly notes: readonly string[];
  /** What docker, systemd or Kubernetes say of the subject's end. */
  readonly told: readonly OomUnitEvent[];
  readonly logs: readonly OomLog[];
  readonly merged: MergedOomLogs;
  readonly counters: readonly OomCounter[];
  readonly next: readonly NextVictim[];
  readonly forecasts: readonly LimitForecast[];
  readonly rateOf: (limit: MemoryLimit) => number | undefined;
  readonly gaps: readonly EvidenceGap[];
  readonly warnings: readonly string[];
  readonly nowMs: number;
}

export function composeOom(findings: OomFindings): OomResult {
  const { subject, merged, logs } = findings;
  const mine = merged.kills.flatMap((kill) => {
    const by = subject === undefined ? undefined : matchKill(kill, subject);
    return subject !== undefined && by === undefined ? [] : [{ kill, by }];
  });
  const killCount = subject === undefined ? merged.killCount : mine.length;
  const others = merged.killCount - mine.length;
  const frequency = killFrequency(mine.map(({ kill }) => kill));
  const units = [
    ...findings.told,
    ...merged.unitEvents.filter((event) => subject === undefined || matchUnitEvent(event, subject)),
  ];
  const counted = findings.counters.filter((counter) => counter.kills > 0);
  const told = killCount > 0 || units.length > 0;
  const outcome = told
    ? 'killed'
    : logs.length === 0 ||
        subject?.unresolved === true ||
        counted.some((counter) => counter.ofTarget || subject === undefined)
      ? 'unknown'
      : 'not-killed';
  const forecast = forecastOf(findings);
  return {
    schema: 'leakline.oom/1',
    ...(subject === undefined
      ? {}
      : { target: compact({ label: subject.label, pid: subject.pid, cgroup: subject.cgroup }) }),
    outcome,
    summary: summaryOf(findings, outcome, killCount, mine[0]?.kill, units[0], counted, frequency?.medianIntervalMs),
    killCount,
    ...(frequency === undefined
      ? {}
      : {
          frequency: compact({
            first: iso(frequency.firstMs)!,
            last: iso(frequency.lastMs)!,
            medianIntervalMs: frequency.medianIntervalMs,
          }),
        }),
    kills: mine.map(({ kill, by }) => killResult(kill, by)),
    units: units.map(({ atMs, unit, by, text }) => compact({ at: iso(atMs), unit, by, text })),
    counted,
    next: findings.next.map(({ rank, pid, comm, score, weightBytes, scope, why }) =>
      compact({
        rank,
        pid,
        comm,
        score,
        weightBytes: Math.round(weightBytes),
        scope: scope.cgroup ?? 'host',
        scopeLimitBytes: scope.limitBytes,
        why,
      }),
    ),
    limits: findings.forecasts.map(({ limit, freeBytes }) => compact({ ...limit, freeBytes })),
    ...(forecast === undefined ? {} : { forecast }),
    looked: logs.map((log) =>
      compact({ source: log.source, lines: log.lines, from: iso(log.firstMs), to: iso(log.lastMs) }),
    ),
    notFound: findings.gaps,
    warnings: [
      ...findings.notes,
      ...findings.warnings,
      ...merged.warnings,
      ...(subject !== undefined && others > 0
        ? [`${others} other kill${others === 1 ? '' : 's'} in these logs: \`leakline oom\` lists them`]
        : []),
      ...(mine.some(({ kill }) => kill.scoreAdj !== undefined && kill.scoreAdj >= 900)
        ? ['oom_score_adj of 900 and more (Kubernetes: BestEffort and Burstable pods) makes a process the first to go']
        : []),
    ],
  };
}

function killResult(kill: OomKill, matchedBy: MatchedBy | undefined): OomKillResult {
  return compact({
    at: iso(kill.atMs),
    sinceBootSeconds: kill.sinceBootMs === undefined ? undefined : Math.round(kill.sinceBootMs) / 1000,
    host: kill.hostname,
    pid: kill.pid,
    comm: kill.comm,
    matchedBy,
    constraint: kill.constraint,
    cgroup: kill.cgroup,
    limitCgroup: kill.limitCgroup,
    limitBytes: kill.memory.limitBytes,
    usageBytes: kill.memory.usageBytes,
    anonRssBytes: kill.anonRssBytes,
    fileRssBytes: kill.fileRssBytes,
    shmemRssBytes: kill.shmemRssBytes,
    pageTableBytes: kill.pageTableBytes,
    scoreAdj: kill.scoreAdj,
    asGroup: kill.asGroup,
    holder: holderOf(kill),
    trigger: kill.trigger === undefined ? undefined : compact({ ...kill.trigger }),
    source: kill.sources.join(', '),
  }) as OomKillResult;
}

function forecastOf(findings: OomFindings): OomForecastResult | undefined {
  // What is met first counts, when that is known to come; else the nearest limit that kills.
  const growing = findings.forecasts.find((one) => one.exhaustedAtMs !== undefined);
  const chosen = growing ?? nearestHardLimit(findings.forecasts);
  if (chosen === undefined) return undefined;
  return compact({
    limitBytes: chosen.limit.limitBytes,
    limitSource: chosen.limit.name,
    usedBytes: chosen.limit.usedBytes,
    freeBytes: chosen.freeBytes,
    bytesPerSecond: findings.rateOf(chosen.limit),
    exhaustedAt: iso(chosen.exhaustedAtMs),
    low: iso(chosen.earliestMs),
    high: iso(chosen.latestMs),
    consequence: chosen.consequence,
  });
}

function summaryOf(
  findings: OomFindings,
  outcome: OomResult['outcome'],
  killCount: number,
  last: OomKill | undefined,
  event: OomUnitEvent | undefined,
  counted: readonly OomCounter[],
  medianIntervalMs: number | undefined,
): string {
  const who = findings.subject?.label;
  if (outcome === 'killed' && last === undefined) {
    const when = event?.atMs === undefined ? '' : `, ${formatDuration(Math.max(0, findings.nowMs - event.atMs))} ago`;
    return `${who ?? 'A unit'} ended for lack of memory${when}, says ${reporterOf(event?.by)}.`;
  }
  if (outcome === 'killed' && last !== undefined) {
    const times = killCount === 1 ? 'once' : `${killCount} times`;
    const rhythm =
      medianIntervalMs === undefined || medianIntervalMs < 1000
        ? ''
        : `, typically ${formatDuration(medianIntervalMs)} apart`;
    const when = last.atMs === undefined ? '' : `, last ${formatDuration(Math.max(0, findings.nowMs - last.atMs))} ago`;
    const limit = last.memory.limitBytes === undefined ? '' : ` of ${formatBytes(last.memory.limitBytes)}`;
    const cause =
      last.constraint === 'cgroup'
        ? `; the limit${limit} of its cgroup was full`
        : last.constraint === 'host'
          ? `; the memory${limit} of the whole machine was full`
          : '';
    return who === undefined
      ? `The OOM killer has struck ${times}${when}${rhythm}: ${last.comm} (pid ${last.pid})${cause}.`
      : `${who} was OOM-killed ${times}${when}${rhythm}${cause}.`;
  }
  if (outcome === 'unknown') {
    const counter = counted.find((one) => one.ofTarget || findings.subject === undefined) ?? counted[0];
    if (findings.subject?.unresolved === true && findings.logs.length > 0)
      return `Not known: nobody here could say which processes ${who} has, so kills in the logs cannot be told to be its own.`;
    return counter === undefined
      ? 'Not known: no log that tells of OOM kills could be read.'
      : `${counter.kills} OOM kill${counter.kills === 1 ? '' : 's'} counted by ${counter.where}, but no log that could be read tells of whom.`;
  }
  const from = Math.min(...findings.logs.flatMap((log) => (log.firstMs === undefined ? [] : [log.firstMs])));
  const since = Number.isFinite(from)
    ? ` since ${iso(from)!.slice(0, 16).replace('T', ' ')} UTC, where the logs begin`
    : '';
  return `No OOM kill${who === undefined ? '' : ` of ${who}`}${since}.`;
}

export function reporterOf(by: OomUnitEvent['by'] | undefined): string {
  return by === 'docker' ? 'docker' : by === 'kubernetes' ? 'Kubernetes' : by === 'systemd' ? 'systemd' : 'the journal';
}

export function iso(ms: number | undefined): string | undefined {
  return ms === undefined || !Number.isFinite(ms) || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
}

type Compact<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** Without the fields that are undefined: in JSON, absent means not known. */
function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as Compact<T>;
}

// `leakline oom [pid|container|unit]`: was it OOM-killed, when, by which limit, who held the memory, how often, who is next.
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../../base/errors.ts';
import { parseDuration } from '../../base/format-duration.ts';
import { type SlopeEstimate, theilSen } from '../../base/theil-sen.ts';
import {
  findMemoryHierarchy,
  type MemoryHierarchy,
  readCgroupLevels,
  readCgroupPath,
  readHostOomKills,
} from '../../capture/read-cgroup.ts';
import { type EvidenceGap, readLogFile, readMachineLogs } from '../../capture/read-kernel-log.ts';
import { cgroupLimits, readMemoryLimits } from '../../capture/read-memory-limits.ts';
import { readOomCandidates } from '../../capture/read-oom-candidates.ts';
import { processStartTicks } from '../../capture/read-smaps.ts';
import { resolveOomSubject } from '../../capture/resolve-oom-subject.ts';
import { forecastLimits } from '../../ledger/forecast.ts';
import {
  mergeOomLogs,
  type NextVictim,
  type OomScope,
  type OomSubject,
  rankNextVictims,
} from '../../ledger/oom-evidence.ts';
import type { CgroupLevel, MemoryLimit, OomCandidate, OomLog } from '../../model/oom.ts';
import { composeOom, type OomCounter, type OomResult } from '../compose-oom.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, type OutputFlags, topOf } from '../options.ts';
import { renderOom } from '../render-oom.ts';
import { writeOutput } from '../write-output.ts';

export interface OomFlags extends OutputFlags {
  /** Logs to read instead of this machine's; `-` is stdin. */
  readonly log?: readonly string[];
  /** Watch this long, for a forecast. */
  readonly for?: string;
}

/** Where no cgroup is close to its limit, the machine's memory is what runs out. */
const closeToLimit = 0.8;
const mostScopes = 3;
const nextPerScope = 5;
const leastLooks = 6;

export async function runOom(word: string | undefined, flags: OomFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for oom', 'Use text or json.');
  const top = topOf(flags);
  const forMs = watchMs(flags.for);
  const result = await readOom(word, flags.log ?? [], forMs, io);
  const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
  await writeOutput(
    io,
    flags.output,
    format === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : renderOom(result, {
          color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
          width: Math.min(120, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
          top,
          verbose: flags.verbose === true,
          nowMs: io.nowMs(),
        }),
  );
  return result.outcome === 'unknown' ? 3 : 0;
}

async function readOom(
  word: string | undefined,
  files: readonly string[],
  forMs: number,
  io: CliIo,
): Promise<OomResult> {
  const facts = word === undefined ? undefined : await resolveOomSubject(word);
  if (files.length > 0) {
    // A log may be of another machine: nothing of this one belongs to it, not even that the pid lives here.
    const logs: OomLog[] = [];
    for (const file of files) logs.push(await readLogFile(file, io.stdin, { nowMs: io.nowMs(), signal: io.interrupt }));
    const subject =
      facts === undefined ? undefined : subjectOf({ ...facts, alive: false, notes: [], told: [] }, undefined);
    return composeOom({
      ...nothingLive,
      subject:
        subject === undefined
          ? undefined
          : { ...subject, label: facts?.pid === undefined ? subject.label : `pid ${facts.pid}` },
      logs,
      merged: mergeOomLogs(logs),
      nowMs: io.nowMs(),
    });
  }
  const gaps: EvidenceGap[] = [...(facts?.gaps ?? [])];
  const hierarchy = await findMemoryHierarchy();
  if (hierarchy.kind === 'not-captured')
    gaps.push({ where: 'memory cgroups', why: hierarchy.why, how: 'mount | grep cgroup' });
  const tree = hierarchy.kind === 'captured' ? hierarchy.value : undefined;
  const pid = facts?.alive === true ? facts.pid : undefined;
  const { cgroup, levels } = await levelsOf(pid, tree, gaps);
  const watched = pid === undefined ? undefined : await watchLimits(pid, cgroup, tree, forMs, gaps, io);
  // What ends while it is watched was alive, and may well have been killed: logs and counters are read behind the watch.
  const ended = watched?.ended === true;
  const counters = await countersOf(ended ? await readAgain(levels, cgroup, tree) : levels, gaps);
  const { logs, gaps: logGaps } = await readMachineLogs({ nowMs: io.nowMs(), signal: io.interrupt });
  gaps.unshift(...logGaps);
  const subject = facts === undefined ? undefined : subjectOf(ended ? { ...facts, alive: false } : facts, cgroup);
  const candidates = await readOomCandidates(tree);
  const scopes =
    subject === undefined
      ? await scopesOfMachine(candidates, tree, gaps)
      : watched === undefined
        ? []
        : [nearestScope(watched.limits)];
  const rateOf = (limit: MemoryLimit): SlopeEstimate | undefined => watched?.rates.get(limit.name);
  return composeOom({
    subject,
    notes: facts?.notes ?? [],
    told: facts?.told ?? [],
    logs,
    merged: mergeOomLogs(logs),
    counters,
    next: scopes.flatMap((scope) => (scope === undefined ? [] : nextIn(scope, candidates, pid))),
    forecasts: forecastLimits(
      watched?.limits ?? [],
      (limit) => {
        const rate = rateOf(limit);
        // An interval that holds zero is no growth.
        return rate === undefined || rate.low <= 0
          ? undefined
          : { bytesPerSecond: rate.slope, lowBytesPerSecond: rate.low, highBytesPerSecond: rate.high };
      },
      io.nowMs(),
    ),
    rateOf: (limit) => rateOf(limit)?.slope,
    gaps,
    warnings: [
      ...(facts?.pid !== undefined && facts.alive === false ? [`there is no process ${facts.pid} now`] : []),
      ...(ended ? [`pid ${pid} ended while it was watched: there is no forecast for it`] : []),
    ],
    nowMs: io.nowMs(),
  });
}

const nothingLive = {
  notes: [],
  told: [],
  counters: [],
  next: [],
  forecasts: [],
  rateOf: () => undefined,
  gaps: [],
  warnings: [],
} as const;

type SubjectFacts = Awaited<ReturnType<typeof resolveOomSubject>>;

function subjectOf(facts: SubjectFacts, cgroup: string | undefined): OomSubject {
  const { notes: _notes, told: _told, gaps: _gaps, ...subject } = facts;
  return cgroup === undefined ? subject : { ...subject, cgroup };
}

async function levelsOf(
  pid: number | undefined,
  tree: MemoryHierarchy | undefined,
  gaps: EvidenceGap[],
): Promise<{ cgroup: string | undefined; levels: readonly CgroupLevel[] }> {
  if (pid === undefined || tree === undefined) return { cgroup: undefined, levels: [] };
  const cgroup = await readCgroupPath(pid, tree);
  if (cgroup.kind === 'not-captured') {
    gaps.push({ where: `the cgroup of pid ${pid}`, why: cgroup.why, how: `cat /proc/${pid}/cgroup` });
    return { cgroup: undefined, levels: [] };
  }
  const levels = await readCgroupLevels(cgroup.value, tree);
  if (levels.kind === 'captured') return { cgroup: cgroup.value, levels: levels.value };
  gaps.push({ where: `limits of cgroup ${cgroup.value}`, why: levels.why, how: `run leakline on the host` });
  return { cgroup: cgroup.value, levels: [] };
}

/** A cgroup that went with its last process keeps what was read before. */
async function readAgain(
  levels: readonly CgroupLevel[],
  cgroup: string | undefined,
  tree: MemoryHierarchy | undefined,
): Promise<readonly CgroupLevel[]> {
  const again = cgroup === undefined || tree === undefined ? undefined : await readCgroupLevels(cgroup, tree);
  return again?.kind === 'captured' ? again.value : levels;
}

async function countersOf(levels: readonly CgroupLevel[], gaps: EvidenceGap[]): Promise<OomCounter[]> {
  const counters: OomCounter[] = [];
  const own = levels[0];
  // The root's counter is the machine's.
  if (own?.oomKills !== undefined && own.path !== '/')
    counters.push({ where: `cgroup ${own.path}`, kills: own.oomKills, ofTarget: true });
  const host = await readHostOomKills();
  if (host.kind === 'captured')
    counters.push({ where: 'this machine since its boot (/proc/vmstat)', kills: host.value, ofTarget: false });
  else gaps.push({ where: '/proc/vmstat oom_kill', why: host.why, how: 'grep oom_kill /proc/vmstat' });
  return counters;
}

/** Limits as they are last; with `forMs`, how fast each of them fills. */
async function watchLimits(
  pid: number,
  cgroup: string | undefined,
  tree: MemoryHierarchy | undefined,
  forMs: number,
  gaps: EvidenceGap[],
  io: CliIo,
): Promise<{ limits: readonly MemoryLimit[]; rates: ReadonlyMap<string, SlopeEstimate>; ended: boolean }> {
  const startTicks = await processStartTicks(pid);
  const looks: { atMs: number; limits: readonly MemoryLimit[] }[] = [];
  const everyMs = Math.max(200, Math.min(5000, forMs / 20));
  const start = performance.now();
  for (;;) {
    const levels = cgroup === undefined || tree === undefined ? undefined : await readCgroupLevels(cgroup, tree);
    const read = await readMemoryLimits(pid, levels?.kind === 'captured' ? levels.value : []);
    if (looks.length === 0)
      for (const gap of read.gaps) {
        const [where = '', why = ''] = gap.split(': ', 2);
        gaps.push({ where, why, how: `sudo leakline oom ${pid}` });
      }
    looks.push({ atMs: performance.now() - start, limits: read.limits });
    if (performance.now() - start + everyMs > forMs || io.interrupt.aborted) break;
    await sleep(everyMs, undefined, { signal: io.interrupt }).catch(() => undefined);
    // Another process may have its pid by now: its use must not go on the line of the first one.
    if ((await processStartTicks(pid)) !== startTicks)
      return { limits: looks.at(-1)!.limits, rates: new Map(), ended: true };
  }
  const rates = new Map<string, SlopeEstimate>();
  const limits = looks.at(-1)!.limits;
  for (const { name } of looks.length < leastLooks ? [] : limits) {
    const series = looks.flatMap(({ atMs, limits: all }) => {
      const usedBytes = all.find((limit) => limit.name === name)?.usedBytes;
      return usedBytes === undefined ? [] : [{ seconds: atMs / 1000, usedBytes }];
    });
    if (series.length >= leastLooks)
      rates.set(
        name,
        theilSen(
          series.map((one) => one.seconds),
          series.map((one) => one.usedBytes),
        ),
      );
  }
  return { limits, rates, ended: false };
}

/** Whose memory is fullest: there the next kill happens. */
function nearestScope(limits: readonly MemoryLimit[]): OomScope | undefined {
  const fullness = (limit: MemoryLimit): number => (limit.usedBytes ?? 0) / limit.limitBytes;
  const [fullest] = limits
    .filter((limit) => limit.kind === 'cgroup' || limit.kind === 'host')
    .sort((a, b) => fullness(b) - fullness(a));
  if (fullest === undefined) return undefined;
  return {
    cgroup: fullest.kind === 'host' ? undefined : fullest.name.replace(/^cgroup /, ''),
    limitBytes: fullest.limitBytes,
  };
}

/** The cgroups that are close to their limits, and the machine. */
async function scopesOfMachine(
  candidates: readonly OomCandidate[],
  tree: MemoryHierarchy | undefined,
  gaps: EvidenceGap[],
): Promise<readonly OomScope[]> {
  const scopes = new Map<string, { scope: OomScope; fullness: number }>();
  const groups = new Set(candidates.flatMap((one) => (one.cgroup === undefined ? [] : [one.cgroup])));
  for (const group of groups) {
    const levels = tree === undefined ? undefined : await readCgroupLevels(group, tree);
    for (const limit of levels?.kind === 'captured' ? cgroupLimits(levels.value) : []) {
      const fullness = (limit.usedBytes ?? 0) / limit.limitBytes;
      const cgroup = limit.name.replace(/^cgroup /, '');
      if (fullness >= closeToLimit) scopes.set(cgroup, { scope: { cgroup, limitBytes: limit.limitBytes }, fullness });
    }
  }
  const machine = await readMemoryLimits(process.pid, []);
  const host = machine.limits.find((limit) => limit.kind === 'host');
  if (host === undefined)
    gaps.push({ where: 'host memory', why: '/proc/meminfo cannot be read', how: 'cat /proc/meminfo' });
  return [
    ...[...scopes.values()]
      .sort((a, b) => b.fullness - a.fullness)
      .slice(0, mostScopes)
      .map((one) => one.scope),
    ...(host === undefined ? [] : [{ cgroup: undefined, limitBytes: host.limitBytes }]),
  ];
}

/** The first ones, and the process that was asked for, wherever it stands. */
function nextIn(scope: OomScope, candidates: readonly OomCandidate[], pid: number | undefined): readonly NextVictim[] {
  return rankNextVictims(candidates, scope).filter((one) => one.rank <= nextPerScope || one.pid === pid);
}

function watchMs(text: string | undefined): number {
  if (text === undefined) return 0;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--for ${text} is not a duration`, 'Write 10s or 2m.');
  return ms;
}

// What logs and counters together say of out-of-memory kills: each kill once, whom it struck and who held the memory, how
// often, and which running process the kernel would choose next. Pure.
// Source of the choice: mm/oom_kill.c oom_badness (the same since 3.17): pages resident, swapped and of page tables, plus
// oom_score_adj thousandths of the memory that ran out: the cgroup's limit, or RAM and swap of the machine.
import { formatBytes } from '../base/format-bytes.ts';
import type { OomCandidate, OomKill, OomLog, OomTask, OomUnitEvent } from '../model/oom.ts';

/** Who held the memory at a kill. */
export interface OomHolder {
  readonly kind: 'victim' | 'other-process' | 'processes' | 'shared-memory' | 'kernel' | 'spread' | 'unknown';
  readonly pid?: number;
  readonly comm?: string;
  readonly bytes?: number;
  /** Of what was in use, 0 to 1. */
  readonly share?: number;
  /** One clause for people. */
  readonly text: string;
}

/** From half of the memory on, somebody holds it. */
const holds = 0.5;
/** Two logs that tell of one kill may stamp it differently: dmesg's clock drifts, syslog writes when it gets to it. */
const sameKillMs = 120_000;

export interface MergedOomLogs {
  /** The newest first; kills without a moment last. */
  readonly kills: readonly OomKill[];
  readonly killCount: number;
  readonly unitEvents: readonly OomUnitEvent[];
  readonly warnings: readonly string[];
}

/** Several logs of one machine tell of the same kills: each is kept once, with all that any of them says. */
export function mergeOomLogs(logs: readonly OomLog[]): MergedOomLogs {
  const merged: OomKill[] = [];
  const byIdentity = new Map<string, number[]>();
  for (const log of logs) {
    // A kill joins one of another log only: within a log two alike lines are two kills.
    const joined = new Set<number>();
    for (const kill of log.kills) {
      const identity = `${kill.pid} ${kill.anonRssBytes} ${kill.totalVmBytes}`;
      const rows = byIdentity.get(identity) ?? [];
      const row = rows.find((at) => !joined.has(at) && sameMoment(merged[at]!, kill));
      if (row === undefined) {
        rows.push(merged.push(kill) - 1);
        joined.add(merged.length - 1);
        byIdentity.set(identity, rows);
      } else {
        joined.add(row);
        merged[row] = join(merged[row]!, kill);
      }
    }
  }
  const left = logs.reduce((sum, log) => sum + log.killCount - log.kills.length, 0);
  return {
    kills: merged.sort((a, b) => (b.atMs ?? -1) - (a.atMs ?? -1) || (b.sinceBootMs ?? -1) - (a.sinceBootMs ?? -1)),
    killCount: merged.length + left,
    unitEvents: uniqueEvents(logs.flatMap((log) => log.unitEvents)),
    warnings: [
      ...logs.flatMap((log) => log.warnings),
      ...(left > 0 ? [`${left} older kills are counted, but not listed`] : []),
    ],
  };
}

function sameMoment(a: OomKill, b: OomKill): boolean {
  if (a.sinceBootMs !== undefined && b.sinceBootMs !== undefined && Math.abs(a.sinceBootMs - b.sinceBootMs) > 1)
    return false;
  if (a.hostname !== undefined && b.hostname !== undefined && a.hostname !== b.hostname) return false;
  return a.atMs === undefined || b.atMs === undefined || Math.abs(a.atMs - b.atMs) <= sameKillMs;
}

/** The one with the report (a task table) leads; the other fills gaps. A wall clock that was logged beats a computed one. */
function join(a: OomKill, b: OomKill): OomKill {
  const [lead, other] = b.table !== undefined && a.table === undefined ? [b, a] : [a, b];
  const known = Object.entries(lead).filter(([, value]) => value !== undefined);
  const logged = [a, b].find((kill) => kill.hostname !== undefined)?.atMs;
  return {
    ...other,
    ...(Object.fromEntries(known) as unknown as OomKill),
    atMs: logged ?? lead.atMs ?? other.atMs,
    reaped: a.reaped || b.reaped,
    sources: [...new Set([...a.sources, ...b.sources])],
  };
}

function uniqueEvents(events: readonly OomUnitEvent[]): readonly OomUnitEvent[] {
  const seen = new Set<string>();
  return events
    .filter((event) => {
      const key = `${event.unit} ${event.text} ${event.atMs === undefined ? event.source : Math.round(event.atMs / 2000)}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .sort((a, b) => (b.atMs ?? 0) - (a.atMs ?? 0));
}

/** The victim need not be the leaker: the kernel takes the largest that it may, and limits are shared. */
export function holderOf(kill: OomKill): OomHolder {
  const { memory, table } = kill;
  const sizeOf = (task: OomTask): number => (task.rssPages + (task.swapPages ?? 0)) * kill.pageBytes;
  const tasksBytes = table === undefined ? undefined : table.rssPagesSum * kill.pageBytes;
  const inUseBytes = memory.usageBytes ?? tasksBytes;
  const share = (bytes: number): number | undefined =>
    inUseBytes === undefined || inUseBytes <= 0 ? undefined : Math.min(1, bytes / inUseBytes);
  const part = (bytes: number): string => {
    const of = share(bytes);
    return of === undefined
      ? formatBytes(bytes)
      : `${formatBytes(bytes)}, ${Math.round(of * 100)} % of what was in use`;
  };
  const with_ = (bytes: number): { bytes: number; share?: number } => {
    const of = share(bytes);
    return of === undefined ? { bytes } : { bytes, share: of };
  };
  const victimRow = table?.tasks.find((task) => task.pid === kill.pid);
  const said = [kill.anonRssBytes, kill.fileRssBytes, kill.shmemRssBytes].filter((bytes) => bytes !== undefined);
  const victimBytes =
    victimRow === undefined ? (said.length === 0 ? undefined : said.reduce((a, b) => a + b, 0)) : sizeOf(victimRow);
  const name = `${kill.comm} (pid ${kill.pid})`;
  if (victimBytes !== undefined && (share(victimBytes) ?? 0) >= holds)
    return {
      kind: 'victim',
      pid: kill.pid,
      comm: kill.comm,
      ...with_(victimBytes),
      text: `the killed process held it: ${part(victimBytes)}`,
    };
  const shmem = memory.shmemBytes;
  if (shmem !== undefined && (share(shmem) ?? 0) >= holds)
    return {
      kind: 'shared-memory',
      ...with_(shmem),
      text: `shared memory held it (files in tmpfs or /dev/shm, memfd): ${part(shmem)}; killing ${name} did not free it`,
    };
  const kernel = memory.kernelBytes;
  if (kernel !== undefined && (share(kernel) ?? 0) >= holds)
    return {
      kind: 'kernel',
      ...with_(kernel),
      text: `the kernel held it for this group (slab, sockets, page tables, stacks): ${part(kernel)}`,
    };
  const largest = table?.tasks.reduce<OomTask | undefined>(
    (best, task) => (best === undefined || sizeOf(task) > sizeOf(best) ? task : best),
    undefined,
  );
  if (table === undefined || largest === undefined)
    return {
      kind: 'unknown',
      ...(victimBytes === undefined ? {} : with_(victimBytes)),
      text:
        victimBytes === undefined
          ? 'the log has no report on the memory of the processes'
          : `the killed process held ${part(victimBytes)}; the log has no report on the others`,
    };
  if (largest.pid !== kill.pid && (share(sizeOf(largest)) ?? 0) >= holds)
    return {
      kind: 'other-process',
      pid: largest.pid,
      comm: largest.comm,
      ...with_(sizeOf(largest)),
      text: `another process held it: ${largest.comm} (pid ${largest.pid}), ${part(sizeOf(largest))}${spared(largest)}`,
    };
  const crowd = largestCrowd(table.tasks, sizeOf);
  if (crowd.count > 1 && (share(crowd.bytes) ?? 0) >= holds)
    return {
      kind: 'processes',
      comm: crowd.comm,
      ...with_(crowd.bytes),
      text: `${crowd.count} processes named ${crowd.comm} held it together: ${part(crowd.bytes)}`,
    };
  return {
    kind: 'spread',
    pid: largest.pid,
    comm: largest.comm,
    ...with_(sizeOf(largest)),
    text: `no single holder among ${table.taskCount} processes; the largest was ${largest.comm} (pid ${largest.pid}), ${part(sizeOf(largest))}`,
  };
}

function spared(task: OomTask): string {
  if (task.scoreAdj === -1000) return '; oom_score_adj -1000 forbids to kill it';
  return task.scoreAdj !== undefined && task.scoreAdj < 0 ? `; oom_score_adj ${task.scoreAdj} spared it` : '';
}

function largestCrowd(
  tasks: readonly OomTask[],
  sizeOf: (task: OomTask) => number,
): { readonly comm: string; readonly count: number; readonly bytes: number } {
  const crowds = new Map<string, { comm: string; count: number; bytes: number }>();
  for (const task of tasks) {
    const crowd = crowds.get(task.comm) ?? { comm: task.comm, count: 0, bytes: 0 };
    crowd.count++;
    crowd.bytes += sizeOf(task);
    crowds.set(task.comm, crowd);
  }
  return [...crowds.values()].reduce((best, one) => (one.bytes > best.bytes ? one : best), {
    comm: '',
    count: 0,
    bytes: 0,
  });
}

/** Whom the user asks about, as far as it is known. */
export interface OomSubject {
  readonly label: string;
  readonly pid?: number;
  /** A process that lives was not killed: its pid in an old log is somebody else's. */
  readonly alive?: boolean;
  readonly comm?: string;
  readonly cgroup?: string;
  /** At least twelve hexadecimal digits; cgroups of containers carry it. */
  readonly containerId?: string;
  /** Of a pod; the cgroups of all its containers carry it. */
  readonly podUid?: string;
  readonly unit?: string;
  /** Nobody could say which processes it has, so that no match does not mean that it was spared. */
  readonly unresolved?: boolean;
  /** Anything: a name of a process, or a part of a cgroup. */
  readonly word?: string;
}

export type MatchedBy = 'pid' | 'container' | 'unit' | 'cgroup' | 'name';

/** undefined when the kill is not the subject's. */
export function matchKill(kill: OomKill, subject: OomSubject): MatchedBy | undefined {
  if (subject.pid !== undefined && subject.alive !== true && kill.pid === subject.pid) return 'pid';
  const groups = [kill.cgroup, kill.limitCgroup].filter((path) => path !== undefined);
  const { containerId, podUid, unit, cgroup, word } = subject;
  if (podUid !== undefined && groups.some((path) => path.replaceAll('_', '-').includes(`pod${podUid}`)))
    return 'container';
  if (containerId !== undefined && groups.some((path) => path.includes(containerId))) return 'container';
  if (unit !== undefined && groups.some((path) => path.split('/').includes(unit))) return 'unit';
  if (cgroup !== undefined && cgroup !== '/' && kill.cgroup !== undefined && isBelow(kill.cgroup, cgroup))
    return 'cgroup';
  if (word !== undefined && (sameComm(kill.comm, word) || groups.some((path) => path.includes(word)))) return 'name';
  // A process that lives: an earlier start of the same program. Only its name is left to know it by.
  if (subject.alive !== true || subject.comm === undefined || !sameComm(kill.comm, subject.comm)) return undefined;
  return livedElsewhere(kill, subject) ? undefined : 'name';
}

/** Containers often run programs of one name: a name counts only where the places do not speak against it. */
function livedElsewhere(kill: OomKill, { containerId, unit, cgroup }: OomSubject): boolean {
  if (kill.cgroup === undefined) return false;
  if (containerId !== undefined || unit !== undefined) return true;
  const own = containerOf(cgroup ?? '');
  const its = containerOf(kill.cgroup);
  // A container that Kubernetes starts again has a new id in the same pod.
  return own.id !== its.id && (own.pod === undefined || own.pod !== its.pod);
}

function containerOf(cgroup: string): { readonly id: string | undefined; readonly pod: string | undefined } {
  return { id: /[0-9a-f]{64}/.exec(cgroup)?.[0], pod: /pod[0-9a-f]{8}[-_][0-9a-f_-]{27}/.exec(cgroup)?.[0] };
}

export function matchUnitEvent(event: OomUnitEvent, subject: OomSubject): boolean {
  const { unit, containerId, cgroup, word, comm } = subject;
  if (unit !== undefined) return event.unit === unit || event.unit.split('/').includes(unit);
  const needles = [containerId, cgroup === '/' ? undefined : cgroup?.split('/').at(-1), word].filter(
    (needle) => needle !== undefined && needle !== '',
  );
  return needles.some((needle) => event.unit.includes(needle!)) || (comm !== undefined && event.unit === comm);
}

const isBelow = (path: string, root: string): boolean => path === root || path.startsWith(`${root}/`);
const sameComm = (comm: string, name: string): boolean => comm === name.slice(0, 15);

export interface KillFrequency {
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** undefined for a single kill. */
  readonly medianIntervalMs: number | undefined;
}

/** Of the kills whose moment is known; undefined when there is none. */
export function killFrequency(kills: readonly OomKill[]): KillFrequency | undefined {
  // Processes that were killed as a group died once.
  const moments = kills
    .filter((kill) => !kill.asGroup)
    .flatMap((kill) => (kill.atMs === undefined ? [] : [kill.atMs]))
    .sort((a, b) => a - b);
  if (moments.length === 0) return undefined;
  const gaps = moments
    .slice(1)
    .map((at, index) => at - moments[index]!)
    .sort((a, b) => a - b);
  return {
    count: moments.length,
    firstMs: moments[0]!,
    lastMs: moments.at(-1)!,
    medianIntervalMs: gaps.length === 0 ? undefined : gaps[gaps.length >> 1]!,
  };
}

/** Where memory could run out, and how much there is. */
export interface OomScope {
  /** undefined for the machine. */
  readonly cgroup: string | undefined;
  readonly limitBytes: number;
}

export interface NextVictim {
  /** 1 is the first to be killed. */
  readonly rank: number;
  readonly pid: number;
  readonly comm: string;
  /** /proc/PID/oom_score. */
  readonly score: number | undefined;
  /** What the kernel compares, in bytes of this scope. */
  readonly weightBytes: number;
  readonly scope: OomScope;
  readonly why: string;
}

/** The order in which the kernel would choose, the first first. Who may not be killed is left out. */
export function rankNextVictims(candidates: readonly OomCandidate[], scope: OomScope): readonly NextVictim[] {
  const inScope = candidates.filter(
    (one) =>
      one.rssBytes !== undefined &&
      one.scoreAdj !== -1000 &&
      (one.pid !== 1 || scope.cgroup !== undefined) &&
      (scope.cgroup === undefined || (one.cgroup !== undefined && isBelow(one.cgroup, scope.cgroup))),
  );
  const ownBytes = (one: OomCandidate): number =>
    (one.rssBytes ?? 0) + (one.swapBytes ?? 0) + (one.pageTableBytes ?? 0);
  const extraBytes = (one: OomCandidate): number => ((one.scoreAdj ?? 0) / 1000) * scope.limitBytes;
  const largestBytes = Math.max(0, ...inScope.map(ownBytes));
  return inScope
    .map((one) => ({ one, weightBytes: ownBytes(one) + extraBytes(one) }))
    .sort((a, b) => b.weightBytes - a.weightBytes || b.one.pid - a.one.pid)
    .map(({ one, weightBytes }, index) => {
      const share = Math.round((ownBytes(one) / scope.limitBytes) * 100);
      const size = `${ownBytes(one) === largestBytes ? 'the largest, ' : ''}${formatBytes(ownBytes(one))}, ${share} % of the ${scope.cgroup === undefined ? 'machine' : 'limit'}`;
      const adj = one.scoreAdj ?? 0;
      const shift =
        adj === 0
          ? ''
          : adj > 0
            ? `; oom_score_adj ${adj} counts as ${formatBytes(extraBytes(one))} more`
            : `; oom_score_adj ${adj} counts as ${formatBytes(-extraBytes(one))} less`;
      return {
        rank: index + 1,
        pid: one.pid,
        comm: one.comm,
        score: one.score,
        weightBytes,
        scope,
        why: `${size}${shift}`,
      };
    });
}

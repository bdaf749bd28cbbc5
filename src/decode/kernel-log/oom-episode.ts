// One report of the kernel's OOM killer, from "invoked oom-killer" to "Killed process", line by line → kills.
// Sources: mm/oom_kill.c (dump_header, dump_oom_victim, __oom_kill_process), kernels 3.10 to 6.18. What differs:
//   "Kill process A … or sacrifice child" and then "Killed process B"        to 4.20; B may be another than A
//   "oom-kill:constraint=…"                                                  5.0 and later, and RHEL 8
//   "Memory cgroup out of memory: Killed process …"                          5.0 and later; the last figures came one by one
// The report itself is limited in rate, "Killed process" is not: a kill may stand alone.
import type { OomConstraint, OomKill, OomTrigger } from '../../model/oom.ts';
import type { LogLine } from './log-line.ts';
import { createMemoryBlockBuilder, type MemoryBlockBuilder } from './memory-block.ts';
import { createTaskTableBuilder, type TaskTableBuilder } from './task-table.ts';

/** A kill whose last words (the reaper's) may still come. */
export type KillDraft = { -readonly [Key in keyof OomKill]: OomKill[Key] };

export interface EpisodeReader {
  /** A kill that this line tells of. */
  push(text: string, line: LogLine): KillDraft | undefined;
  /** True while lines that say nothing by themselves may matter. */
  readonly open: () => boolean;
}

interface Episode {
  trigger: OomTrigger;
  memory: MemoryBlockBuilder;
  tasks: TaskTableBuilder;
  constraint: OomConstraint | undefined;
  cgroup: string | undefined;
  limitCgroup: string | undefined;
  /** "Kill process" of old kernels, which says whom it chose. */
  chosen: { readonly constraint: OomConstraint; readonly pid: number; readonly score: number } | undefined;
  asGroup: boolean;
  killed: number[];
  lines: number;
}

const invoked =
  /^(.{0,64}?) invoked oom-killer: gfp_mask=(0x[0-9a-f]+)(?:\(([^)]*)\))?,(?: nodemask=\S+,)?\s+order=(-?\d+)(?:, oom_(?:score_)?adj=(-?\d+))?/;
const summary =
  /^oom-kill:constraint=CONSTRAINT_(\w+),nodemask=.*?(,global_oom)?(?:,oom_memcg=(.*?))?,task_memcg=(.*?),task=(.*),pid=(\d+),uid=(\d+)$/;
const chosenLine =
  /^(Memory cgroup out of memory|Out of memory)(?: \(oom_kill_allocating_task\))?: Kill process (\d+) \((.*?)\) score (\d+) or sacrifice child/;
const killedLine =
  /^(?:(Memory cgroup out of memory|Out of memory)(?: \(oom_kill_allocating_task\))?: )?Killed process (\d+) \((.*?)\)(?:, UID (\d+))?,? total-vm:(\d+)kB, anon-rss:(\d+)kB, file-rss:(\d+)kB(?:, shmem-rss:(\d+)kB)?(?:, UID:(\d+))?(?: pgtables:(\d+)kB)?(?: oom_score_adj:(-?\d+))?/;
const constraints: Readonly<Record<string, OomConstraint>> = {
  MEMCG: 'cgroup',
  NONE: 'host',
  CPUSET: 'cpuset',
  MEMORY_POLICY: 'memory-policy',
};
/** A report is some hundred lines and one a process; what is longer has lost its end. */
const mostLines = 200_000;
const defaultPageBytes = 4096;

export function createEpisodeReader(): EpisodeReader {
  let episode: Episode | undefined;
  return {
    open: () => episode !== undefined && (episode.killed.length === 0 || episode.asGroup),
    push(text, line) {
      const start = invoked.exec(text);
      if (start !== null) {
        episode = begin(start);
        return undefined;
      }
      const end = killedLine.exec(text);
      if (end !== null) {
        // A second kill of one report is the group's; without a group it is a kill of its own whose report was held back.
        const own = episode !== undefined && (episode.killed.length === 0 || episode.asGroup) ? episode : undefined;
        const pid = Number(end[2]);
        if (own?.killed.includes(pid) === true) return undefined;
        const kill = killOf(end, own, line);
        if (own === undefined) episode = undefined;
        else own.killed.push(pid);
        return kill;
      }
      if (episode === undefined) {
        const chosen = chosenLine.exec(text);
        if (chosen !== null) {
          episode = begin(undefined);
          readChosen(chosen, episode);
        }
        return undefined;
      }
      if (++episode.lines > mostLines) episode = undefined;
      else readPart(text, episode);
      return undefined;
    },
  };
}

function begin(start: RegExpExecArray | undefined): Episode {
  return {
    trigger: {
      comm: start?.[1] ?? '',
      tid: undefined,
      gfpMask: start === undefined ? undefined : (start[3] ?? start[2]),
      order: integer(start?.[4]),
      scoreAdj: integer(start?.[5]),
      userPc: undefined,
    },
    memory: createMemoryBlockBuilder(),
    tasks: createTaskTableBuilder(),
    constraint: undefined,
    cgroup: undefined,
    limitCgroup: undefined,
    chosen: undefined,
    asGroup: false,
    killed: [],
    lines: 0,
  };
}

function readPart(text: string, episode: Episode): void {
  if (episode.tasks.push(text) || episode.memory.push(text)) return;
  const cpu = /^CPU: \d+ (?:UID: \d+ )?PID: (\d+) Comm: /.exec(text);
  if (cpu !== null) {
    episode.trigger = { ...episode.trigger, tid: Number(cpu[1]) };
    return;
  }
  // 0x33 is the code segment of user code: this is where the program was when it touched the page.
  const user = /^RIP: 0033:(?:0x|\[<)?0*([0-9a-f]+)/.exec(text);
  if (user !== null) {
    if (episode.trigger.userPc === undefined) episode.trigger = { ...episode.trigger, userPc: `0x${user[1]}` };
    return;
  }
  const old = /^Task in (\/.*) killed as a result of limit of (\/.*)$/.exec(text);
  if (old !== null) {
    episode.cgroup = old[1];
    episode.limitCgroup = old[2];
    episode.constraint = 'cgroup';
    return;
  }
  const sum = summary.exec(text);
  if (sum !== null) {
    episode.constraint = constraints[sum[1]!];
    episode.limitCgroup = sum[3];
    episode.cgroup = sum[4];
    return;
  }
  const chosen = chosenLine.exec(text);
  if (chosen !== null) readChosen(chosen, episode);
  else if (/^Tasks in \/.* are going to be killed due to memory\.oom\.group set/.test(text)) episode.asGroup = true;
}

function readChosen(match: RegExpExecArray, episode: Episode): void {
  episode.chosen = {
    constraint: match[1] === 'Out of memory' ? 'host' : 'cgroup',
    pid: Number(match[2]),
    score: Number(match[4]),
  };
}

function killOf(match: RegExpExecArray, episode: Episode | undefined, line: LogLine): KillDraft {
  const pid = Number(match[2]);
  const totalVmBytes = kib(match[5]);
  const said = match[1] === undefined ? undefined : match[1] === 'Out of memory' ? 'host' : 'cgroup';
  const table = episode?.tasks.finish(pid);
  const row = table?.tasks.find((task) => task.pid === pid);
  const pageBytes = pageBytesOf(totalVmBytes, row?.totalVmPages);
  const comm = match[3]!;
  return {
    atMs: line.atMs,
    sinceBootMs: line.sinceBootMs,
    hostname: line.hostname,
    pid,
    // The table has the name as it is; here a bracket in it would end it.
    comm: row?.comm ?? comm,
    uid: integer(match[4] ?? match[9]) ?? row?.uid,
    // "Out of memory" is also said when the nodes of a cpuset or a memory policy are full.
    constraint: episode?.constraint ?? said ?? episode?.chosen?.constraint,
    cgroup: episode?.cgroup,
    limitCgroup: episode?.limitCgroup,
    memory: (episode?.memory ?? createMemoryBlockBuilder()).finish(pageBytes),
    totalVmBytes,
    anonRssBytes: kib(match[6]),
    fileRssBytes: kib(match[7]),
    shmemRssBytes: kib(match[8]),
    pageTableBytes: kib(match[10]),
    scoreAdj: integer(match[11]) ?? row?.scoreAdj,
    score: episode?.chosen?.score,
    asGroup: episode?.asGroup === true && episode.killed.length > 0,
    trigger: episode === undefined || episode.trigger.comm === '' ? undefined : episode.trigger,
    table,
    pageBytes,
    reaped: false,
    sources: [],
  };
}

/** The table counts pages and the last line kB: the victim's size in both tells the page (64 KiB on some arm64). */
function pageBytesOf(totalVmBytes: number | undefined, totalVmPages: number | undefined): number {
  if (totalVmBytes === undefined || totalVmPages === undefined || totalVmPages === 0) return defaultPageBytes;
  const ratio = totalVmBytes / totalVmPages;
  return [4096, 8192, 16_384, 65_536].find((size) => Math.abs(size - ratio) < size * 0.1) ?? defaultPageBytes;
}

function kib(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits) * 1024;
}

function integer(digits: string | undefined): number | undefined {
  return digits === undefined ? undefined : Number(digits);
}

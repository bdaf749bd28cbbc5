// The artefact `oom-evidence` (JSON of OomEvidence, written by capture) → OomEvidence.
import { DecodeError } from '../../base/errors.ts';
import type { OomConstraint, OomEvidence, OomKill, OomLog, OomTask, OomUnitEvent } from '../../model/oom.ts';
import { type JsonFields, parseJsonFields } from './json-fields.ts';

const format = 'oom-evidence';
const mostRows = 10_000;
const constraints: readonly OomConstraint[] = ['cgroup', 'host', 'cpuset', 'memory-policy'];
const reporters: readonly OomUnitEvent['by'][] = [
  'kernel',
  'systemd-oomd',
  'earlyoom',
  'systemd',
  'docker',
  'kubernetes',
];

/** Throws DecodeError that names the field. */
export function decodeOomEvidence(text: string): OomEvidence {
  const root = parseJsonFields(format, text);
  const subject = root.fields('subject');
  return {
    subject: {
      pid: subject.number('pid'),
      comm: subject.maybeText('comm'),
      cgroup: subject.maybeText('cgroup'),
    },
    hostKills: root.maybeNumber('hostKills'),
    cgroupKills: root.maybeNumber('cgroupKills'),
    logs: bounded(root.list('logs')).map(logOf),
    gaps: root.texts('gaps'),
  };
}

function logOf(log: JsonFields): OomLog {
  return {
    source: log.text('source'),
    lines: log.number('lines'),
    kills: bounded(log.list('kills')).map(killOf),
    killCount: log.number('killCount'),
    unitEvents: bounded(log.list('unitEvents')).map((event) => ({
      atMs: event.maybeNumber('atMs'),
      hostname: event.maybeText('hostname'),
      unit: event.text('unit'),
      by: event.oneOf('by', reporters),
      text: event.text('text'),
      source: event.text('source'),
    })),
    firstMs: log.maybeNumber('firstMs'),
    lastMs: log.maybeNumber('lastMs'),
    warnings: log.texts('warnings'),
  };
}

function killOf(kill: JsonFields): OomKill {
  const memory = kill.fields('memory');
  const trigger = kill.maybeFields('trigger');
  const table = kill.maybeFields('table');
  return {
    atMs: kill.maybeNumber('atMs'),
    sinceBootMs: kill.maybeNumber('sinceBootMs'),
    hostname: kill.maybeText('hostname'),
    pid: kill.number('pid'),
    comm: kill.text('comm'),
    uid: kill.maybeNumber('uid'),
    constraint: kill.maybeOneOf('constraint', constraints),
    cgroup: kill.maybeText('cgroup'),
    limitCgroup: kill.maybeText('limitCgroup'),
    memory: {
      usageBytes: memory.maybeNumber('usageBytes'),
      limitBytes: memory.maybeNumber('limitBytes'),
      limitHits: memory.maybeNumber('limitHits'),
      anonBytes: memory.maybeNumber('anonBytes'),
      cacheBytes: memory.maybeNumber('cacheBytes'),
      shmemBytes: memory.maybeNumber('shmemBytes'),
      kernelBytes: memory.maybeNumber('kernelBytes'),
      swapBytes: memory.maybeNumber('swapBytes'),
    },
    totalVmBytes: kill.maybeNumber('totalVmBytes'),
    anonRssBytes: kill.maybeNumber('anonRssBytes'),
    fileRssBytes: kill.maybeNumber('fileRssBytes'),
    shmemRssBytes: kill.maybeNumber('shmemRssBytes'),
    pageTableBytes: kill.maybeNumber('pageTableBytes'),
    scoreAdj: kill.maybeNumber('scoreAdj'),
    score: kill.maybeNumber('score'),
    asGroup: kill.maybeFlag('asGroup') ?? false,
    trigger:
      trigger === undefined
        ? undefined
        : {
            comm: trigger.text('comm'),
            tid: trigger.maybeNumber('tid'),
            gfpMask: trigger.maybeText('gfpMask'),
            order: trigger.maybeNumber('order'),
            scoreAdj: trigger.maybeNumber('scoreAdj'),
            userPc: trigger.maybeText('userPc'),
          },
    table:
      table === undefined
        ? undefined
        : {
            tasks: bounded(table.list('tasks')).map(taskOf),
            taskCount: table.number('taskCount'),
            rssPagesSum: table.number('rssPagesSum'),
          },
    pageBytes: kill.number('pageBytes'),
    reaped: kill.maybeFlag('reaped') ?? false,
    sources: kill.texts('sources'),
  };
}

function taskOf(task: JsonFields): OomTask {
  return {
    pid: task.number('pid'),
    uid: task.maybeNumber('uid'),
    comm: task.text('comm'),
    totalVmPages: task.number('totalVmPages'),
    rssPages: task.number('rssPages'),
    anonPages: task.maybeNumber('anonPages'),
    shmemPages: task.maybeNumber('shmemPages'),
    swapPages: task.maybeNumber('swapPages'),
    scoreAdj: task.maybeNumber('scoreAdj'),
  };
}

function bounded<T>(rows: readonly T[]): readonly T[] {
  if (rows.length > mostRows) throw new DecodeError(format, 0, `at most ${mostRows} rows`);
  return rows;
}

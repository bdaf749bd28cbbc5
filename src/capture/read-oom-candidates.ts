// What the OOM killer would weigh of the processes that run here. All of these files are readable for everyone.
// Sources: proc_pid_oom_score(5), proc_pid_oom_score_adj(5), proc_pid_status(5).
import { readdir, readFile } from 'node:fs/promises';
import type { OomCandidate } from '../model/oom.ts';
import { type MemoryHierarchy, readCgroupPath } from './read-cgroup.ts';

/** Processes that are read at a time: each has four files. */
const batch = 32;

/** Kernel threads, which have no memory of their own, are left out. */
export async function readOomCandidates(
  hierarchy: MemoryHierarchy | undefined,
  procRoot = '/proc',
): Promise<readonly OomCandidate[]> {
  const pids = (await readdir(procRoot).catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number);
  const candidates: OomCandidate[] = [];
  for (let from = 0; from < pids.length; from += batch) {
    const read = await Promise.all(
      pids.slice(from, from + batch).map((pid) => readOomCandidate(pid, hierarchy, procRoot)),
    );
    for (const one of read) if (one?.rssBytes !== undefined) candidates.push(one);
  }
  return candidates;
}

/** undefined when the process is gone. */
export async function readOomCandidate(
  pid: number,
  hierarchy: MemoryHierarchy | undefined,
  procRoot = '/proc',
): Promise<OomCandidate | undefined> {
  const read = (file: string): Promise<string | undefined> =>
    readFile(`${procRoot}/${pid}/${file}`, 'utf8').catch(() => undefined);
  const [status, score, scoreAdj, cgroup] = await Promise.all([
    read('status'),
    read('oom_score'),
    read('oom_score_adj'),
    hierarchy === undefined ? undefined : readCgroupPath(pid, hierarchy, procRoot),
  ]);
  if (status === undefined || /^State:\s+[ZX]/m.test(status)) return undefined;
  const kib = (name: string): number | undefined => {
    const match = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(status);
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  return {
    pid,
    comm: /^Name:\t(.*)$/m.exec(status)?.[1] ?? '',
    score: numberOf(score),
    scoreAdj: numberOf(scoreAdj),
    rssBytes: kib('VmRSS'),
    swapBytes: kib('VmSwap'),
    pageTableBytes: kib('VmPTE'),
    cgroup: cgroup?.kind === 'captured' ? cgroup.value : undefined,
  };
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^-?\d+\s*$/.test(text) ? undefined : Number(text);
}

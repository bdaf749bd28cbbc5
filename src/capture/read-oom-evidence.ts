// OOM kills beside a diagnosis: the kernel's counters always, its logs only when something was counted, for a bounded time
// and to a bounded size. `leakline oom` reads without these bounds.
import { readFile } from 'node:fs/promises';
import type { OomEvidence, OomLog } from '../model/oom.ts';
import { findMemoryHierarchy, readCgroupLevels, readCgroupPath, readHostOomKills } from './read-cgroup.ts';
import { readMachineLogs } from './read-kernel-log.ts';

const readingMs = 8000;
/** Of each log, the newest. */
const mostKills = 20;
const mostTasks = 10;

/** Never throws for what may not be read. */
export async function readOomEvidence(
  pid: number,
  nowMs: number,
  signal: AbortSignal | undefined,
): Promise<OomEvidence> {
  const comm = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => undefined);
  const hierarchy = await findMemoryHierarchy();
  const tree = hierarchy.kind === 'captured' ? hierarchy.value : undefined;
  const path = tree === undefined ? undefined : await readCgroupPath(pid, tree);
  const cgroup = path?.kind === 'captured' ? path.value : undefined;
  const levels = tree === undefined || cgroup === undefined ? undefined : await readCgroupLevels(cgroup, tree);
  const own = levels?.kind === 'captured' ? levels.value[0] : undefined;
  const host = await readHostOomKills();
  const hostKills = host.kind === 'captured' ? host.value : undefined;
  const base = {
    subject: { pid, comm: comm?.trim(), cgroup },
    hostKills,
    // The root's counter is the machine's.
    cgroupKills: own === undefined || own.path === '/' ? undefined : own.oomKills,
  };
  if (hostKills === 0) return { ...base, logs: [], gaps: [] };
  const limit = AbortSignal.timeout(readingMs);
  const { logs, gaps } = await readMachineLogs({
    nowMs,
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
  });
  return {
    ...base,
    logs: logs.map(cut),
    gaps: [
      ...gaps.map(({ where, why }) => `${where}: ${why}`),
      ...(limit.aborted
        ? [`the logs were read for ${readingMs / 1000} s only: \`leakline oom ${pid}\` reads all`]
        : []),
    ],
  };
}

function cut(log: OomLog): OomLog {
  return {
    ...log,
    kills: log.kills.slice(-mostKills).map((kill) =>
      kill.table === undefined
        ? kill
        : {
            ...kill,
            table: {
              ...kill.table,
              tasks: kill.table.tasks.filter((task, at) => at < mostTasks || task.pid === kill.pid),
            },
          },
    ),
    unitEvents: log.unitEvents.slice(-mostKills),
  };
}

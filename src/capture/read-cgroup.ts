import path from 'node:path';
import { type Captured, captured, notCaptured } from '../base/captured.ts';
import type { CgroupLevel } from '../model/oom.ts';
import { readText } from './read-text.ts';

/** Where the memory controller's files are. */
export interface MemoryHierarchy {
  readonly version: 1 | 2;
  readonly mountPoint: string;
  /** The cgroup that the mount shows as its top; `/` but for bind mounts into containers. */
  readonly mountRoot: string;
}

/** Deeper trees are not read to their root. */
const mostLevels = 64;
/** v1 writes the largest multiple of a page below 2^63 for "no limit". */
const noLimitBytes = 2 ** 60;

export async function findMemoryHierarchy(procRoot = '/proc'): Promise<Captured<MemoryHierarchy>> {
  const text = await readText(`${procRoot}/self/mountinfo`);
  if (text === undefined) return notCaptured(`${procRoot}/self/mountinfo cannot be read`);
  let unified: MemoryHierarchy | undefined;
  for (const line of text.split('\n')) {
    const [left = '', right = ''] = line.split(' - ', 2);
    const [, , , root, mountPoint] = left.split(' ');
    const [type, , options = ''] = right.split(' ');
    if (root === undefined || mountPoint === undefined) continue;
    const place = { mountRoot: unescapeMount(root), mountPoint: unescapeMount(mountPoint) };
    // A machine may mount both; memory belongs to v1 when v1 has its controller.
    if (type === 'cgroup' && options.split(',').includes('memory')) return captured({ version: 1, ...place });
    if (type === 'cgroup2') unified ??= { version: 2, ...place };
  }
  return unified === undefined
    ? notCaptured('no cgroup file system with the memory controller is mounted')
    : captured(unified);
}

/** The path of a process in the hierarchy; not captured when the process is gone. */
export async function readCgroupPath(
  pid: number | 'self',
  hierarchy: MemoryHierarchy,
  procRoot = '/proc',
): Promise<Captured<string>> {
  const text = await readText(`${procRoot}/${pid}/cgroup`);
  if (text === undefined) return notCaptured(`/proc/${pid}/cgroup cannot be read`);
  for (const line of text.split('\n')) {
    const [, controllers, ...rest] = line.split(':');
    const mine = hierarchy.version === 2 ? controllers === '' : controllers?.split(',').includes('memory');
    if (mine === true) return captured(rest.join(':').replace(/ \(deleted\)$/, ''));
  }
  return notCaptured(`pid ${pid} is in no memory cgroup`);
}

/** From the process's own cgroup to the root; a level without the memory controller is left out. */
export async function readCgroupLevels(
  cgroup: string,
  hierarchy: MemoryHierarchy,
): Promise<Captured<readonly CgroupLevel[]>> {
  const levels: CgroupLevel[] = [];
  let current = cgroup;
  for (let depth = 0; depth < mostLevels; depth++) {
    const directory = directoryOf(current, hierarchy);
    if (directory === undefined) break;
    const level = await readLevel(current, directory, hierarchy.version);
    if (level !== undefined) levels.push(level);
    if (current === '/') break;
    current = path.posix.dirname(current);
  }
  if (levels.length > 0) return captured(levels);
  return notCaptured(
    directoryOf(cgroup, hierarchy) === undefined
      ? `cgroup ${cgroup} lies outside of what is mounted at ${hierarchy.mountPoint}`
      : `cgroup ${cgroup} has no memory files below ${hierarchy.mountPoint} (it is gone, or is the root)`,
  );
}

/** Where the files of a cgroup are; undefined when the mount does not show it. */
export function directoryOf(cgroup: string, hierarchy: MemoryHierarchy): string | undefined {
  const { mountPoint, mountRoot } = hierarchy;
  if (cgroup.split('/').includes('..')) return undefined;
  if (mountRoot === '/') return path.posix.join(mountPoint, cgroup);
  if (cgroup !== mountRoot && !cgroup.startsWith(`${mountRoot}/`)) return undefined;
  return path.posix.join(mountPoint, cgroup.slice(mountRoot.length));
}

/** Kills on the whole machine since it started, of cgroups too (kernel 4.13 and later). */
export async function readHostOomKills(procRoot = '/proc'): Promise<Captured<number>> {
  const text = await readText(`${procRoot}/vmstat`);
  if (text === undefined) return notCaptured('/proc/vmstat cannot be read');
  const match = /^oom_kill (\d+)$/m.exec(text);
  return match === null
    ? notCaptured('/proc/vmstat has no oom_kill: the kernel is older than 4.13')
    : captured(Number(match[1]));
}

async function readLevel(cgroup: string, directory: string, version: 1 | 2): Promise<CgroupLevel | undefined> {
  const file = (name: string): Promise<string | undefined> => readText(`${directory}/memory.${name}`);
  return version === 2 ? readLevel2(cgroup, file) : readLevel1(cgroup, file);
}

type ReadFile = (name: string) => Promise<string | undefined>;

async function readLevel2(cgroup: string, file: ReadFile): Promise<CgroupLevel | undefined> {
  const [max, high, swapMax, current, swapCurrent, peak, stat, events, group] = await Promise.all(
    ['max', 'high', 'swap.max', 'current', 'swap.current', 'peak', 'stat', 'events', 'oom.group'].map(file),
  );
  if (max === undefined && current === undefined) return undefined;
  const stats = tableOf(stat);
  const counts = tableOf(events);
  return {
    path: cgroup,
    version: 2,
    limitBytes: limitOf(max),
    throttleBytes: limitOf(high),
    swapLimitBytes: limitOf(swapMax),
    usageBytes: numberOf(current),
    swapUsageBytes: numberOf(swapCurrent),
    peakBytes: numberOf(peak),
    anonBytes: stats.get('anon'),
    shmemBytes: stats.get('shmem'),
    inactiveFileBytes: stats.get('inactive_file'),
    oomKills: counts.get('oom_kill'),
    limitHits: counts.get('max'),
    killsAsGroup: group === undefined ? undefined : group.trim() === '1',
  };
}

async function readLevel1(cgroup: string, file: ReadFile): Promise<CgroupLevel | undefined> {
  const [max, withSwapMax, usage, withSwap, peak, stat, oom, failcnt] = await Promise.all(
    [
      'limit_in_bytes',
      'memsw.limit_in_bytes',
      'usage_in_bytes',
      'memsw.usage_in_bytes',
      'max_usage_in_bytes',
      'stat',
      'oom_control',
      'failcnt',
    ].map(file),
  );
  if (max === undefined && usage === undefined) return undefined;
  const stats = tableOf(stat);
  const limitBytes = limitOf(max);
  const both = limitOf(withSwapMax);
  const usageBytes = numberOf(usage);
  const bothBytes = numberOf(withSwap);
  return {
    path: cgroup,
    version: 1,
    limitBytes,
    throttleBytes: undefined,
    // v1 limits memory and swap together.
    swapLimitBytes: both === 'none' || both === undefined || typeof limitBytes !== 'number' ? both : both - limitBytes,
    usageBytes,
    swapUsageBytes:
      bothBytes === undefined || usageBytes === undefined ? undefined : Math.max(0, bothBytes - usageBytes),
    peakBytes: numberOf(peak),
    anonBytes: stats.get('total_rss') ?? stats.get('rss'),
    shmemBytes: stats.get('total_shmem') ?? stats.get('shmem'),
    inactiveFileBytes: stats.get('total_inactive_file') ?? stats.get('inactive_file'),
    oomKills: tableOf(oom).get('oom_kill'),
    limitHits: numberOf(failcnt),
    killsAsGroup: undefined,
  };
}

/** Lines of `name value`. */
function tableOf(text: string | undefined): ReadonlyMap<string, number> {
  const table = new Map<string, number>();
  for (const match of (text ?? '').matchAll(/^(\S{1,64}) (\d{1,20})$/gm)) table.set(match[1]!, Number(match[2]));
  return table;
}

function limitOf(text: string | undefined): number | 'none' | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === 'max') return 'none';
  const value = numberOf(text);
  return value !== undefined && value >= noLimitBytes ? 'none' : value;
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined || !/^\d{1,20}\s*$/.test(text) ? undefined : Number(text);
}

/** Space, tab, line break and backslash are written in octal. */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

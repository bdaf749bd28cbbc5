// Which memory cgroup a process is charged to, and memory.stat of it.
// Sources: cgroups(7), proc_pid_mountinfo(5); Documentation/admin-guide/cgroup-v2.rst (`file`, `file_mapped`, `kernel` since
// 5.18) and cgroup-v1/memory.rst (`total_` lines count the descendants).
import { DecodeError } from '../../base/errors.ts';
import type { CgroupMemory } from '../../model/ledger.ts';

export interface CgroupPlace {
  /** As the kernel names it; `/` is the root. */
  readonly path: string;
  /** Where its files are. */
  readonly directory: string;
}

/**
 * From /proc/PID/cgroup and our own /proc/self/mountinfo. undefined when the memory controller is not mounted here, or the
 * group lies outside of what is mounted.
 */
export function findMemoryCgroup(cgroupText: string, mountinfoText: string): CgroupPlace | undefined {
  const groups = [...cgroupText.matchAll(/^\d+:([^:]*):(.*)$/gm)];
  const v1 = groups.find((match) => match[1]!.split(',').includes('memory'));
  const path = (v1 ?? groups.find((match) => match[1] === ''))?.[2];
  if (path === undefined || !path.startsWith('/')) return undefined;
  for (const line of mountinfoText.split('\n')) {
    // `36 31 0:33 /root /mount/point rw,relatime shared:1 - cgroup cgroup rw,memory`
    const match = /^\d+ \d+ \S+ (\S+) (\S+) .*? - (\S+) \S+ (\S+)$/.exec(line);
    if (match === null) continue;
    const isMemory = v1 === undefined ? match[3] === 'cgroup2' : match[3] === 'cgroup' && hasMemory(match[4]!);
    if (!isMemory) continue;
    const below = relativeTo(match[1]!, path);
    if (below !== undefined) return { path, directory: `${unescapeOctal(match[2]!)}${below}` };
  }
  return undefined;
}

/** Throws DecodeError when the text is not a memory.stat. */
export function decodeMemoryStat(text: string, path: string): CgroupMemory {
  const fields = new Map<string, number>();
  for (const match of text.matchAll(/^(\w+) (\d+)$/gm)) fields.set(match[1]!, Number(match[2]));
  if (fields.size === 0) throw new DecodeError('memory-stat', 0, 'lines `name number`');
  const value = (...names: readonly string[]): number | undefined => {
    for (const name of names) {
      const found = fields.get(name);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const parts = ['slab', 'kernel_stack', 'pagetables', 'sec_pagetables', 'percpu', 'sock', 'vmalloc'].flatMap(
    (name) => fields.get(name) ?? [],
  );
  return {
    path,
    anonBytes: value('anon', 'total_rss', 'rss'),
    fileBytes: value('file', 'total_cache', 'cache'),
    fileMappedBytes: value('file_mapped', 'total_mapped_file', 'mapped_file'),
    shmemBytes: value('total_shmem', 'shmem'),
    // Kernels before 5.18 give only the parts; v1 gives none here.
    kernelBytes: value('kernel') ?? (parts.length === 0 ? undefined : parts.reduce((sum, bytes) => sum + bytes, 0)),
    pageTableBytes: value('pagetables'),
  };
}

function hasMemory(options: string): boolean {
  return options.split(',').includes('memory');
}

function relativeTo(root: string, path: string): string | undefined {
  if (root === '/') return path === '/' ? '' : path;
  if (path === root) return '';
  return path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
}

/** mountinfo writes blanks as \040. */
function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

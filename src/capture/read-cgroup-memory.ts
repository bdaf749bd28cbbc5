import { findMemoryCgroup } from '../decode/smaps/decode-cgroup-memory.ts';
import { readText } from './read-text.ts';

export interface CgroupMemoryTexts {
  readonly path: string;
  /** memory.stat, never empty. */
  readonly stat: string;
  /** Bytes of the kernel for it, where version 1 counts them in a file of their own. */
  readonly kernel: string | undefined;
}

/** Undefined for the root, whose numbers are those of the machine, and where nothing may be read. */
export async function readCgroupMemoryTexts(pid: number): Promise<CgroupMemoryTexts | undefined> {
  const [groups, mounts] = await Promise.all([readText(`/proc/${pid}/cgroup`), readText('/proc/self/mountinfo')]);
  const place = groups === undefined || mounts === undefined ? undefined : findMemoryCgroup(groups, mounts);
  if (place === undefined || place.path === '/') return undefined;
  const [stat, kernel] = await Promise.all([
    readText(`${place.directory}/memory.stat`),
    readText(`${place.directory}/memory.kmem.usage_in_bytes`),
  ]);
  return stat === undefined || stat === '' ? undefined : { path: place.path, stat, kernel };
}

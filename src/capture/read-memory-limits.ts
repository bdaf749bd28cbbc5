// Everything that can end the growth of a process on this machine, and what counts against it now: GOMEMLIMIT, the memory
// cgroups up the tree, ulimit -v, the machine.
// Sources: runtime/runtime1.go parseByteCount (GOMEMLIMIT), proc_pid_limits(5), proc_pid_environ(5), proc_meminfo(5).
import { readFile } from 'node:fs/promises';
import type { CgroupLevel, MemoryLimit } from '../model/oom.ts';

export interface ProcessLimits {
  readonly limits: readonly MemoryLimit[];
  /** What could not be read, one clause each. */
  readonly gaps: readonly string[];
}

export async function readMemoryLimits(
  pid: number,
  levels: readonly CgroupLevel[],
  procRoot = '/proc',
): Promise<ProcessLimits> {
  const gaps: string[] = [];
  const read = (file: string): Promise<string | undefined> =>
    readFile(`${procRoot}/${file}`, 'utf8').catch(() => undefined);
  const [environ, ulimits, status, meminfo] = await Promise.all([
    read(`${pid}/environ`),
    read(`${pid}/limits`),
    read(`${pid}/status`),
    read('meminfo'),
  ]);
  const limits: MemoryLimit[] = [];
  const kib = (text: string | undefined, name: string): number | undefined => {
    const match = new RegExp(`^${name}:\\s*(\\d+) kB`, 'm').exec(text ?? '');
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  if (environ === undefined) gaps.push(`GOMEMLIMIT: the environment of pid ${pid} may not be read`);
  const setting = environ
    ?.split('\0')
    .find((one) => one.startsWith('GOMEMLIMIT='))
    ?.slice('GOMEMLIMIT='.length);
  const goLimitBytes = setting === undefined ? undefined : parseGoMemoryLimit(setting);
  if (goLimitBytes !== undefined)
    // Go counts what it has from the system; resident anonymous memory is what /proc has that comes close.
    limits.push({
      kind: 'gomemlimit',
      name: 'GOMEMLIMIT',
      limitBytes: goLimitBytes,
      usedBytes: kib(status, 'RssAnon'),
    });
  limits.push(...cgroupLimits(levels));
  const space = /^Max address space\s+(\d+|unlimited)/m.exec(ulimits ?? '');
  if (space === null) gaps.push(`ulimit -v: /proc/${pid}/limits may not be read`);
  else if (space[1] !== 'unlimited')
    limits.push({
      kind: 'address-space',
      name: 'ulimit -v',
      limitBytes: Number(space[1]),
      usedBytes: kib(status, 'VmSize'),
    });
  const totalBytes = kib(meminfo, 'MemTotal');
  const availableBytes = kib(meminfo, 'MemAvailable');
  if (totalBytes === undefined) gaps.push('host memory: /proc/meminfo cannot be read');
  else {
    const swapBytes = kib(meminfo, 'SwapTotal') ?? 0;
    const swapFreeBytes = kib(meminfo, 'SwapFree') ?? 0;
    limits.push({
      kind: 'host',
      name: swapBytes > 0 ? 'host memory and swap' : 'host memory',
      limitBytes: totalBytes + swapBytes,
      usedBytes: availableBytes === undefined ? undefined : totalBytes - availableBytes + swapBytes - swapFreeBytes,
    });
  }
  return { limits, gaps };
}

/** The levels that have a limit; what the kernel can drop at once does not count as used. */
export function cgroupLimits(levels: readonly CgroupLevel[]): MemoryLimit[] {
  return levels.flatMap((level) =>
    typeof level.limitBytes !== 'number'
      ? []
      : [
          {
            kind: 'cgroup' as const,
            name: `cgroup ${level.path}`,
            limitBytes: level.limitBytes,
            usedBytes:
              level.usageBytes === undefined
                ? undefined
                : Math.max(0, level.usageBytes - (level.inactiveFileBytes ?? 0)),
          },
        ],
  );
}

const unitBytes: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** As Go reads it; undefined for `off`, and for what Go refuses. */
export function parseGoMemoryLimit(text: string): number | undefined {
  const match = /^(\d{1,19})(B|KiB|MiB|GiB|TiB)?$/.exec(text);
  if (match === null) return undefined;
  const bytes = Number(match[1]) * unitBytes[match[2] ?? 'B']!;
  return bytes > 0 && bytes < 2 ** 60 ? bytes : undefined;
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { directoryOf, findMemoryHierarchy, readCgroupLevels, readCgroupPath, readHostOomKills } from './read-cgroup.ts';
import { cgroupLimits, parseGoMemoryLimit, readMemoryLimits } from './read-memory-limits.ts';
import { readOomCandidates } from './read-oom-candidates.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'leakline-cgroup-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Files as the kernel would show them; `SYS` in a text stands for where they are mounted. */
function draw(name: string, files: Readonly<Record<string, string>>): string {
  const top = path.join(root, name);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(top, file)), { recursive: true });
    writeFileSync(path.join(top, file), text.replaceAll('SYS', path.join(top, 'sys')));
  }
  return top;
}

const v2 = () =>
  draw('v2', {
    'proc/self/mountinfo': '30 23 0:26 / SYS rw,nosuid - cgroup2 cgroup2 rw\n',
    'proc/42/cgroup': '0::/app.slice/svc.service\n',
    'sys/app.slice/memory.max': '1073741824\n',
    'sys/app.slice/memory.high': '900000000\n',
    'sys/app.slice/memory.current': '500000000\n',
    'sys/app.slice/memory.events': 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 3\noom_group_kill 0\n',
    'sys/app.slice/svc.service/memory.max': 'max\n',
    'sys/app.slice/svc.service/memory.high': 'max\n',
    'sys/app.slice/svc.service/memory.swap.max': '0\n',
    'sys/app.slice/svc.service/memory.current': '400000000\n',
    'sys/app.slice/svc.service/memory.peak': '450000000\n',
    'sys/app.slice/svc.service/memory.stat': 'anon 300000000\nfile 90000000\nshmem 1000\ninactive_file 80000000\n',
    'sys/app.slice/svc.service/memory.events': 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 1\n',
    'sys/app.slice/svc.service/memory.oom.group': '1\n',
  });

async function levelsOf(top: string, pid: number) {
  const hierarchy = await findMemoryHierarchy(`${top}/proc`);
  if (hierarchy.kind !== 'captured') throw new Error(hierarchy.why);
  const cgroup = await readCgroupPath(pid, hierarchy.value, `${top}/proc`);
  if (cgroup.kind !== 'captured') throw new Error(cgroup.why);
  return {
    hierarchy: hierarchy.value,
    cgroup: cgroup.value,
    levels: await readCgroupLevels(cgroup.value, hierarchy.value),
  };
}

describe('reading memory cgroups', () => {
  it('reads v2 up the tree; a file that is missing is not zero, and "max" is no limit', async () => {
    const { levels, cgroup } = await levelsOf(v2(), 42);
    expect(cgroup).toBe('/app.slice/svc.service');
    expect(levels.kind === 'captured' && levels.value).toEqual([
      {
        path: '/app.slice/svc.service',
        version: 2,
        limitBytes: 'none',
        throttleBytes: 'none',
        swapLimitBytes: 0,
        usageBytes: 400000000,
        swapUsageBytes: undefined,
        peakBytes: 450000000,
        anonBytes: 300000000,
        shmemBytes: 1000,
        inactiveFileBytes: 80000000,
        oomKills: 1,
        limitHits: 0,
        killsAsGroup: true,
      },
      {
        path: '/app.slice',
        version: 2,
        limitBytes: 1073741824,
        throttleBytes: 900000000,
        swapLimitBytes: undefined,
        usageBytes: 500000000,
        swapUsageBytes: undefined,
        peakBytes: undefined,
        anonBytes: undefined,
        shmemBytes: undefined,
        inactiveFileBytes: undefined,
        oomKills: 3,
        limitHits: 12,
        killsAsGroup: undefined,
      },
    ]);
  });

  it('reads v1, where memory has a mount of its own, seen from a container', async () => {
    const top = draw('v1', {
      'proc/self/mountinfo':
        '29 23 0:25 / /nowhere rw - cgroup2 cgroup2 rw\n35 31 0:32 /docker/abc SYS rw master:9 - cgroup cgroup rw,memory\n',
      'proc/7/cgroup': '9:name=systemd:/docker/abc\n4:memory,hugetlb:/docker/abc/in\n0::/x\n',
      'sys/memory.limit_in_bytes': '9223372036854771712\n',
      'sys/memory.usage_in_bytes': '9000\n',
      'sys/in/memory.limit_in_bytes': '125829120\n',
      'sys/in/memory.memsw.limit_in_bytes': '225829120\n',
      'sys/in/memory.usage_in_bytes': '24637440\n',
      'sys/in/memory.memsw.usage_in_bytes': '24638440\n',
      'sys/in/memory.max_usage_in_bytes': '125829120\n',
      'sys/in/memory.failcnt': '47\n',
      'sys/in/memory.stat': 'cache 5\nrss 6\ninactive_file 4\ntotal_rss 60\ntotal_inactive_file 40\n',
      'sys/in/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 1\n',
    });
    const { levels, hierarchy } = await levelsOf(top, 7);
    expect(levels.kind === 'captured' && levels.value).toMatchObject([
      {
        path: '/docker/abc/in',
        version: 1,
        limitBytes: 125829120,
        swapLimitBytes: 100000000,
        swapUsageBytes: 1000,
        anonBytes: 60,
        inactiveFileBytes: 40,
        oomKills: 1,
        limitHits: 47,
      },
      { path: '/docker/abc', limitBytes: 'none', oomKills: undefined },
    ]);
    expect((await readCgroupLevels('/docker/other', hierarchy)).kind).toBe('not-captured');
  });

  it('stays inside of the mount', async () => {
    const { hierarchy } = await levelsOf(v2(), 42);
    expect(directoryOf('/../../etc', hierarchy)).toBeUndefined();
  });

  it('says why when there is nothing to read', async () => {
    const top = draw('none', { 'proc/self/mountinfo': '22 27 0:21 / /proc rw - proc proc rw\n' });
    expect(await findMemoryHierarchy(`${top}/proc`)).toEqual({
      kind: 'not-captured',
      why: 'no cgroup file system with the memory controller is mounted',
    });
    const { hierarchy } = await levelsOf(v2(), 42);
    expect(await readCgroupPath(99, hierarchy, `${top}/proc`)).toMatchObject({ kind: 'not-captured' });
    expect(await readCgroupLevels('/gone/deep', { ...hierarchy, mountPoint: '/nonexistent' })).toMatchObject({
      kind: 'not-captured',
    });
    expect(await readHostOomKills(`${top}/proc`)).toMatchObject({ kind: 'not-captured' });
  });
});

describe('reading the limits of a process', () => {
  it('finds all four kinds, and what counts against each', async () => {
    const top = draw('limits', {
      'proc/5/environ': 'A=b\0GOMEMLIMIT=100MiB\0',
      'proc/5/limits':
        'Limit  Soft Limit  Hard Limit  Units\nMax address space         4294967296           unlimited            bytes\n',
      'proc/5/status': 'Name:\tsvc\nVmSize:\t 2000 kB\nRssAnon:\t 300 kB\n',
      'proc/meminfo': 'MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\nSwapTotal: 100 kB\nSwapFree: 90 kB\n',
    });
    const { levels } = await levelsOf(v2(), 42);
    const { limits, gaps } = await readMemoryLimits(5, levels.kind === 'captured' ? levels.value : [], `${top}/proc`);
    expect(gaps).toEqual([]);
    expect(limits).toEqual([
      { kind: 'gomemlimit', name: 'GOMEMLIMIT', limitBytes: 100 << 20, usedBytes: 300 << 10 },
      { kind: 'cgroup', name: 'cgroup /app.slice', limitBytes: 1 << 30, usedBytes: 500000000 },
      { kind: 'address-space', name: 'ulimit -v', limitBytes: 4294967296, usedBytes: 2000 << 10 },
      { kind: 'host', name: 'host memory and swap', limitBytes: 1100 << 10, usedBytes: 610 << 10 },
    ]);
  });

  it('says what it may not read', async () => {
    const top = draw('empty', { 'proc/5/status': 'Name:\tsvc\n' });
    const { limits, gaps } = await readMemoryLimits(5, [], `${top}/proc`);
    expect(limits).toEqual([]);
    expect(gaps).toHaveLength(3);
  });

  it('does not count cache that the kernel can drop at once', () => {
    const level = { limitBytes: 100, usageBytes: 90, inactiveFileBytes: 60, path: '/a' };
    expect(cgroupLimits([{ ...level } as never])).toMatchObject([{ usedBytes: 30, limitBytes: 100 }]);
  });

  it.each([
    ['512MiB', 512 * 2 ** 20],
    ['1TiB', 2 ** 40],
    ['4096', 4096],
    ['off', undefined],
    ['9223372036854775807', undefined],
    ['1GB', undefined],
    ['', undefined],
  ])('reads GOMEMLIMIT=%s as Go does', (text, bytes) => {
    expect(parseGoMemoryLimit(text)).toBe(bytes);
  });
});

describe('reading candidates of the OOM killer', () => {
  it.skipIf(process.platform !== 'linux')('finds this very process, and no kernel threads', async () => {
    const candidates = await readOomCandidates(undefined);
    const self = candidates.find((one) => one.pid === process.pid);
    expect(self?.rssBytes).toBeGreaterThan(10_000_000);
    expect(self?.score).toBeGreaterThanOrEqual(0);
    expect(self?.scoreAdj).toBeDefined();
    expect(candidates.every((one) => one.rssBytes !== undefined)).toBe(true);
  });
});

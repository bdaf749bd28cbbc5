import { describe, expect, it } from 'vitest';
import type { OomCandidate, OomKill, OomLog, OomMemory, OomTask } from '../model/oom.ts';
import { holderOf, killFrequency, matchKill, matchUnitEvent, mergeOomLogs, rankNextVictims } from './oom-evidence.ts';

const mib = 1 << 20;
const unknownMemory: OomMemory = {
  usageBytes: undefined,
  limitBytes: undefined,
  limitHits: undefined,
  anonBytes: undefined,
  cacheBytes: undefined,
  shmemBytes: undefined,
  kernelBytes: undefined,
  swapBytes: undefined,
};

const kill = (more: Partial<OomKill> = {}): OomKill => ({
  atMs: 1_000_000,
  sinceBootMs: undefined,
  hostname: undefined,
  pid: 7,
  comm: 'svc',
  uid: 0,
  constraint: 'cgroup',
  cgroup: '/pod/a',
  limitCgroup: '/pod',
  memory: unknownMemory,
  totalVmBytes: 900 * mib,
  anonRssBytes: 10 * mib,
  fileRssBytes: 0,
  shmemRssBytes: 0,
  pageTableBytes: undefined,
  scoreAdj: 0,
  score: undefined,
  asGroup: false,
  trigger: undefined,
  table: undefined,
  pageBytes: 4096,
  reaped: false,
  sources: ['dmesg'],
  ...more,
});

/** `7 svc 10, 8 db 80`: pid, name, MiB resident. */
function table(rows: string, scoreAdj = 0): OomKill['table'] {
  const tasks = rows.split(', ').map((row): OomTask => {
    const [pid, comm, size] = row.split(' ');
    const rssPages = (Number(size) * mib) / 4096;
    return {
      pid: Number(pid),
      uid: 0,
      comm: comm!,
      totalVmPages: 1,
      rssPages,
      anonPages: undefined,
      shmemPages: undefined,
      swapPages: 0,
      scoreAdj,
    };
  });
  return { tasks, taskCount: tasks.length, rssPagesSum: tasks.reduce((sum, task) => sum + task.rssPages, 0) };
}

const memory = (more: Partial<OomMemory>): OomMemory => ({ ...unknownMemory, usageBytes: 100 * mib, ...more });
const log = (source: string, kills: readonly OomKill[]): OomLog => ({
  source,
  lines: 1,
  kills: kills.map((one) => ({ ...one, sources: [source] })),
  killCount: kills.length,
  unitEvents: [],
  firstMs: undefined,
  lastMs: undefined,
  warnings: [],
});

describe('holderOf', () => {
  it.each([
    ['the victim', kill({ memory: memory({}), table: table('7 svc 80, 8 db 15') }), 'victim', 7, 0.8],
    ['another process', kill({ memory: memory({}), table: table('7 svc 10, 8 db 80') }), 'other-process', 8, 0.8],
    [
      'many of one name',
      kill({ memory: memory({}), table: table('7 svc 10, 1 w 20, 2 w 20, 3 w 20') }),
      'processes',
      undefined,
      0.6,
    ],
    ['nobody alone', kill({ memory: memory({}), table: table('7 svc 30, 8 db 30, 9 x 30') }), 'spread', 7, 0.3],
    [
      'files in tmpfs',
      kill({ memory: memory({ shmemBytes: 85 * mib }), table: table('7 svc 10') }),
      'shared-memory',
      undefined,
      0.85,
    ],
    [
      'the kernel',
      kill({ memory: memory({ kernelBytes: 60 * mib }), table: table('7 svc 10') }),
      'kernel',
      undefined,
      0.6,
    ],
    ['the victim, from its own line', kill({ memory: memory({}), anonRssBytes: 95 * mib }), 'victim', 7, 0.95],
  ] as const)('finds %s', (_, one, kind, pid, share) => {
    const holder = holderOf(one);
    expect(holder.kind).toBe(kind);
    expect(holder.pid).toBe(pid);
    expect(holder.share).toBeCloseTo(share, 2);
  });

  it('does not guess without a report', () => {
    expect(holderOf(kill()).kind).toBe('unknown');
    expect(holderOf(kill({ anonRssBytes: undefined, fileRssBytes: undefined, shmemRssBytes: undefined }))).toEqual({
      kind: 'unknown',
      text: 'the log has no report on the memory of the processes',
    });
  });

  it('says why the largest process was not the one that was killed', () => {
    const spared = kill({ memory: memory({}), table: table('7 svc 10, 8 db 80', -1000) });
    expect(holderOf(spared).text).toContain('oom_score_adj -1000 forbids to kill it');
  });
});

describe('mergeOomLogs', () => {
  it('keeps a kill that two logs tell of once, with what either says', () => {
    const dmesg = kill({ sinceBootMs: 5000, table: table('7 svc 10') });
    const syslog = kill({ atMs: 1_000_900, hostname: 'web1', cgroup: undefined, limitCgroup: undefined });
    for (const logs of [
      [log('dmesg', [dmesg]), log('kern.log', [syslog])],
      [log('kern.log', [syslog]), log('dmesg', [dmesg])],
    ]) {
      const merged = mergeOomLogs(logs);
      expect(merged.killCount).toBe(1);
      expect(merged.kills[0]).toMatchObject({ atMs: 1_000_900, hostname: 'web1', sinceBootMs: 5000, cgroup: '/pod/a' });
      expect(merged.kills[0]!.table).toBeDefined();
      expect([...merged.kills[0]!.sources].sort()).toEqual(['dmesg', 'kern.log']);
    }
  });

  it('keeps kills apart that differ in size, in time or in host, and two alike of one log', () => {
    const one = kill();
    expect(mergeOomLogs([log('a', [one]), log('b', [kill({ anonRssBytes: 11 * mib })])]).killCount).toBe(2);
    expect(mergeOomLogs([log('a', [one]), log('b', [kill({ atMs: 9_000_000 })])]).killCount).toBe(2);
    expect(mergeOomLogs([log('a', [kill({ hostname: 'x' })]), log('b', [kill({ hostname: 'y' })])]).killCount).toBe(2);
    expect(mergeOomLogs([log('a', [one, one]), log('b', [one, one])]).killCount).toBe(2);
  });

  it('puts the newest first', () => {
    const merged = mergeOomLogs([
      log('a', [kill({ pid: 1, atMs: 5 }), kill({ pid: 2, atMs: 9 }), kill({ pid: 3, atMs: undefined })]),
    ]);
    expect(merged.kills.map((one) => one.pid)).toEqual([2, 1, 3]);
  });
});

describe('matchKill', () => {
  const id = 'b27201334a41cd0749d053b18378d7ea';
  const contained = kill({ cgroup: `/kubepods.slice/docker-${id}.scope`, limitCgroup: '/kubepods.slice' });
  it.each([
    ['a pid that is dead', kill(), { label: '', pid: 7 }, 'pid'],
    [
      'a pid that lives on, which is another process',
      kill({ comm: 'old' }),
      { label: '', pid: 7, alive: true, comm: 'svc' },
      undefined,
    ],
    ['an earlier start of the same program', kill(), { label: '', pid: 9, alive: true, comm: 'svc' }, 'name'],
    [
      'no container that runs a program of the same name, when another one is asked for',
      kill({ cgroup: `/docker/${id}${id}` }),
      { label: '', pid: 9, alive: true, comm: 'svc', containerId: id.replace('b', 'c').repeat(2) },
      undefined,
    ],
    [
      'no process of the same name in another container',
      kill({ cgroup: `/docker/${id}${id}` }),
      { label: '', pid: 9, alive: true, comm: 'svc', cgroup: `/docker/${id.replace('b', 'c').repeat(2)}` },
      undefined,
    ],
    [
      'an earlier container of the same pod',
      kill({ cgroup: `/kubepods/pod6e1c2d3f-0a1b-4c5d-8e9f-001122334455/${id}${id}` }),
      {
        label: '',
        pid: 9,
        alive: true,
        comm: 'svc',
        cgroup: `/kubepods/pod6e1c2d3f-0a1b-4c5d-8e9f-001122334455/${id.replace('b', 'c').repeat(2)}`,
      },
      'name',
    ],
    [
      'a pod by its uid, as systemd spells it',
      kill({ cgroup: '/kubepods.slice/kubepods-pod6e1c2d3f_0a1b_4c5d_8e9f_001122334455.slice/cri-containerd-1.scope' }),
      { label: '', podUid: '6e1c2d3f-0a1b-4c5d-8e9f-001122334455' },
      'container',
    ],
    ['a container by its id', contained, { label: '', containerId: id.slice(0, 12) }, 'container'],
    ['a unit', kill({ cgroup: '/system.slice/web.service' }), { label: '', unit: 'web.service' }, 'unit'],
    [
      'no unit whose name only begins so',
      kill({ cgroup: '/system.slice/web.service2' }),
      { label: '', unit: 'web.service' },
      undefined,
    ],
    ['a cgroup below', kill(), { label: '', cgroup: '/pod' }, 'cgroup'],
    ['not the root, which holds everything', kill(), { label: '', cgroup: '/' }, undefined],
    ['a name that the kernel cut', kill({ comm: 'AdsNewStatServe' }), { label: '', word: 'AdsNewStatServer' }, 'name'],
    ['a stranger', kill(), { label: '', pid: 8 }, undefined],
  ] as const)('knows %s', (_, one, subject, by) => {
    expect(matchKill(one, subject)).toBe(by);
  });

  it('knows the unit of a journal entry', () => {
    const event = { atMs: 1, hostname: undefined, unit: 'web.service', by: 'kernel', text: '', source: 'j' } as const;
    expect(matchUnitEvent(event, { label: '', unit: 'web.service' })).toBe(true);
    expect(matchUnitEvent(event, { label: '', unit: 'b.service' })).toBe(false);
    expect(matchUnitEvent(event, { label: '', pid: 4 })).toBe(false);
  });
});

describe('killFrequency', () => {
  it('says how often, and counts a group once', () => {
    const at = (atMs: number, asGroup = false) => kill({ atMs, asGroup });
    expect(killFrequency([at(100), at(100, true), at(400), at(200)])).toEqual({
      count: 3,
      firstMs: 100,
      lastMs: 400,
      medianIntervalMs: 200,
    });
    expect(killFrequency([kill({ atMs: undefined })])).toBeUndefined();
    expect(killFrequency([at(5)])?.medianIntervalMs).toBeUndefined();
  });
});

describe('rankNextVictims', () => {
  const candidate = (pid: number, rssMib: number, more: Partial<OomCandidate> = {}): OomCandidate => ({
    pid,
    comm: `p${pid}`,
    score: 700,
    scoreAdj: 0,
    rssBytes: rssMib * mib,
    swapBytes: 0,
    pageTableBytes: 0,
    cgroup: '/pod/a',
    ...more,
  });

  it('orders as the kernel does: memory, moved by oom_score_adj of the limit; -1000 never', () => {
    const ranked = rankNextVictims(
      [
        candidate(2, 50),
        candidate(3, 10, { scoreAdj: 450 }),
        candidate(4, 90, { scoreAdj: -1000 }),
        candidate(5, 40, { swapBytes: 20 * mib }),
      ],
      { cgroup: '/pod', limitBytes: 100 * mib },
    );
    expect(ranked.map((one) => [one.rank, one.pid, one.weightBytes / mib])).toEqual([
      [1, 5, 60],
      [2, 3, 55],
      [3, 2, 50],
    ]);
    expect(ranked.find((one) => one.pid === 3)!.why).toBe(
      '10.0 MiB, 10 % of the limit; oom_score_adj 450 counts as 45.0 MiB more',
    );
    expect(ranked[0]!.why).toBe('the largest, 60.0 MiB, 60 % of the limit');
  });

  it('looks at the processes of the cgroup only, and on the machine never at pid 1', () => {
    const all = [candidate(1, 500, { cgroup: '/' }), candidate(2, 50), candidate(3, 90, { cgroup: '/podx' })];
    expect(rankNextVictims(all, { cgroup: '/pod', limitBytes: mib }).map((one) => one.pid)).toEqual([2]);
    expect(rankNextVictims(all, { cgroup: undefined, limitBytes: mib }).map((one) => one.pid)).toEqual([3, 2]);
  });
});

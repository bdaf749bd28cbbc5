import { describe, expect, it } from 'vitest';
import { createKernelLogDecoder, decodeKernelLog } from './decode-kernel-log.ts';

const at = Date.UTC(2026, 10, 23, 12);
const read = (text: string, bootMs?: number) =>
  decodeKernelLog(text, { source: 'log', referenceMs: at, ...(bootMs === undefined ? {} : { bootMs }) });

/** Kernel 6.18, v1, a limit of 120 MiB; the middle of the call trace is left out. */
const v618 = `[ 2563.417053] oomleak invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[ 2563.417081] CPU: 1 UID: 0 PID: 3157 Comm: oomleak Not tainted 6.18.44 #1 PREEMPT(none) 
[ 2563.417226] Call Trace:
[ 2563.417710]  <TASK>
[ 2563.417766]  dump_stack_lvl+0x57/0x80
[ 2563.420067] RIP: 0033:0x48fa1c
[ 2563.420128]  </TASK>
[ 2563.420175] memory: usage 122880kB, limit 122880kB, failcnt 46
[ 2563.420177] memory+swap: usage 122880kB, limit 9007199254740988kB, failcnt 0
[ 2563.420179] kmem: usage 408kB, limit 9007199254740988kB, failcnt 0
[ 2563.420180] Memory cgroup stats for /leaktest:
[ 2563.422132] cache 0
[ 2563.422136] rss 125411328
[ 2563.422138] shmem 0
[ 2563.422157] total_cache 0
[ 2563.422158] total_rss 125411328
[ 2563.422158] total_shmem 0
[ 2563.422258] Tasks state (memory values in pages):
[ 2563.422260] [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
[ 2563.422263] [   3154]     0  3154   322850    30887    30592      295         0   331776        0             0 oomleak
[ 2563.422289] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/leaktest,task_memcg=/leaktest,task=oomleak,pid=3154,uid=0
[ 2563.422336] Memory cgroup out of memory: Killed process 3154 (oomleak) total-vm:1291400kB, anon-rss:122368kB, file-rss:1180kB, shmem-rss:0kB, UID:0 pgtables:324kB oom_score_adj:0
`;

/** RHEL 7: two levels of cgroups, and the victim is not the task that was chosen. */
const v310 = `java invoked oom-killer: gfp_mask=0xd0, order=0, oom_score_adj=-998
java cpuset=1e479e mems_allowed=0
CPU: 9 PID: 14881 Comm: java Tainted: G    B          ------------ T 3.10.0-327.4.5.el7.x86_64 #1
Task in /kubepods/pod95/6895 killed as a result of limit of /kubepods/pod95
memory: usage 524288kB, limit 524288kB, failcnt 3028
memory+swap: usage 1048576kB, limit 9007199254740988kB, failcnt 0
kmem: usage 0kB, limit 9007199254740988kB, failcnt 0
Memory cgroup stats for /kubepods/pod95: cache:0KB rss:0KB rss_huge:0KB mapped_file:0KB swap:0KB inactive_anon:0KB active_anon:0KB
Memory cgroup stats for /kubepods/pod95/6895: cache:32KB rss:524188KB rss_huge:370688KB mapped_file:0KB swap:524356KB inactive_anon:267804KB
[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name
[28430]     0 28430      242        1       4        0          -998 pause
[28438]     0 28438  5063909   119961    1661   136409          -998 java
Memory cgroup out of memory: Kill process 24572 (java) score 968 or sacrifice child
Killed process 28438 (java), UID 0, total-vm:20255636kB, anon-rss:466160kB, file-rss:13684kB
`;

/** 5.4, the machine's memory. */
const global54 = `[  100.000001] node invoked oom-killer: gfp_mask=0x100cca(GFP_HIGHUSER_MOVABLE), nodemask=(null),  order=0, oom_score_adj=0
[  100.000002] CPU: 0 PID: 2100 Comm: node Not tainted 5.4.0-77-generic #86-Ubuntu
[  100.000003] Mem-Info:
[  100.000004] active_anon:450000 inactive_anon:2000 isolated_anon:0
                active_file:10 inactive_file:20 isolated_file:0
                unevictable:0 dirty:0 writeback:0 unstable:0
                slab_reclaimable:3000 slab_unreclaimable:4000
                mapped:10 shmem:100 pagetables:3000 bounce:0
                free:12000 free_pcp:0 free_cma:0
[  100.000005] Node 0 active_anon:1800000kB inactive_anon:8000kB active_file:40kB
[  100.000006] 524158 pages RAM
[  100.000007] Tasks state (memory values in pages):
[  100.000008] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[  100.000009] [    401]     0   401     9000      200   100000        0         -1000 sshd
[  100.000010] [   2092]     0  2092   636502   416639 39026688        0             0 npm start
[  100.000011] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/system.slice/pm2-root.service,task=npm start,pid=2092,uid=0
[  100.000012] Out of memory: Killed process 2092 (npm start) total-vm:2546008kB, anon-rss:1665620kB, file-rss:936kB, shmem-rss:0kB, UID:0 pgtables:38112kB oom_score_adj:0
[  100.100000] oom_reaper: reaped process 2092 (npm start), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB
`;

describe('decodeKernelLog', () => {
  it('reads a kill in a cgroup of kernel 6.18: victim, limit, task table and the code that touched the memory', () => {
    const log = read(v618, 1_000_000);
    expect(log.killCount).toBe(1);
    expect(log.kills[0]).toMatchObject({
      atMs: 1_000_000 + 2_563_422.336,
      pid: 3154,
      comm: 'oomleak',
      uid: 0,
      constraint: 'cgroup',
      cgroup: '/leaktest',
      limitCgroup: '/leaktest',
      memory: {
        usageBytes: 125829120,
        limitBytes: 125829120,
        limitHits: 46,
        anonBytes: 125411328,
        kernelBytes: 417792,
      },
      anonRssBytes: 122368 * 1024,
      pageTableBytes: 324 * 1024,
      scoreAdj: 0,
      asGroup: false,
      trigger: { comm: 'oomleak', tid: 3157, gfpMask: 'GFP_KERNEL', order: 0, scoreAdj: 0, userPc: '0x48fa1c' },
      table: {
        taskCount: 1,
        rssPagesSum: 30887,
        tasks: [{ pid: 3154, comm: 'oomleak', totalVmPages: 322850, anonPages: 30592, swapPages: 0 }],
      },
      pageBytes: 4096,
      reaped: false,
      sources: ['log'],
    });
  });

  it('has no moment for a log that counts from the boot of an unknown machine', () => {
    const kill = read(v618).kills[0]!;
    expect(kill.atMs).toBeUndefined();
    expect(kill.sinceBootMs).toBeCloseTo(2_563_422.336, 3);
  });

  it('reads RHEL 7: the killed one, not the chosen one; the statistics of all cgroups below added up', () => {
    const [kill] = read(v310).kills;
    expect(kill).toMatchObject({
      pid: 28438,
      constraint: 'cgroup',
      cgroup: '/kubepods/pod95/6895',
      limitCgroup: '/kubepods/pod95',
      score: 968,
      memory: { limitBytes: 536870912, anonBytes: 524188 * 1024, swapBytes: 524356 * 1024 },
      anonRssBytes: 466160 * 1024,
      shmemRssBytes: undefined,
      pageTableBytes: undefined,
      scoreAdj: -998,
      trigger: { comm: 'java', gfpMask: '0xd0', scoreAdj: -998 },
    });
    expect(kill!.table!.tasks.map((task) => task.pid)).toEqual([28438, 28430]);
  });

  it('reads a kill for the machine: its memory from Mem-Info, names with spaces, the reaper', () => {
    expect(read(global54).kills[0]).toMatchObject({
      comm: 'npm start',
      constraint: 'host',
      cgroup: '/system.slice/pm2-root.service',
      limitCgroup: undefined,
      memory: {
        limitBytes: 524158 * 4096,
        usageBytes: (524158 - 12000) * 4096,
        anonBytes: 452000 * 4096,
        shmemBytes: 100 * 4096,
        kernelBytes: 10000 * 4096,
      },
      reaped: true,
    });
  });

  it.each([
    [
      '4.x',
      'Killed process 18177 (palo_be), UID 0, total-vm:70347780kB, anon-rss:45563572kB, file-rss:0kB, shmem-rss:0kB',
      undefined,
    ],
    [
      '5.3',
      'Out of memory: Killed process 3035 (oomprocs) total-vm:1056800kB, anon-rss:8kB, file-rss:4kB, shmem-rss:0kB',
      'host',
    ],
    ['3.10', 'Killed process 31357 (sh) total-vm:5400kB, anon-rss:252kB, file-rss:4kB', undefined],
    [
      'self',
      'Out of memory (oom_kill_allocating_task): Killed process 7 (a) b) total-vm:1kB, anon-rss:8kB, file-rss:4kB, shmem-rss:0kB, UID:5 pgtables:38108kB oom_score_adj:-7',
      'host',
    ],
  ])('reads a line of %s that stands alone', (_, line, constraint) => {
    const [kill] = read(line).kills;
    expect(kill).toMatchObject({ constraint, table: undefined, memory: { limitBytes: undefined } });
    expect(kill!.anonRssBytes).toBeGreaterThan(0);
  });

  it('does not lend the report of one kill to the next one, whose report was held back', () => {
    const next = v618.split('\n').at(-2)!.replace('3154', '9');
    expect(read(v618 + next).kills.map((kill) => [kill.pid, kill.memory.limitBytes])).toEqual([
      [3154, 125829120],
      [9, undefined],
    ]);
  });

  it('knows the kills of memory.oom.group, each process once', () => {
    const last = v618.split('\n').at(-2)!;
    const text = `${v618}[ 2563.5] x
Tasks in /leaktest are going to be killed due to memory.oom.group set
${last}
${last.replace('3154', '3160')}
`;
    expect(read(text).kills.map((kill) => [kill.pid, kill.asGroup, kill.limitCgroup])).toEqual([
      [3154, false, '/leaktest'],
      [3160, true, '/leaktest'],
    ]);
  });

  it('learns the page size from the victim: 64 KiB on some arm64', () => {
    const text = v618.replace('322850    30887    30592', '20178    1912    1912');
    expect(read(text).kills[0]!.pageBytes).toBe(65536);
  });

  it('keeps reports of several hosts in one stream apart', () => {
    const [a, b] = [v310, v310.replaceAll('28438', '77').replaceAll('pod95', 'pod96')].map((text, host) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => `Nov 22 22:01:45 host${host} kernel: ${line}`),
    );
    const mixed = a!.flatMap((line, index) => [line, b![index]!]).join('\n');
    expect(read(mixed).kills.map((kill) => [kill.hostname, kill.pid, kill.limitCgroup])).toEqual([
      ['host0', 28438, '/kubepods/pod95'],
      ['host1', 77, '/kubepods/pod96'],
    ]);
  });

  it('reads what systemd and systemd-oomd say', () => {
    const { unitEvents } =
      read(`Feb 08 00:40:07 h systemd[1]: erigon.service: A process of this unit has been killed by the OOM killer.
Feb 08 00:40:07 h systemd[1]: erigon.service: Main process exited, code=killed, status=9/KILL
Feb 08 00:40:07 h systemd[1]: erigon.service: Failed with result 'oom-kill'.
Feb 08 00:40:08 h systemd-oomd[840]: Killed /user.slice/vte.scope due to memory pressure for /user.slice being 51.07% > 50.00% for > 20s with reclaim activity
Feb 08 00:40:08 h systemd[1]: vte.scope: systemd-oomd killed 12 process(es) in this unit.
`);
    expect(unitEvents.map(({ unit, by }) => [unit, by])).toEqual([
      ['erigon.service', 'kernel'],
      ['erigon.service', 'kernel'],
      ['/user.slice/vte.scope', 'systemd-oomd'],
      ['vte.scope', 'systemd-oomd'],
    ]);
    expect(unitEvents[0]!.atMs).toBe(Date.UTC(2026, 1, 8, 0, 40, 7));
  });

  it('reads dmesg --json, in which a message is a line of an object', () => {
    const objects = v618
      .trimEnd()
      .split('\n')
      .map(
        (line) =>
          `{\n         "pri": 3,\n         "time":  2563.422336,\n         "msg": ${JSON.stringify(line.slice(15))}\n      }`,
      );
    const [kill] = read(`{\n   "dmesg": [\n      ${objects.join(',')}\n   ]\n}\n`).kills;
    const { atMs: _, sinceBootMs, ...rest } = read(v618).kills[0]!;
    expect(kill).toMatchObject(rest);
    expect(kill!.sinceBootMs).toBeCloseTo(sinceBootMs!, 3);
    expect(
      read(
        '"time": "2026-11-22T22:01:45,5+00:00",\n"msg": "Killed process 9 (svc) total-vm:1kB, anon-rss:1kB, file-rss:0kB"',
      ).kills[0],
    ).toMatchObject({ pid: 9, atMs: Date.UTC(2026, 10, 22, 22, 1, 45, 500) });
  });

  it('believes the kernel only: what another program prints is no kill', () => {
    const line = v618.trimEnd().split('\n').at(-1)!.slice(15);
    expect(read(`Nov 22 22:01:45 host app[7]: ${line}`).kills).toEqual([]);
    expect(read(`Nov 22 22:01:45 host kernel: ${line}`).kills).toHaveLength(1);
  });

  it('says when the kernel found nothing to kill', () => {
    expect(read('[    1.000000] Out of memory and no killable processes...').warnings[0]).toMatch(/no killable/);
  });

  it('gives the same from pieces of any length', () => {
    const text = `${v618}${v310}${global54}`;
    const whole = read(text);
    for (const size of [1, 7, 100, 1000]) {
      const decoder = createKernelLogDecoder({ source: 'log', referenceMs: at });
      for (let from = 0; from < text.length; from += size) decoder.push(text.slice(from, from + size));
      expect(decoder.finish().kills, `pieces of ${size}`).toEqual(whole.kills);
    }
  });

  it('stays bounded: a line without end, a million kills, a table without end', () => {
    const decoder = createKernelLogDecoder({ source: 'log', referenceMs: at, mostKills: 10 });
    for (let piece = 0; piece < 100; piece++) decoder.push('x'.repeat(1 << 16));
    decoder.push('\n');
    const last = v618.trimEnd().split('\n').at(-1)!;
    for (let kill = 0; kill < 1000; kill++) decoder.push(`${last.replace('3154', String(kill + 1))}\n`);
    const log = decoder.finish();
    expect(log.killCount).toBe(1000);
    expect(log.kills.map((kill) => kill.pid)).toEqual([991, 992, 993, 994, 995, 996, 997, 998, 999, 1000]);
    const head = v618.split('\n').slice(0, -4).join('\n');
    const rows = Array.from({ length: 5000 }, (_, pid) => `[${pid + 1}] 0 ${pid + 1} 10 ${pid + 1} 1 1 0 4096 0 0 t`);
    const big = read(`${head}\n${rows.join('\n')}\n${last.replace('3154', '4990')}\n`).kills[0]!.table!;
    expect(big.taskCount).toBe(5000);
    expect(big.tasks.length).toBeLessThanOrEqual(65);
  });

  it('does not fall over truncated or damaged text', () => {
    const text = v618 + v310 + global54;
    for (let cut = 0; cut < text.length; cut += 37) read(text.slice(0, cut));
    for (let flip = 0; flip < text.length; flip += 53)
      read(`${text.slice(0, flip)}${String.fromCharCode(text.charCodeAt(flip) ^ 0x15)}${text.slice(flip + 1)}`);
  });
});

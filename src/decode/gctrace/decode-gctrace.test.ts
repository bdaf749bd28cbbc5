import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { decodeGcTrace, liveHeapSeries } from './decode-gctrace.ts';

const mib = 1 << 20;

describe('decodeGcTrace', () => {
  it('reads a cycle of Go 1.23: the live heap is the third figure', () => {
    const { cycles, runs } = decodeGcTrace(
      'gc 2 @0.337s 0%: 0.015+1.0+0.004 ms clock, 0.030+0/0.27/0.28+0.008 ms cpu, 6->7->5 MB, 8 MB goal, 1 MB stacks, 2 MB globals, 2 P\n',
    );
    expect(runs).toBe(1);
    expect(cycles).toEqual([
      {
        run: 0,
        number: 2,
        atSeconds: 0.337,
        cpuPercent: 0,
        pauseMs: 0.019,
        startHeapBytes: 6 * mib,
        endHeapBytes: 7 * mib,
        liveHeapBytes: 5 * mib,
        goalBytes: 8 * mib,
        stackBytes: mib,
        globalsBytes: 2 * mib,
        procs: 2,
        forced: false,
        lookedForLeaks: false,
      },
    ]);
  });

  it('reads a forced cycle of Go 1.27 that looked for leaked goroutines', () => {
    const [cycle] = decodeGcTrace(
      'gc 4 @1.017s 0% (checking for goroutine leaks): 0.22+0.75+0.003 ms clock, 0.44+0/0.35/0.48+0.006 ms cpu, 19->19->18 MB, 26 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)',
    ).cycles;
    expect(cycle).toMatchObject({ forced: true, lookedForLeaks: true, liveHeapBytes: 18 * mib });
  });

  it('reads Go 1.17 and older, which say no stacks and globals: undefined, not zero', () => {
    const [cycle] = decodeGcTrace(
      'gc 1 @0.012s 2%: 0.026+0.39+0.10 ms clock, 0.21+0.88/0.52/0+0.84 ms cpu, 4->4->0 MB, 5 MB goal, 8 P',
    ).cycles;
    expect(cycle).toMatchObject({ stackBytes: undefined, globalsBytes: undefined, procs: 8 });
  });

  it('finds the lines in a log with stamps, in JSON and among others', () => {
    const gc =
      'gc 7 @9.5s 1%: 0.1+1.0+0.004 ms clock, 0.030+0/0.27/0.28+0.008 ms cpu, 6->6->6 MB, 6 MB goal, 0 MB stacks, 0 MB globals, 2 P';
    const log = `listening\n2026-11-22T22:01:45Z ${gc}\n{"log":"${gc.replace('gc 7 @9', 'gc 8 @10')}\\n","stream":"stderr"}\nNov 22 22:01:45 host svc[7]: ${gc.replace('gc 7 @9', 'gc 9 @11')}\nmagic 1 @1.0s\n`;
    expect(decodeGcTrace(log).cycles.map((cycle) => cycle.number)).toEqual([7, 8, 9]);
  });

  it('sees a restart, and takes the longest run for a series', () => {
    const gc = (number: number, at: number, live: number): string =>
      `gc ${number} @${at}s 0%: 0.1+1+0.1 ms clock, 0.1+0/0/0+0.1 ms cpu, 9->9->${live} MB, 9 MB goal, 0 MB stacks, 0 MB globals, 2 P`;
    const trace = decodeGcTrace([gc(1, 1, 90), gc(2, 2, 90), gc(1, 0.5, 1), gc(2, 1, 2), gc(3, 1.5, 3)].join('\n'));
    expect(trace.runs).toBe(2);
    expect([...liveHeapSeries(trace).liveHeapBytes]).toEqual([mib, 2 * mib, 3 * mib]);
    expect([...liveHeapSeries(trace).atMs]).toEqual([500, 1000, 1500]);
  });

  it('reads the scavenger and the scheduler', () => {
    const trace = decodeGcTrace(`scav 16 KiB work (bg), 8 KiB work (eager), 3880 KiB now, 97% util
SCHED 1002ms: gomaxprocs=2 idleprocs=2 threads=4 spinningthreads=0 needspinning=0 idlethreads=2 runqueue=1 [ 0 0 ] schedticks=[ 10221 40 ]
scav 8 KiB work, 100 KiB total, 50% util
`);
    expect(trace.scavenges).toEqual([
      { run: 0, afterCycle: undefined, releasedBytes: 24576, heapReleasedBytes: 3880 * 1024, usedPercent: 97 },
      { run: 0, afterCycle: undefined, releasedBytes: 8192, heapReleasedBytes: 102400, usedPercent: 50 },
    ]);
    expect(trace.schedulers).toEqual([{ run: 0, atMs: 1002, gomaxprocs: 2, threads: 4, idleThreads: 2, runQueue: 1 }]);
  });

  it('gives an empty table for other text', () => {
    expect(decodeGcTrace('hello\ngc 1 @x')).toMatchObject({ cycles: [], runs: 0 });
  });

  it.skipIf(spawnSync('go', ['version']).status !== 0)('reads what the Go toolchain itself prints', () => {
    const { stderr } = spawnSync('go', ['list', 'std'], {
      env: { ...process.env, GODEBUG: 'gctrace=1,scavtrace=1,schedtrace=50' },
      encoding: 'utf8',
    });
    const trace = decodeGcTrace(stderr);
    const count = (word: RegExp): number => stderr.match(word)?.length ?? 0;
    expect(trace.cycles.length).toBeGreaterThan(0);
    expect(trace.cycles).toHaveLength(count(/^gc \d+ @/gm));
    expect(trace.scavenges).toHaveLength(count(/^scav /gm));
    expect(trace.schedulers).toHaveLength(count(/^SCHED /gm));
  });
});

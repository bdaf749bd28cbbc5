import { describe, expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import type { Ledger, LedgerLook, LedgerTarget } from '../model/ledger.ts';
import type { MemoryStats } from '../model/memory-stats.ts';
import { composeLedger } from './compose-ledger.ts';

const mib = 1024 * 1024;
const target: LedgerTarget = {
  pid: 7,
  exe: '/srv/svc',
  goVersion: 'go1.26.8',
  gcPercent: 100,
  stackLimitBytes: 8 * mib,
};

/** MiB each; what is not given stands still. */
interface Drawn {
  readonly live?: number;
  readonly garbage?: number;
  readonly idle?: number;
  readonly stacks?: number;
  readonly malloc?: number;
  readonly native?: number;
  readonly file?: number;
  readonly threads?: number;
  readonly collections?: number;
  readonly cache?: number;
  /** Counted by the kernel and seen in no mapping. */
  readonly hidden?: number;
  readonly asked?: boolean;
  /** What is live follows from nothing. */
  readonly untold?: boolean;
}

function look(atSeconds: number, drawn: Drawn): LedgerLook {
  const { live = 50, garbage = 5, idle = 2, stacks = 1, malloc = 1, native = 0, file = 1, threads = 5 } = drawn;
  const arena = live + garbage + idle + stacks;
  const line = (range: string, name: string, rss: number) =>
    `${range} rw-p 00000000 ${name === '' || name.startsWith('[') ? '00:00 0' : 'fe:00 9'} ${name}\nRss: ${Math.round(rss * 1024)} kB\nVmFlags: rd wr\n`;
  const smaps = [
    line('00400000-00900000', '/srv/svc', 4),
    line('01a00000-0fa21000', '[heap]', malloc),
    line('c000000000-c0f0000000', '', arena),
    line('7f0020000000-7f0030000000', '/data/x.db', file),
    line('7f0042000000-7f0062010000', '', 3 + native),
    line('7ffc00000000-7ffc00021000', '[stack]', 0.125),
  ].join('');
  const regions = decodeSmaps(smaps);
  const memory: Partial<MemoryStats> = {
    heapAllocBytes: (live + garbage) * mib,
    heapInuseBytes: (live + garbage) * mib,
    heapIdleBytes: idle * mib,
    heapReleasedBytes: 0,
    stackInuseBytes: stacks * mib,
    stackSysBytes: stacks * mib,
    otherSysBytes: 3 * mib,
    heapLiveBytes: drawn.untold === true ? undefined : live * mib,
    gcCycles: drawn.collections ?? 3,
  };
  return {
    atMs: atSeconds * 1000,
    regions,
    totals: {
      rssBytes: regions.reduce((sum, region) => sum + region.rssBytes, 0) + (drawn.hidden ?? 0) * mib,
      anonymousBytes: undefined,
      swapBytes: undefined,
    },
    process: {
      rssBytes: undefined,
      rssAnonBytes: 60 * mib,
      rssFileBytes: undefined,
      rssShmemBytes: undefined,
      swapBytes: 0,
      threads,
      openFiles: undefined,
    },
    pageTableBytes: undefined,
    cgroup:
      drawn.cache === undefined
        ? undefined
        : {
            path: '/svc',
            anonBytes: 61 * mib,
            fileBytes: drawn.cache * mib,
            fileMappedBytes: 0,
            shmemBytes: 0,
            kernelBytes: undefined,
            pageTableBytes: undefined,
          },
    memory: drawn.asked === false ? undefined : (memory as MemoryStats),
    profiledLiveBytes: undefined,
  };
}

const watch = (at: (step: number) => Drawn, notes: readonly string[] = []): Ledger =>
  composeLedger(
    target,
    [0, 1, 2, 3, 4, 5].map((step) => look(step * 2, at(step))),
    notes,
  );
const mibOf = (ledger: Ledger, name: string): number | undefined => {
  const item = ledger.items.find((candidate) => candidate.class === name);
  return item === undefined ? undefined : Math.round((item.bytes / mib) * 100) / 100;
};

describe('a ledger', () => {
  it('sums to RSS with what it cannot explain', () => {
    const ledger = watch(() => ({ hidden: 7 }));
    const resident = ledger.items.filter((item) => item.resident).reduce((sum, item) => sum + item.bytes, 0);
    expect(resident + ledger.unexplainedBytes).toBe(ledger.rssBytes);
    expect(ledger.unexplainedBytes).toBe(7 * mib);
    expect(ledger.warnings.join()).toMatch(/changed by 7.0 MiB while/);
    expect(mibOf(ledger, 'go-heap-live')).toBe(50);
    expect(mibOf(ledger, 'exe-and-libraries')).toBe(4);
    expect(mibOf(ledger, 'go-runtime')).toBe(3);
  });

  it('says how fast each class grows', () => {
    const ledger = watch((step) => ({ malloc: 1 + 3 * step, stacks: 1 }));
    const rate = (name: string) => ledger.items.find((item) => item.class === name)?.growthBytesPerSecond;
    expect(rate('malloc')).toBeCloseTo(1.5 * mib);
    expect(rate('go-heap-live')).toBe(0);
    expect(ledger.rssGrowthBytesPerSecond).toBeCloseTo(1.5 * mib);
  });

  it('says no growth from a single look', () => {
    const ledger = composeLedger(target, [look(0, {})], []);
    expect(ledger.items.every((item) => item.growthBytesPerSecond === undefined)).toBe(true);
    expect(ledger.branch.kind).toBe('undecided');
  });

  it('keeps the Go heap as one class without the runtime, and goes on', () => {
    const ledger = watch((step) => ({ live: 50 + step, native: 20, asked: false }));
    expect(mibOf(ledger, 'go-heap')).toBe(63);
    expect(mibOf(ledger, 'go-heap-live')).toBeUndefined();
    expect(mibOf(ledger, 'other-native')).toBeGreaterThan(16);
    expect(ledger.branch.kind).toBe('go-heap');
  });

  it('leaves looks out in which the runtime did not answer', () => {
    const ledger = watch((step) => ({ asked: step !== 2 }));
    expect(ledger.looks).toBe(5);
    expect(ledger.branch.kind).toBe('steady');
    expect(ledger.warnings.join()).toMatch(/1 of 6 looks/);
  });

  it('says that a program is not Go, and shows its memory', () => {
    const looks = [look(0, { asked: false }), look(9, { asked: false })];
    const foreign = looks.map((one) => ({
      ...one,
      regions: one.regions.filter((r) => r.startAddress !== 0xc000000000),
    }));
    const ledger = composeLedger({ ...target, goVersion: undefined }, foreign, []);
    expect(ledger.warnings.join()).toMatch(/not a Go program/);
    expect(ledger.items.map((item) => item.class).filter((name) => name.startsWith('go'))).toEqual([]);
  });
});

describe('the branch', () => {
  const cases: readonly [string, string, (step: number) => Drawn][] = [
    ['live heap that grows', 'go-heap', (step) => ({ live: 50 + 2 * step })],
    ['goroutines that drag heap along', 'goroutines', (step) => ({ stacks: 1 + step, live: 50 + 3 * step })],
    ['live heap with a few more stacks', 'go-heap', (step) => ({ stacks: 1 + step / 5, live: 50 + 3 * step })],
    ['malloc that grows', 'native', (step) => ({ malloc: 1 + step })],
    ['anonymous mappings that grow', 'native', (step) => ({ native: 2 * step })],
    ['mapped files that grow', 'files', (step) => ({ file: 1 + 4 * step })],
    ['threads that do not end', 'threads', (step) => ({ threads: 5 + 20 * step, stacks: 1 + step })],
    ['garbage that collections remove', 'gc-headroom', (step) => ({ garbage: 5 + 2 * step, collections: 3 + step })],
    ['new objects that no collection has seen', 'undecided', (step) => ({ garbage: 5 + 2 * step })],
    [
      'a heap that nothing tells apart',
      'go-heap',
      (step) => ({ live: 50 + 2 * step, untold: true, collections: step }),
    ],
    ['such a heap without a collection', 'undecided', (step) => ({ live: 50 + 2 * step, untold: true })],
    ['a spike that went by', 'idle-heap-not-returned', (step) => ({ idle: 2 + 2 * step })],
    ['idle heap that stands', 'idle-heap-not-returned', () => ({ idle: 200 })],
    ['page cache that grows beside', 'page-cache', (step) => ({ cache: 100 + 20 * step })],
    ['mapped files that stand', 'page-cache', () => ({ file: 300 })],
    ['nothing that grows', 'steady', () => ({})],
    ['a heap that goes up and down', 'steady', (step) => ({ live: 50 + 6 * (step % 2) })],
  ];
  it.each(cases)('of %s is %s', (_, kind, at) => {
    expect(watch(at).branch).toMatchObject({ kind, why: expect.stringMatching(/\.$/) });
  });
});

import { expect, it } from 'vitest';
import type { NativeCapture } from '../capture/native/trace-native.ts';
import { measureNativeGrowth } from '../growth/native-growth.ts';
import type { NativeSiteNames, NativeTraceSite } from '../model/native.ts';
import { nativeText } from './render-native.ts';

const ticks = 10;
const rising = (perTick: number) => Float64Array.from({ length: ticks + 1 }, (_, tick) => perTick * tick);

/** Ten blocks a tick that nobody frees. */
const leak: NativeTraceSite = {
  ...{ allocator: 'malloc', cAddress: 1, goAddresses: [2], callAddresses: [] },
  ...{ bytes: rising(10_240), counts: rising(10), allocatedBytes: 102_400, allocatedCount: 100 },
  ...{ bornBytes: rising(0).fill(10_240), keptBytes: rising(0).fill(10_240), oldestMs: 10_000 },
};
const place = (name: string, file: string, line: number) => ({
  ...{ function: name, file, line, object: '/svc', address: line },
});
const prepare = place('driver.prepare', '/mod/driver.go', 9);
const names: NativeSiteNames = {
  goCaller: prepare,
  goStack: [prepare, place('main.lookup', '/svc/main.go', 16)],
  cCaller: place('new_statement', '/svc/lib.c', 3),
  via: undefined,
  own: 'program',
};
const capture: NativeCapture = {
  probe: 'malloc',
  trace: {
    ...{ probe: 'malloc', atMs: rising(1000), sites: [leak], olderReleases: 0, lostBlocks: 0, namelessBytes: 0 },
    ...{ isFull: false, complete: true, warnings: [] },
    hits: { allocations: 1200, releases: 1100, mappings: 3, cgocalls: 1200, pageFaults: 0 },
  },
  names: [names],
  memory: [],
  looks: { first: undefined, last: undefined },
  program: { exe: '/svc', isGo: true, modulePath: 'acme.com/svc', stackLimitBytes: undefined },
  cost: {
    ...{ mallocsPerSecond: 120, cgocallsPerSecond: 120, otherMallocsPerSecond: 0 },
    ...{ targetCoreShare: 0.1, otherCoreShare: 0, pageFaultCoreShare: 0 },
  },
  allocator: { kind: 'glibc', object: '/lib/libc.so.6' },
  goVersion: 'go1.26.8',
  usesCgo: true,
  tracer: 'bpftrace 0.23.2',
  warnings: ['something to know'],
};
const text = (of: NativeCapture, classes: Parameters<typeof measureNativeGrowth>[0]['classes'] = []) =>
  nativeText(42, of, measureNativeGrowth({ ...of, classes }), { color: false, top: 5, verbose: false, width: 200 });

it('says the verdict, then who keeps how much, by which way, and what ends it', () => {
  expect(text(capture)).toBe(` LEAK  one site keeps what it allocates; most: driver.prepare
  pid 42 · every allocation of /lib/libc.so.6 · for 10 s · 1,200 allocations, 1,100 releases · cost about 10.0 % of a core (up to 1.10x slower when busy) · bpftrace 0.23.2

  +10.0 KiB/s  100 KiB in 100 blocks, oldest 10 s, 100 % kept
    driver.prepare /mod/driver.go:9
    called by main.lookup /svc/main.go:16
    new_statement → malloc /svc/lib.c:3
    C memory that nobody frees: call the free function of the C library, or C.free

  → Memory that lives longer than these 10 s looks the same: for certainty, watch for longer than the longest life of such a block (--for 5m).

  ! something to know
`);
});

it('hides what cgo made below C.CString, and says that Go itself maps', () => {
  const cString = { ...capture, names: [{ ...names, via: 'C.CString' }] };
  expect(text(cString)).toContain('    C.CString → malloc\n    a C copy that nobody frees');
  const mapped = {
    ...capture,
    names: [{ ...names, cCaller: undefined }],
    trace: { ...capture.trace!, sites: [{ ...leak, allocator: 'mmap-file' as const }] },
  };
  expect(text(mapped)).toContain(
    '    mmap of a file, called by Go itself\n    a file that is mapped and never unmapped',
  );
});

it('shows classes of memory where nothing else could be had', () => {
  const sizes = { ...capture, probe: 'smaps' as const, trace: undefined, names: [], cost: undefined };
  const classes = [{ class: 'malloc-heap' as const, firstBytes: 1 << 20, lastBytes: 9 << 20 }];
  const told = text(sizes, classes);
  expect(told).toContain(' INCONCLUSIVE ');
  expect(told).toContain('  pid 42 · sizes only\n    malloc-heap    1.0 MiB → 9.0 MiB +8.0 MiB\n');
});

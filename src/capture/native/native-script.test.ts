import { describe, expect, it } from 'vitest';
import { processStartMs } from '../read-process.ts';
import { decodeRates, estimateCost } from './estimate-cost.ts';
import { mallocScript, mappingsScript, pageFaultScript, tickSecondsOf } from './native-script.ts';
import { parseMappings } from './process-maps.ts';
import { rightsOf } from './read-rights.ts';
import { type SampledMemory, sampleMemory, sizesOf } from './sample-memory.ts';
import type { ScriptFacts } from './script-parts.ts';

const place = (at: string) => ({ path: '/proc/42/map_files/7f00-7f01', at });
const facts = (names: readonly string[], canTraceCalls = true): ScriptFacts => ({
  pid: 42,
  functions: new Map(names.map((name) => [name, place(name)])),
  cgocall: { path: '/proc/42/exe', at: 'runtime.cgocall' },
  goMap: { path: '/proc/42/exe', at: 'runtime.mmap' },
  machine: 'amd64',
  canTraceCalls,
  seconds: 30,
  pageBytes: 4096,
});

describe('the bpftrace script', () => {
  it('probes what the allocator has, and nothing else', () => {
    const probes = (text: string) =>
      [...text.matchAll(/^(u(?:ret)?probe):"[^"]+":([\w.]+)/gm)].map((m) => `${m[1]} ${m[2]}`);
    expect(probes(mallocScript(facts(['malloc', 'free'])))).toEqual([
      'uprobe runtime.cgocall',
      'uprobe malloc',
      'uprobe free',
      'uretprobe malloc',
      'uprobe runtime.mmap',
    ]);
    expect(probes(pageFaultScript(facts([])))).toEqual(['uprobe runtime.cgocall', 'uprobe runtime.mmap']);
  });

  it('never puts a return probe on a Go function', () => {
    const script = mallocScript(facts(['malloc', 'calloc', 'realloc', 'posix_memalign', 'mmap', 'munmap', 'free']));
    expect(script).not.toMatch(/uretprobe:"[^"]*exe"/);
    expect(script.match(/uretprobe:/g)).toHaveLength(4);
  });

  it('ends itself, and clears every map that it fills but does not tell', () => {
    const names = ['malloc', 'posix_memalign', 'mmap', 'munmap', 'free'];
    const told = (script: string) => {
      expect(script).toContain('exit();');
      const cleared = new Set([...script.matchAll(/clear\(@(\w+)\)/g)].map((match) => match[1]!));
      const used = new Set([...script.matchAll(/@(\w+)/g)].map((match) => match[1]!));
      expect([...cleared].filter((name) => !used.has(name))).toEqual([]);
      return [...used].filter((name) => !cleared.has(name)).sort();
    };
    const ofMappings = ['am', 'fm', 'hx', 'idm', 'lost'];
    expect(told(mallocScript(facts(names)))).toEqual(['a', 'f', 'hg', 'id', 'u', ...ofMappings].sort());
    expect(told(mallocScript(facts(names, false)))).toEqual(['a', 'f', 'hg', 'id', 'u', ...ofMappings].sort());
    expect(told(pageFaultScript(facts([])))).toEqual(['a', 'hg', 'id', ...ofMappings].sort());
    expect(told(mappingsScript(facts([])))).toEqual(ofMappings);
  });

  it('follows mappings by system calls, and by the C library where there are no tracepoints', () => {
    expect(mappingsScript(facts([]))).toContain('tracepoint:syscalls:sys_exit_mmap');
    expect(mallocScript(facts(['mmap', 'munmap'], false))).not.toContain('tracepoint');
    expect(mallocScript(facts(['mmap', 'munmap'], false))).toMatch(/uretprobe:"[^"]+":mmap/);
  });

  it('dumps at most twenty times, whatever the window', () => {
    expect([6, 20, 21, 1200].map(tickSecondsOf)).toEqual([1, 1, 2, 60]);
  });
});

describe('the cost', () => {
  it('follows from a second of counting', () => {
    const rates = decodeRates('on 1000000000\nend 2000000000\n\n@e: 2\n@g: 1000\n@m: 20000\n@o: 5\n');
    expect(rates).toEqual({ mallocsPerSecond: 20_000, cgocallsPerSecond: 1000, otherMallocsPerSecond: 5 });
    expect(estimateCost(rates!, false).targetCoreShare).toBeCloseTo(0.402, 3);
    expect(estimateCost(rates!, true).targetCoreShare).toBeCloseTo(0.062, 3);
    expect(decodeRates('on 1000000000\n')).toBeUndefined();
  });
});

describe('the maps of a process', () => {
  it('gives files their places and keeps odd names', () => {
    expect(
      parseMappings(
        '7f00-8f00 r-xp 00001000 fe:00 12                 /opt/a b/libc.so.6 (deleted)\nc000000000-c000400000 rw-p 00000000 00:00 0 \n',
      ),
    ).toEqual([
      { start: 0x7f00, end: 0x8f00, executable: true, fileOffset: 4096, inode: 'fe:00 12', path: '/opt/a b/libc.so.6' },
      { start: 0xc000000000, end: 0xc000400000, executable: false, fileOffset: 0, inode: '00:00 0', path: '' },
    ]);
  });

  it("tells Go's heap from the rest, in Go programs only", () => {
    const region = (startAddress: number, anonymousBytes: number, swapBytes = 0) => ({
      ...{ startAddress, endAddress: startAddress + 4096, permissions: 'rw-p', inode: 0, name: '', rssBytes: 0 },
      ...{ anonymousBytes, swapBytes, lazyFreeBytes: 0, hugePageBytes: 0, hugetlbBytes: 0, noReserve: false },
    });
    const regions = [region(0x1000000, 100), region(0xc000000000, 2000), region(0x7f0000000000, 20, 3)];
    expect(sizesOf(regions, true, 5)).toEqual({ atMs: 5, nativeBytes: 123, goHeapBytes: 2000 });
    expect(sizesOf(regions, false, 5)).toEqual({ atMs: 5, nativeBytes: 2123, goHeapBytes: 0 });
  });
});

describe.skipIf(process.platform !== 'linux')('sampling', () => {
  const none = (): SampledMemory => ({ samples: [], first: undefined, last: undefined, ended: false });
  const options = { pid: process.pid, isGo: false, everyMs: 5, nowMs: Date.now };
  const pause = () => new Promise<string>((resolve) => setTimeout(() => resolve('done'), 20));

  it('looks at its own process at the start and at the end', async () => {
    const startedAtMs = await processStartMs(process.pid);
    const memory = none();
    const ended = () => expect.unreachable();
    expect(await sampleMemory({ ...options, startedAtMs, onEnd: ended }, memory, pause)).toBe('done');
    expect(memory).toMatchObject({ ended: false });
    expect(memory.samples.length).toBeGreaterThan(1);
  });

  it('takes nothing from another process that has the pid now, and says it once', async () => {
    const memory = none();
    let times = 0;
    const onEnd = () => void times++;
    await sampleMemory({ ...options, startedAtMs: 12_345, onEnd }, memory, pause);
    expect([memory.ended, memory.samples.length, times]).toEqual([true, 0, 1]);
  });
});

describe('the rights', () => {
  const bit = (...names: number[]) => names.reduce((all, name) => all | (1n << BigInt(name)), 0n).toString(16);
  const [ptrace, admin, perfmon, bpf] = [19, 21, 38, 39];

  it('names what is missing for each tool', () => {
    expect(rightsOf(true, bit(admin))).toEqual({ mayRunBpftrace: true, mayRunMemleak: true, missing: [] });
    expect(rightsOf(false, bit(admin))).toMatchObject({
      ...{ mayRunBpftrace: false, mayRunMemleak: true, missing: ['root'] },
    });
    expect(rightsOf(true, bit(perfmon, bpf, ptrace))).toMatchObject({ mayRunBpftrace: true, mayRunMemleak: false });
    expect(rightsOf(true, bit(perfmon, bpf)).missing).toEqual(['CAP_SYS_PTRACE']);
    expect(rightsOf(false, '0').missing).toEqual(['root', 'CAP_SYS_ADMIN (or CAP_BPF with CAP_PERFMON)']);
  });
});

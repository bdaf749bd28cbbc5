import { describe, expect, it } from 'vitest';
import { decodeRates, estimateCost } from './estimate-cost.ts';
import { mallocScript, pageFaultScript, type ScriptFacts, tickSecondsOf } from './native-script.ts';
import { parseMappings, parseNativeMemory } from './process-maps.ts';

const place = (at: string) => ({ path: '/proc/42/map_files/7f00-7f01', at });
const facts = (names: readonly string[]): ScriptFacts => ({
  pid: 42,
  functions: new Map(names.map((name) => [name, place(name)])),
  cgocall: { path: '/proc/42/exe', at: 'runtime.cgocall' },
  machine: 'amd64',
  seconds: 30,
  pageBytes: 4096,
});

describe('the bpftrace script', () => {
  it('probes what the allocator has, and nothing else', () => {
    const probes = (text: string) =>
      [...text.matchAll(/^(u(?:ret)?probe):"[^"]+":([\w.]+)/gm)].map((m) => `${m[1]} ${m[2]}`);
    expect(probes(mallocScript(facts(['malloc', 'free'])))).toEqual([
      'uprobe malloc',
      'uprobe free',
      'uretprobe malloc',
      'uprobe runtime.cgocall',
    ]);
    expect(probes(pageFaultScript(facts([])))).toEqual(['uprobe runtime.cgocall']);
  });

  it('never puts a return probe on a Go function', () => {
    const script = mallocScript(facts(['malloc', 'calloc', 'realloc', 'posix_memalign', 'mmap', 'munmap', 'free']));
    expect(script).not.toMatch(/uretprobe:"[^"]*exe"/);
    expect(script.match(/uretprobe:/g)).toHaveLength(5);
  });

  it('ends itself, and clears every map that it fills but does not tell', () => {
    const script = mallocScript(facts(['malloc', 'posix_memalign', 'mmap', 'munmap', 'free']));
    expect(script).toContain('exit();');
    const cleared = new Set([...script.matchAll(/clear\(@(\w+)\)/g)].map((match) => match[1]!));
    const used = new Set([...script.matchAll(/@(\w+)/g)].map((match) => match[1]!));
    expect([...used].filter((name) => !cleared.has(name)).sort()).toEqual(
      ['a', 'f', 'hf', 'hg', 'hm', 'id', 'idm', 'lost', 'u'].sort(),
    );
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
    expect(estimateCost(rates!, true).targetCoreShare).toBeCloseTo(0.102, 3);
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

  it("tells Go's heap from the rest", () => {
    const smaps = `01000000-01100000 rw-p 00000000 00:00 0 [heap]
Anonymous:           100 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:          2000 kB
7f0000000000-7f0000100000 rw-p 00000000 00:00 0
Anonymous:            20 kB
`;
    expect(parseNativeMemory(smaps, 5)).toEqual({ atMs: 5, nativeBytes: 122_880, goHeapBytes: 2_048_000 });
  });
});

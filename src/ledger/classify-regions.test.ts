import { describe, expect, it } from 'vitest';
import { decodeSmaps } from '../decode/smaps/decode-smaps.ts';
import { classifyRegions, type ProcessShape, showsGoRuntime } from './classify-regions.ts';

/** Lines of /proc/PID/maps, each with `# kind` behind it; ` nr` marks NORESERVE. */
function check(drawn: string, shape: Partial<ProcessShape> = {}): void {
  const lines = drawn.trim().split('\n');
  const regions = regionsOf(lines.map((line) => line.split('#')[0]!.trim()));
  const kinds = classifyRegions(regions, {
    exe: '/srv/svc',
    isGo: true,
    threads: 4,
    stackLimitBytes: 8 * 1024 * 1024,
    ...shape,
  });
  expect(kinds).toEqual(lines.map((line) => line.split('#')[1]!.trim()));
}

function regionsOf(lines: readonly string[]) {
  return decodeSmaps(
    lines
      .map((line) => `${line.replace(/ nr$/, '')}\nRss: 4 kB\nVmFlags: rd wr${line.endsWith(' nr') ? ' nr' : ''}`)
      .join('\n'),
  );
}

describe('classifyRegions', () => {
  it('knows a cgo program: binary, bss, brk, heap, arenas of malloc, stacks of threads, libraries', () => {
    check(`
      00400000-00900000 r-xp 00000000 fe:00 7 /srv/svc (deleted)      # exe-and-libraries
      00900000-00950000 rw-p 00500000 fe:00 7 /srv/svc (deleted)      # exe-and-libraries
      00950000-00990000 rw-p 00000000 00:00 0                         # exe-and-libraries
      01a00000-01a21000 rw-p 00000000 00:00 0 [heap]                  # brk
      c000000000-c000400000 rw-p 00000000 00:00 0                     # go-arena
      c000400000-c004000000 ---p 00000000 00:00 0                     # go-arena
      7f0008000000-7f0008900000 rw-p 00000000 00:00 0 nr              # glibc-arena
      7f0008900000-7f000c000000 ---p 00000000 00:00 0 nr              # anonymous
      7f0010000000-7f0010001000 ---p 00000000 00:00 0                 # anonymous
      7f0010001000-7f0010801000 rw-p 00000000 00:00 0                 # thread-stack
      7f0020000000-7f0020100000 r--s 00000000 fe:00 9 /data/x.db      # file
      7f0020200000-7f0020300000 rw-s 00000000 00:05 9 /memfd:q (deleted) # shmem
      7f0021000000-7f0021100000 r-xp 00000000 fe:00 8 /lib/libc.so.6  # exe-and-libraries
      7f0021100000-7f002110d000 rw-p 00000000 00:00 0                 # exe-and-libraries
      7f0022000000-7f0022010000 rw-p 00000000 00:00 0                 # anonymous
      7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]         # thread-stack
      7ffc00100000-7ffc00102000 r-xp 00000000 00:00 0 [vdso]          # exe-and-libraries
    `);
  });

  it('finds the random heap of Go 1.26, wherever it lies in the lower half', () => {
    check(`
      2fe68000000-2fe68380000 ---p 00000000 00:00 0  # go-arena
      2fe68380000-2fe68800000 rw-p 00000000 00:00 0  # go-arena
      3fffe8000000-3fffec000000 rw-p 00000000 00:00 0  # go-arena
      7f0022000000-7f0022010000 rw-p 00000000 00:00 0  # anonymous
    `);
  });

  it('takes no mapping of another runtime for a Go heap', () => {
    check(
      '2fe68000000-2fe68800000 rw-p 00000000 00:00 0 # anonymous\n7f0022000000-7f0022010000 rw-p 00000000 00:00 0 # anonymous',
      {
        isGo: false,
      },
    );
  });

  it('believes names that the runtime and glibc give', () => {
    check(`
      2fe68000000-2fe68800000 rw-p 00000000 00:00 0 [anon: Go: heap]              # go-arena
      7f0022000000-7f0022010000 rw-p 00000000 00:00 0 [anon: Go: scavenge index]  # go-runtime
      7f0023000000-7f0023010000 rw-p 00000000 00:00 0 [anon: glibc: malloc arena] # glibc-arena
      7f0024000000-7f0024010000 rw-p 00000000 00:00 0 [anon: glibc: pthread stack: 12] # thread-stack
    `);
  });

  it('is not misled by libraries below the middle, where an unlimited stack puts them', () => {
    check(`
      c000000000-c000400000 rw-p 00000000 00:00 0                     # go-arena
      c000400000-c004000000 ---p 00000000 00:00 0                     # go-arena
      2aaaaaab0000-2aaaaaad0000 r-xp 00000000 fe:00 8 /lib/libc.so.6  # exe-and-libraries
      2aaab0000000-2aaab0900000 rw-p 00000000 00:00 0 nr              # glibc-arena
      2aaab0900000-2aaab4000000 ---p 00000000 00:00 0 nr              # anonymous
      2aaab5000000-2aaab6000000 rw-p 00000000 00:00 0                 # anonymous
      7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0 [stack]         # thread-stack
    `);
  });

  it('finds the heap of arm64 with 39 address bits', () => {
    check(`
      4000000000-4000400000 rw-p 00000000 00:00 0                     # go-arena
      5555550000-5555560000 r-xp 00000000 fe:00 7 /srv/svc            # exe-and-libraries
      7f95000000-7f95010000 rw-p 00000000 00:00 0                     # anonymous
      7ffff00000-7ffff21000 rw-p 00000000 00:00 0 [stack]             # thread-stack
    `);
  });

  it('counts no more stacks of an unusual size than there are threads', () => {
    const stacks = `
      7f0010000000-7f0010001000 ---p 00000000 00:00 0 # anonymous
      7f0010001000-7f0010101000 rw-p 00000000 00:00 0 # KIND
    `;
    check(stacks.replace('KIND', 'thread-stack'), { threads: 2 });
    check(stacks.replace('KIND', 'anonymous'), { threads: 1 });
  });
});

describe('showsGoRuntime', () => {
  it('sees a Go library in another program', () => {
    expect(showsGoRuntime(regionsOf(['c000000000-c000400000 rw-p 00000000 00:00 0']))).toBe(true);
    expect(showsGoRuntime(regionsOf(['2fe68000000-2fe68800000 rw-p 00000000 00:00 0 [anon: Go: heap]']))).toBe(true);
    expect(showsGoRuntime(regionsOf(['2fe68000000-2fe68800000 rw-p 00000000 00:00 0']))).toBe(false);
  });
});

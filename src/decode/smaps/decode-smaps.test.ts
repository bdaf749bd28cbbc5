import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeSmaps, decodeSmapsRollup } from './decode-smaps.ts';

const text = `00400000-00401000 r-xp 00000000 fe:00 247278                             /srv/my app (deleted)
Size:                  4 kB
Rss:                   4 kB
Private_Clean:         4 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
c000000000-c000400000 rw-p 00000000 00:00 0 
Size:               4096 kB
Rss:                1024 kB
Anonymous:          1020 kB
LazyFree:             16 kB
AnonHugePages:       512 kB
Shared_Hugetlb:        1 kB
Private_Hugetlb:       2 kB
Swap:                  8 kB
SomethingNew:          8 kB
THPeligible:           1
VmFlags: rd wr mr mw me nr sd
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0                  [vsyscall]
Size:                  4 kB
Rss:                   0 kB
VmFlags: ex
`;

describe('decodeSmaps', () => {
  it('reads mappings in bytes, with names that hold blanks', () => {
    expect(decodeSmaps(text)).toEqual([
      {
        startAddress: 0x400000,
        endAddress: 0x401000,
        permissions: 'r-xp',
        inode: 247278,
        name: '/srv/my app (deleted)',
        rssBytes: 4096,
        anonymousBytes: 0,
        swapBytes: 0,
        lazyFreeBytes: 0,
        hugePageBytes: 0,
        hugetlbBytes: 0,
        noReserve: false,
      },
      {
        startAddress: 0xc000000000,
        endAddress: 0xc000400000,
        permissions: 'rw-p',
        inode: 0,
        name: '',
        rssBytes: 1048576,
        anonymousBytes: 1044480,
        swapBytes: 8192,
        lazyFreeBytes: 16384,
        hugePageBytes: 524288,
        hugetlbBytes: 3072,
        noReserve: true,
      },
    ]);
  });

  it('has no mappings for a kernel thread', () => {
    expect(decodeSmaps('')).toEqual([]);
  });

  it('refuses maps without sizes, fields without a mapping, and other text', () => {
    expect(() => decodeSmaps('00400000-00401000 r-xp 00000000 fe:00 1 /bin/a\n')).toThrow(/Rss/);
    expect(() =>
      decodeSmaps('00400000-00401000 r-xp 00000000 fe:00 1 /bin/a\n00402000-00403000 r-xp 00000000 fe:00 1 /bin/a\n'),
    ).toThrow(/Rss/);
    expect(() => decodeSmaps('Rss: 4 kB\n')).toThrow(/before its fields/);
    expect(() => decodeSmaps('<html>')).toThrow(/a mapping such as/);
    expect(() => decodeSmaps('00401000-00400000 r-xp 00000000 fe:00 1 /bin/a\nRss: 4 kB\n')).toThrow(/after the start/);
  });

  it('breaks on no truncation', () => {
    for (let end = 0; end < text.length; end++) {
      try {
        expect(decodeSmaps(text.slice(0, end)).length).toBeLessThanOrEqual(2);
      } catch (error) {
        expect(error).toHaveProperty('code', 'E-DECODE');
      }
    }
  });

  it.skipIf(process.platform !== 'linux')('sums to what the kernel sums itself', () => {
    const bytes = decodeSmaps(readFileSync('/proc/self/smaps', 'utf8')).reduce((sum, r) => sum + r.rssBytes, 0);
    const totals = decodeSmapsRollup(readFileSync('/proc/self/smaps_rollup', 'utf8'));
    expect(Math.abs(bytes - totals.rssBytes)).toBeLessThan(16 * 1024 * 1024);
    expect(totals.rssBytes).toBeGreaterThan(20 * 1024 * 1024);
  });
});

describe('decodeSmapsRollup', () => {
  it('reads the sums, and leaves out what is not there', () => {
    expect(
      decodeSmapsRollup('5583-7ffc ---p 00000000 00:00 0    [rollup]\nRss:     1748 kB\nAnonymous:   112 kB\n'),
    ).toEqual({ rssBytes: 1789952, anonymousBytes: 114688, swapBytes: undefined });
  });

  it('refuses other text', () => {
    expect(() => decodeSmapsRollup('Rss: 4 kB\n')).toThrow(/rollup/);
  });
});

// /proc/PID/smaps and smaps_rollup → regions and their sums.
// Source: Documentation/filesystems/proc.rst and fs/proc/task_mmu.c (show_map_vma, __show_smap), kernels 2.6.14 to 6.18;
// smaps_rollup since 4.14. A mapping is a line as in /proc/PID/maps, then `Name:  N kB` (KiB) lines and `VmFlags:`.
import { DecodeError } from '../../base/errors.ts';
import type { MemoryRegion, RegionTotals } from '../../model/ledger.ts';

/** vm.max_map_count is 65530 by default, and raised to a million at most in practice. */
const mostRegions = 4_000_000;

const header = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) ([r-][w-][x-][sp]) [0-9a-f]+ \S+ (\d+)\s*(.*)$/;
const field = /^([A-Z]\w*):\s+(\d+) kB$/;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * In the order of their addresses. Empty text is a process without memory (a kernel thread, a zombie). Throws DecodeError
 * when the text is something else, or when a mapping has no `Rss` line: then it is /proc/PID/maps.
 */
export function decodeSmaps(text: string): MemoryRegion[] {
  const regions: Mutable<MemoryRegion>[] = [];
  let current: Mutable<MemoryRegion> | undefined;
  let hasRss = true;
  let skipping = false;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline;
    const line = text.slice(start, end);
    const first = line.charCodeAt(0);
    // Field names begin with a capital letter, addresses with a digit or a small one.
    if (first >= 0x41 && first <= 0x5a) {
      if (current === undefined && !skipping) throw new DecodeError('smaps', start, 'a mapping before its fields');
      if (current !== undefined && readField(line, current)) hasRss = true;
    } else if (line !== '') {
      if (!hasRss) throw new DecodeError('smaps', start, 'a line `Rss:` in each mapping');
      const match = header.exec(line);
      if (match === null) throw new DecodeError('smaps', start, 'a mapping such as `c000000000-c000400000 rw-p …`');
      if (regions.length >= mostRegions) throw new DecodeError('smaps', start, `at most ${mostRegions} mappings`);
      const region = regionOf(match);
      // The vsyscall page lies above user space, holds no memory, and its address is no exact number.
      skipping = region === undefined;
      current = region;
      hasRss = skipping;
      if (region !== undefined) {
        if (region.endAddress <= region.startAddress) throw new DecodeError('smaps', start, 'an end after the start');
        regions.push(region);
      }
    }
    start = end + 1;
  }
  if (!hasRss) throw new DecodeError('smaps', text.length, 'a line `Rss:` in each mapping');
  return regions;
}

/** Throws DecodeError when the text is not a rollup. */
export function decodeSmapsRollup(text: string): RegionTotals {
  const bytes = (name: string): number | undefined => {
    const match = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text);
    return match === null ? undefined : Number(match[1]) * 1024;
  };
  const rssBytes = bytes('Rss');
  if (!/^[0-9a-f]+-[0-9a-f]+ .*\[rollup\]$/m.test(text) || rssBytes === undefined)
    throw new DecodeError('smaps-rollup', 0, 'a line `[rollup]` and a line `Rss:`');
  return { rssBytes, anonymousBytes: bytes('Anonymous'), swapBytes: bytes('Swap') };
}

function regionOf(match: RegExpExecArray): Mutable<MemoryRegion> | undefined {
  const startAddress = Number.parseInt(match[1]!, 16);
  const endAddress = Number.parseInt(match[2]!, 16);
  if (!Number.isSafeInteger(startAddress) || !Number.isSafeInteger(endAddress)) return undefined;
  return {
    startAddress,
    endAddress,
    permissions: match[3]!,
    inode: Number(match[4]),
    name: match[5]!,
    rssBytes: 0,
    anonymousBytes: 0,
    swapBytes: 0,
    lazyFreeBytes: 0,
    hugePageBytes: 0,
    hugetlbBytes: 0,
    noReserve: false,
  };
}

/** True for the line that every mapping has. Names that are not known are of newer kernels and are passed over. */
function readField(line: string, region: Mutable<MemoryRegion>): boolean {
  const match = field.exec(line);
  if (match === null) {
    if (line.startsWith('VmFlags:')) region.noReserve = / nr( |$)/.test(line);
    return false;
  }
  const bytes = Number(match[2]) * 1024;
  switch (match[1]) {
    case 'Rss':
      region.rssBytes = bytes;
      return true;
    case 'Anonymous':
      region.anonymousBytes = bytes;
      return false;
    case 'Swap':
      region.swapBytes = bytes;
      return false;
    case 'LazyFree':
      region.lazyFreeBytes = bytes;
      return false;
    case 'AnonHugePages':
      region.hugePageBytes = bytes;
      return false;
    case 'Shared_Hugetlb':
    case 'Private_Hugetlb':
      region.hugetlbBytes += bytes;
      return false;
    default:
      return false;
  }
}

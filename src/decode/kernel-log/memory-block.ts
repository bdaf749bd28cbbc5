// What an OOM report says of the memory that ran out: of a cgroup, or of the machine (Mem-Info).
//   memory: usage 122880kB, limit 122880kB, failcnt 46
//   Memory cgroup stats for /a: cache:0KB rss:1048552KB …     (3.10 to 4.20: a line for each cgroup below, each for itself)
//   Memory cgroup stats for /a:   and then   rss 125411328    (5.0 and later, v1: total_rss; v2: anon, file, kernel, …)
//   active_anon:1234 inactive_anon:5 … slab_unreclaimable:6   (Mem-Info, pages)    6171023 pages RAM
// Sources: mm/memcontrol.c (mem_cgroup_print_oom_meminfo, memory_stat_format), mm/show_mem.c, kernels 3.10 to 6.18.
import type { OomMemory } from '../../model/oom.ts';

export interface MemoryBlockBuilder {
  /** True when the line belongs to the block. */
  push(text: string): boolean;
  finish(pageBytes: number): OomMemory;
}

const kib = 1024;
/** Above it, a limit is the kernel's way to say that there is none. */
const noLimitBytes = 2 ** 60;
const mostNames = 200;

export function createMemoryBlockBuilder(): MemoryBlockBuilder {
  let memory: readonly [number, number, number] | undefined;
  let withSwap: readonly [number, number, number] | undefined;
  let kmemBytes: number | undefined;
  let inStats = false;
  const stats = new Map<string, number>(); // bytes
  const pages = new Map<string, number>(); // of the machine
  let ramPages: number | undefined;
  return {
    push(text) {
      const counter = /^(memory|memory\+swap|kmem|swap): usage (\d+)kB, limit (\d+)kB, failcnt (\d+)/.exec(text);
      if (counter !== null) {
        const values = [Number(counter[2]) * kib, Number(counter[3]) * kib, Number(counter[4])] as const;
        if (counter[1] === 'memory') memory = values;
        else if (counter[1] === 'memory+swap') withSwap = values;
        else if (counter[1] === 'kmem') kmemBytes = values[0];
        return true;
      }
      if (text.startsWith('Memory cgroup stats for ')) {
        inStats = true;
        for (const match of text.matchAll(/ ([a-z_]{1,40}):(\d{1,16})KB/g))
          addTo(stats, match[1]!, Number(match[2]) * kib);
        const first = /: ([a-z_]{1,40}) (\d{1,19})$/.exec(text);
        if (first !== null) addTo(stats, first[1]!, Number(first[2]));
        return true;
      }
      if (inStats) {
        const stat = /^([a-z_0-9]{1,40}) (\d{1,19})$/.exec(text);
        if (stat !== null) {
          if (!stats.has(stat[1]!)) addTo(stats, stat[1]!, Number(stat[2]));
          return true;
        }
      }
      const ram = /^(\d{1,15}) pages RAM$/.exec(text);
      if (ram !== null) {
        ramPages = Number(ram[1]);
        return true;
      }
      if (/^(active_anon|active_file|unevictable|slab_reclaimable|mapped|free):\d/.test(text)) {
        for (const match of text.matchAll(/\b([a-z_]{1,40}):(\d{1,15})(?= |$)/g))
          addTo(pages, match[1]!, Number(match[2]));
        return true;
      }
      return false;
    },
    finish(pageBytes) {
      if (memory === undefined && stats.size === 0 && pages.size > 0) return hostMemory(pages, ramPages, pageBytes);
      const limited = memory !== undefined && memory[1] < noLimitBytes ? memory : undefined;
      const swapLimited = withSwap !== undefined && withSwap[1] < noLimitBytes ? withSwap : undefined;
      // Whichever limit was full is the one that killed.
      const full = [limited, swapLimited].find((one) => one !== undefined && one[0] >= one[1] * 0.99) ?? limited;
      const stat = (...names: string[]): number | undefined =>
        names.map((name) => stats.get(name)).find((v) => v !== undefined);
      const slab = stat('slab');
      return {
        usageBytes: (full ?? memory)?.[0],
        limitBytes: full?.[1],
        limitHits: (full ?? memory)?.[2],
        anonBytes: stat('total_rss', 'anon', 'rss'),
        cacheBytes: stat('total_cache', 'file', 'cache'),
        shmemBytes: stat('total_shmem', 'shmem'),
        kernelBytes:
          stat('kernel') ??
          kmemBytes ??
          (slab === undefined
            ? undefined
            : slab + (stat('kernel_stack') ?? 0) + (stat('pagetables') ?? 0) + (stat('sock') ?? 0)),
        swapBytes: stat('total_swap', 'swap'),
      };
    },
  };
}

function hostMemory(pages: ReadonlyMap<string, number>, ramPages: number | undefined, pageBytes: number): OomMemory {
  const bytes = (...names: string[]): number | undefined => {
    const known = names.map((name) => pages.get(name)).filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0) * pageBytes;
  };
  const limitBytes = ramPages === undefined ? undefined : ramPages * pageBytes;
  const freeBytes = bytes('free');
  return {
    usageBytes: limitBytes === undefined || freeBytes === undefined ? undefined : limitBytes - freeBytes,
    limitBytes,
    limitHits: undefined,
    // The lists of anonymous memory hold shared memory, too.
    anonBytes: bytes('active_anon', 'inactive_anon'),
    cacheBytes: bytes('active_file', 'inactive_file'),
    shmemBytes: bytes('shmem'),
    kernelBytes: bytes('slab_reclaimable', 'slab_unreclaimable', 'pagetables'),
    swapBytes: undefined,
  };
}

function addTo(map: Map<string, number>, name: string, value: number): void {
  if (map.has(name) || map.size < mostNames) map.set(name, (map.get(name) ?? 0) + value);
}

// One look as a ledger: how many bytes each class has at that moment, and what stays unexplained.
import { formatBytes } from '../base/format-bytes.ts';
import type { LedgerClass, LedgerLook, LedgerTarget, ResidentClass } from '../model/ledger.ts';
import { classifyRegions, type RegionKind, showsGoRuntime } from './classify-regions.ts';
import { type LiveSource, liveHeapBytes } from './live-heap.ts';
import { type ArenaPages, type GoMemorySplit, splitGoMemory } from './split-go-memory.ts';

export interface Stock {
  readonly atMs: number;
  readonly rssBytes: number;
  readonly bytes: ReadonlyMap<LedgerClass, number>;
  readonly notes: ReadonlyMap<LedgerClass, string>;
  readonly unexplainedBytes: number;
  /** What the regions alone sum to; it differs from RSS when memory moved while they were read. */
  readonly regionBytes: number;
  readonly isGo: boolean;
  /** The Go heap is split into live, garbage, waste and idle. */
  readonly isSplit: boolean;
  readonly hugetlbBytes: number;
}

interface KindSums {
  readonly rssBytes: ReadonlyMap<RegionKind, number>;
  readonly regions: ReadonlyMap<RegionKind, number>;
  readonly arena: ArenaPages;
  readonly largestFile: { readonly name: string; readonly bytes: number } | undefined;
}

/** What the runtime maps beside the heap, where it does not say so itself: at most this was measured, 1.21 to 1.27. */
const metadataBaseBytes = 4 * 1024 * 1024;
const metadataShare = 0.035;

export function takeStock(look: LedgerLook, target: LedgerTarget, liveSource: LiveSource | undefined): Stock {
  const isGo = target.goVersion !== undefined || look.memory !== undefined || showsGoRuntime(look.regions);
  const kinds = classifyRegions(look.regions, {
    exe: target.exe,
    isGo,
    threads: look.process.threads,
    stackLimitBytes: target.stackLimitBytes,
  });
  const sums = sumByKind(look, kinds);
  const of = (kind: RegionKind): number => sums.rssBytes.get(kind) ?? 0;
  const bytes = new Map<LedgerClass, number>();
  const notes = new Map<LedgerClass, string>();
  const put = (name: LedgerClass, amount: number | undefined, note?: string): void => {
    if (amount === undefined || (amount === 0 && name !== 'go-heap-live')) return;
    bytes.set(name, amount);
    if (note !== undefined) notes.set(name, note);
  };

  const go = isGo ? goMemory(look, sums, liveHeapBytes(look, liveSource, target.gcPercent)) : undefined;
  if (go?.kind === 'split') putSplit(put, go.split, liveSource);
  else if (go !== undefined) {
    put('go-heap', go.heapBytes, 'live, garbage, idle and goroutine stacks together: they need the pprof endpoint');
    put('go-runtime', go.runtimeBytes, 'an estimate: only the runtime knows');
  }
  const nativeBytes = go === undefined ? of('anonymous') : go.kind === 'split' ? go.split.nativeBytes : go.nativeBytes;
  put('other-native', nativeBytes, nativeNote(isGo, go?.kind === 'split' ? go.split.nativeDoubtBytes : undefined));

  put('exe-and-libraries', of('exe-and-libraries'));
  const arenas = sums.regions.get('glibc-arena') ?? 0;
  put(
    'malloc',
    of('brk') + of('glibc-arena'),
    `brk${arenas === 0 ? '' : ` and ${arenas} glibc arena${arenas === 1 ? '' : 's'}`}`,
  );
  const { threads } = look.process;
  put('thread-stacks', of('thread-stack'), threads === undefined ? undefined : `${threads} threads`);
  // tmpfs files look like other files; the kernel counts their pages apart.
  const moved = Math.max(0, Math.min(of('file'), (look.process.rssShmemBytes ?? 0) - of('shmem')));
  const movedBytes = moved >= 1024 * 1024 ? moved : 0;
  put('file-mappings', of('file') - movedBytes, fileNote(sums));
  put('shmem', of('shmem') + movedBytes);

  let explained = 0;
  for (const amount of bytes.values()) explained += amount;
  const regionBytes = look.regions.reduce((sum, region) => sum + region.rssBytes, 0);
  const rssBytes = look.totals?.rssBytes ?? regionBytes;

  if (go?.kind === 'split')
    put('go-heap-untouched', go.split.untouchedBytes, 'allocated and never written: no page yet');
  putOutside(put, look);
  return {
    atMs: look.atMs,
    rssBytes,
    bytes,
    notes,
    unexplainedBytes: rssBytes - explained,
    regionBytes,
    isGo,
    isSplit: go?.kind === 'split',
    hugetlbBytes: look.regions.reduce((sum, region) => sum + region.hugetlbBytes, 0),
  };
}

type Put = (name: LedgerClass, amount: number | undefined, note?: string) => void;

function putSplit(put: Put, split: GoMemorySplit, liveSource: LiveSource | undefined): void {
  const sources: Readonly<Record<LiveSource, string>> = {
    runtime: 'as of the last collection',
    'next-gc-goal': 'as of the last collection, from its next goal',
    'heap-profile': 'as of the last collection, from the sampled heap profile',
  };
  if (liveSource === undefined)
    put('go-heap', split.liveBytes + split.garbageBytes, 'allocated, live or dead: too few collections ran to tell');
  else {
    put('go-heap-live', split.liveBytes, sources[liveSource]);
    put('go-heap-garbage', split.garbageBytes, 'allocated since the last collection, or dead');
  }
  put('go-heap-waste', split.wasteBytes, 'free slots in spans that are in use');
  put(
    'go-heap-idle',
    split.idleBytes,
    split.keptByKernelBytes > 0
      ? `free, not yet returned; of it ${formatBytes(split.keptByKernelBytes)} returned by Go and kept by the kernel`
      : 'free, not yet returned to the kernel',
  );
  put('goroutine-stacks', split.stackBytes);
  put('go-runtime', split.runtimeBytes, "the runtime's own structures");
}

function putOutside(put: Put, look: LedgerLook): void {
  const regionSwap = look.regions.reduce((sum, region) => sum + region.swapBytes, 0);
  put('swap', look.process.swapBytes ?? regionSwap);
  put('page-tables', look.pageTableBytes);
  const { cgroup } = look;
  if (cgroup === undefined) return;
  if (cgroup.fileBytes !== undefined)
    put(
      'cgroup-page-cache',
      Math.max(0, cgroup.fileBytes - Math.max(cgroup.fileMappedBytes ?? 0, cgroup.shmemBytes ?? 0)),
      `files read or written by cgroup ${cgroup.path}; the kernel takes it back when memory is short`,
    );
  if (cgroup.kernelBytes !== undefined)
    put(
      'kernel',
      Math.max(0, cgroup.kernelBytes - (look.pageTableBytes ?? 0)),
      `slab, sockets and stacks of cgroup ${cgroup.path}`,
    );
}

type GoMemory =
  | { readonly kind: 'split'; readonly split: GoMemorySplit }
  | {
      readonly kind: 'whole';
      readonly heapBytes: number;
      readonly runtimeBytes: number;
      readonly nativeBytes: number;
    };

function goMemory(look: LedgerLook, sums: KindSums, liveBytes: number | undefined): GoMemory {
  const named = sums.rssBytes.get('go-runtime') ?? 0;
  const nameless = sums.rssBytes.get('anonymous') ?? 0;
  const { memory } = look;
  if (memory !== undefined) {
    const arena = sums.regions.has('go-arena') ? sums.arena : guessedArena(memory, nameless);
    const besideArena = sums.regions.has('go-arena') ? nameless : nameless - arena.rssBytes;
    const split = splitGoMemory(memory, liveBytes, arena, named, besideArena);
    if (split !== undefined) return { kind: 'split', split };
  }
  // The runtime names all of its mappings or none.
  const capBytes = named > 0 ? 0 : Math.floor(metadataBaseBytes + metadataShare * sums.arena.rssBytes);
  const own = Math.min(nameless, capBytes);
  return {
    kind: 'whole',
    heapBytes: sums.arena.rssBytes,
    runtimeBytes: named + own,
    nativeBytes: nameless - own,
  };
}

/** Where no arena is recognised (32 bits, unusual address spaces), the runtime's numbers say how much of the rest is it. */
function guessedArena(memory: NonNullable<LedgerLook['memory']>, namelessBytes: number): ArenaPages {
  const said = (memory.heapSysBytes ?? 0) - (memory.heapReleasedBytes ?? 0) + (memory.stackInuseBytes ?? 0);
  return { rssBytes: Math.min(namelessBytes, Math.max(0, said)), lazyFreeBytes: 0, hugePageBytes: 0 };
}

function sumByKind(look: LedgerLook, kinds: readonly RegionKind[]): KindSums {
  const rssBytes = new Map<RegionKind, number>();
  const regions = new Map<RegionKind, number>();
  const files = new Map<string, number>();
  const arena = { rssBytes: 0, lazyFreeBytes: 0, hugePageBytes: 0 };
  for (const [at, region] of look.regions.entries()) {
    const kind = kinds[at]!;
    rssBytes.set(kind, (rssBytes.get(kind) ?? 0) + region.rssBytes);
    regions.set(kind, (regions.get(kind) ?? 0) + 1);
    if (kind === 'file') files.set(region.name, (files.get(region.name) ?? 0) + region.rssBytes);
    if (kind === 'go-arena') {
      arena.rssBytes += region.rssBytes;
      arena.lazyFreeBytes += region.lazyFreeBytes;
      arena.hugePageBytes += region.hugePageBytes;
    }
  }
  let largestFile: { name: string; bytes: number } | undefined;
  for (const [name, amount] of files) if (amount > (largestFile?.bytes ?? 0)) largestFile = { name, bytes: amount };
  return { rssBytes, regions, arena, largestFile };
}

function fileNote({ largestFile }: KindSums): string | undefined {
  return largestFile === undefined ? undefined : `${formatBytes(largestFile.bytes)} of it ${largestFile.name}`;
}

function nativeNote(isGo: boolean, doubtBytes: number | undefined): string {
  if (!isGo) return 'anonymous mappings: large mallocs, other allocators, a heap of another runtime';
  const doubt =
    doubtBytes === undefined || doubtBytes < 64 * 1024
      ? ''
      : `; up to ${formatBytes(doubtBytes)} more may count as Go runtime`;
  return `mapped by C (large mallocs too) or by syscall.Mmap${doubt}`;
}

/** In the order in which equals are listed. */
export const residentClasses: readonly ResidentClass[] = [
  'go-heap-live',
  'go-heap-garbage',
  'go-heap-waste',
  'go-heap-idle',
  'go-heap',
  'goroutine-stacks',
  'go-runtime',
  'exe-and-libraries',
  'file-mappings',
  'malloc',
  'thread-stacks',
  'other-native',
  'shmem',
];

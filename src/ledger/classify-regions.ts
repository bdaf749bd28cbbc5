// What each mapping of a process is: the binary, a file, malloc, a thread's stack, the Go heap, or other native memory.
// Sources: Go 1.21–1.27 runtime/malloc.go (arena hints: 0xc000000000 on amd64, 0x4000000000 on arm64; a random base in the
// lower half of the address space since 1.26; always in units of 64 MiB) and set_vma_name_linux.go (` Go: heap`, 1.25+);
// glibc malloc/arena.c (heaps of 64 MiB, aligned, NORESERVE), nptl/allocatestack.c (a guard below each stack) and
// sysdeps/unix/sysv/linux/setvmaname.c; kernel mm/mmap.c (legacy layout when the stack is unlimited).
import type { MemoryRegion } from '../model/ledger.ts';

export type RegionKind =
  | 'exe-and-libraries'
  | 'file'
  | 'shmem'
  | 'brk'
  | 'glibc-arena'
  | 'thread-stack'
  | 'go-arena'
  /** Named by the runtime: certain. */
  | 'go-runtime'
  /** Anonymous and nameless: the runtime's metadata, large mallocs, mmap by native code. */
  | 'anonymous';

export interface ProcessShape {
  readonly exe: string | undefined;
  /** Go arenas are looked for only here: other runtimes map memory at such addresses too. */
  readonly isGo: boolean;
  readonly threads: number | undefined;
  readonly stackLimitBytes: number | undefined;
}

const arenaBytes = 64 * 1024 * 1024;
/** glibc's and Go's default: RLIMIT_STACK is 8 MiB nearly everywhere. */
const usualStackBytes = 8 * 1024 * 1024;
const mostGuardBytes = 64 * 1024;
const mostLibraryBssBytes = 4 * 1024 * 1024;
/** Below it lie the binary and its brk. */
const lowestArena = 0x1_0000_0000;
const go1Arena = 0xc0_0000_0000;

/** One kind a region, in the same order. */
export function classifyRegions(regions: readonly MemoryRegion[], shape: ProcessShape): RegionKind[] {
  const images = imageFiles(regions, shape.exe);
  const space = shape.isGo ? arenaSpace(regions, images) : undefined;
  const kinds: RegionKind[] = regions.map((region, at) => {
    if (region.inode !== 0) {
      if (isSharedMemory(region.name)) return 'shmem';
      return images.has(region.name) ? 'exe-and-libraries' : 'file';
    }
    const named = kindOfName(region.name);
    if (named !== undefined) return named;
    if (space?.holds(region, at) === true) return 'go-arena';
    if (isBss(regions, at, images, shape.exe)) return 'exe-and-libraries';
    if (isGlibcArena(regions, at)) return 'glibc-arena';
    return 'anonymous';
  });
  for (const at of threadStacks(regions, kinds, shape)) kinds[at] = 'thread-stack';
  return kinds;
}

/** True when the mappings themselves show a Go runtime, whatever the binary says (a Go library in a C program). */
export function showsGoRuntime(regions: readonly MemoryRegion[]): boolean {
  return regions.some(
    (region) =>
      region.inode === 0 &&
      (/^\[anon: ?Go: /.test(region.name) ||
        (region.startAddress === go1Arena && region.name === '' && region.permissions === 'rw-p')),
  );
}

/** Binaries and libraries: the exe, what is named like a library, and what has code mapped. */
function imageFiles(regions: readonly MemoryRegion[], exe: string | undefined): ReadonlySet<string> {
  const images = new Set<string>();
  for (const region of regions) {
    if (region.inode === 0) continue;
    if (
      withoutDeleted(region.name) === exe ||
      /\.so(\.|$)/.test(withoutDeleted(region.name)) ||
      region.permissions[2] === 'x'
    )
      images.add(region.name);
  }
  return images;
}

function kindOfName(name: string): RegionKind | undefined {
  if (name === '') return undefined;
  if (name === '[heap]') return 'brk';
  if (name === '[stack]' || name.startsWith('[stack:')) return 'thread-stack';
  if (/^\[anon: ?Go: heap( reservation)?\]$/.test(name)) return 'go-arena';
  if (/^\[anon: ?Go: /.test(name)) return 'go-runtime';
  if (/^\[anon: ?glibc: pthread stack/.test(name)) return 'thread-stack';
  if (/^\[anon: ?glibc: (malloc|loader malloc)/.test(name)) return 'glibc-arena';
  if (name.startsWith('[anon_shmem:')) return 'shmem';
  if (name.startsWith('[anon:')) return undefined;
  // vdso, vvar, uprobes: pages that the kernel gives to every program.
  return name.startsWith('[') ? 'exe-and-libraries' : undefined;
}

function isSharedMemory(name: string): boolean {
  return /^\/(memfd:|SYSV[0-9a-f]{8}|dev\/shm\/|dev\/zero)/.test(name) || name.startsWith('[anon_shmem:');
}

interface ArenaSpace {
  readonly holds: (region: MemoryRegion, at: number) => boolean;
}

function arenaSpace(regions: readonly MemoryRegion[], images: ReadonlySet<string>): ArenaSpace {
  const top = regions.at(-1)?.endAddress ?? 0;
  const taskBytes = 2 ** Math.ceil(Math.log2(Math.max(top, lowestArena)));
  // Where addresses have 39 bits, the first arena lies exactly in the middle, and libraries only in the last third.
  const highest = taskBytes <= 2 ** 40 ? Math.floor((taskBytes / 3) * 2) : taskBytes / 2;
  const isLow = (region: MemoryRegion): boolean => region.startAddress >= lowestArena && region.endAddress <= highest;
  // With `ulimit -s unlimited` the kernel maps libraries and everything native from the first third upwards.
  const legacy = regions.some((region) => isLow(region) && images.has(region.name));
  if (!legacy) return { holds: (region) => isLow(region) };
  const aligned = alignedChains(regions);
  return { holds: (region, at) => isLow(region) && aligned.has(at) && !region.noReserve };
}

/** Rows of nameless regions without gaps between them that together begin and end at multiples of 64 MiB. */
function alignedChains(regions: readonly MemoryRegion[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (let from = 0; from < regions.length; ) {
    let to = from + 1;
    if (isNameless(regions[from]!)) {
      while (
        to < regions.length &&
        isNameless(regions[to]!) &&
        regions[to]!.startAddress === regions[to - 1]!.endAddress &&
        regions[to]!.noReserve === regions[from]!.noReserve
      )
        to++;
      if (regions[from]!.startAddress % arenaBytes === 0 && regions[to - 1]!.endAddress % arenaBytes === 0)
        for (let at = from; at < to; at++) found.add(at);
    }
    from = to;
  }
  return found;
}

/** The zeroed data behind a binary's last mapping. A large one behind a library is a mapping that happens to touch it. */
function isBss(
  regions: readonly MemoryRegion[],
  at: number,
  images: ReadonlySet<string>,
  exe: string | undefined,
): boolean {
  const region = regions[at]!;
  const before = regions[at - 1];
  if (before === undefined || before.inode === 0 || before.endAddress !== region.startAddress) return false;
  if (!images.has(before.name) || !region.permissions.startsWith('rw')) return false;
  return withoutDeleted(before.name) === exe || region.endAddress - region.startAddress <= mostLibraryBssBytes;
}

function isGlibcArena(regions: readonly MemoryRegion[], at: number): boolean {
  const region = regions[at]!;
  if (region.startAddress % arenaBytes !== 0 || !region.permissions.startsWith('rw')) return false;
  if (region.endAddress % arenaBytes === 0) return region.noReserve;
  const next = regions[at + 1];
  return (
    next !== undefined &&
    next.startAddress === region.endAddress &&
    next.permissions.startsWith('---') &&
    // Another reservation may lie directly behind the arena's own, and the kernel joins the two.
    (next.endAddress % arenaBytes === 0 || (region.noReserve && next.endAddress - region.startAddress > arenaBytes))
  );
}

/**
 * Stacks of threads: writable memory above a guard. Those of the size that `ulimit -s` gives are certain; others count up
 * to the number of threads, the largest resident ones first.
 */
function threadStacks(
  regions: readonly MemoryRegion[],
  kinds: readonly RegionKind[],
  shape: ProcessShape,
): readonly number[] {
  const usual = shape.stackLimitBytes ?? usualStackBytes;
  const exact: number[] = [];
  const others: number[] = [];
  for (let at = 1; at < regions.length; at++) {
    const region = regions[at]!;
    const guard = regions[at - 1]!;
    if (kinds[at] !== 'anonymous' || region.permissions !== 'rw-p' || region.name !== '') continue;
    if (guard.endAddress !== region.startAddress || guard.permissions !== '---p' || guard.inode !== 0) continue;
    const bytes = region.endAddress - region.startAddress;
    const guardBytes = guard.endAddress - guard.startAddress;
    if (bytes === usual || bytes + guardBytes === usual) exact.push(at);
    else if (guardBytes <= mostGuardBytes && bytes <= Math.max(usual, usualStackBytes)) others.push(at);
  }
  // The main thread has `[stack]`. Threads of a Go program without C have their stacks in the Go heap.
  const room = Math.max(0, (shape.threads ?? 1) - 1 - exact.length);
  others.sort((a, b) => regions[b]!.rssBytes - regions[a]!.rssBytes);
  return [...exact, ...others.slice(0, room)];
}

function isNameless(region: MemoryRegion): boolean {
  return region.inode === 0 && region.name === '';
}

function withoutDeleted(name: string): string {
  return name.replace(/ \(deleted\)$/, '');
}

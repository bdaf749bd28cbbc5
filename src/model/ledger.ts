// Where the resident memory of a process goes: what the kernel says of its mappings (regions), what was read at one
// moment (a look), and the ledger that is made of several looks. Absent is not zero: undefined where it was not said.
import type { GrowthEstimate } from './growth.ts';
import type { MemoryStats, ProcessMemory } from './memory-stats.ts';

/** One mapping of /proc/PID/smaps. Addresses are exact: user space ends far below 2^53. */
export interface MemoryRegion {
  readonly startAddress: number;
  readonly endAddress: number;
  /** `rw-p`, `r-xs`. */
  readonly permissions: string;
  /** 0 for anonymous memory. */
  readonly inode: number;
  /** A file, `[heap]`, `[anon: Go: heap]`; '' for nameless anonymous memory. */
  readonly name: string;
  readonly rssBytes: number;
  /** Pages of its own that no file backs, in a private file mapping those that were written. */
  readonly anonymousBytes: number;
  readonly swapBytes: number;
  /** Given back with MADV_FREE, and resident until the kernel wants them. */
  readonly lazyFreeBytes: number;
  readonly hugePageBytes: number;
  /** Beside RSS: the kernel counts hugetlb pages elsewhere. */
  readonly hugetlbBytes: number;
  /** VM_NORESERVE: what glibc's arenas are mapped with. */
  readonly noReserve: boolean;
}

/** /proc/PID/smaps_rollup: the kernel's own sums. */
export interface RegionTotals {
  readonly rssBytes: number;
  readonly anonymousBytes: number | undefined;
  readonly swapBytes: number | undefined;
}

/** memory.stat of the cgroup that the process is charged to, descendants included. */
export interface CgroupMemory {
  readonly path: string;
  /** Anonymous memory of all of its processes. */
  readonly anonBytes: number | undefined;
  /** Page cache and tmpfs. */
  readonly fileBytes: number | undefined;
  readonly fileMappedBytes: number | undefined;
  readonly shmemBytes: number | undefined;
  /** Slab, kernel stacks, page tables, sockets. */
  readonly kernelBytes: number | undefined;
  readonly pageTableBytes: number | undefined;
}

/** How a process was built and set up, as far as the ledger needs it. */
export interface LedgerTarget {
  readonly pid: number;
  readonly exe: string | undefined;
  readonly goVersion: string | undefined;
  /** GOGC of its environment; the program may have changed it since. undefined when that may not be read. */
  readonly gcPercent: number | 'off' | undefined;
  /** `ulimit -s` of the process; undefined when unlimited or unknown. */
  readonly stackLimitBytes: number | undefined;
}

/** Everything that was read at one moment. */
export interface LedgerLook {
  readonly atMs: number;
  readonly regions: readonly MemoryRegion[];
  /** The kernel's own sums, read after the regions. */
  readonly totals: RegionTotals | undefined;
  readonly process: ProcessMemory;
  readonly pageTableBytes: number | undefined;
  readonly cgroup: CgroupMemory | undefined;
  /** Of the Go runtime, at nearly the same moment. */
  readonly memory: MemoryStats | undefined;
  /** Live heap by the heap profile: sampled, as of the last collection. */
  readonly profiledLiveBytes: number | undefined;
}

export type ResidentClass =
  | 'go-heap-live'
  | 'go-heap-garbage'
  | 'go-heap-waste'
  | 'go-heap-idle'
  /** Not split: without the runtime's numbers it holds idle heap and goroutine stacks, too. */
  | 'go-heap'
  | 'goroutine-stacks'
  | 'go-runtime'
  | 'exe-and-libraries'
  | 'file-mappings'
  | 'malloc'
  | 'thread-stacks'
  | 'other-native'
  | 'shmem';

/** Memory that RSS does not contain. */
export type OutsideClass = 'go-heap-untouched' | 'swap' | 'page-tables' | 'cgroup-page-cache' | 'kernel';

export type LedgerClass = ResidentClass | OutsideClass;

export interface LedgerItem {
  readonly class: LedgerClass;
  readonly bytes: number;
  /** Whether RSS contains it: these items and the unexplained rest make up RSS. */
  readonly resident: boolean;
  /** undefined with a single look. */
  readonly growthBytesPerSecond: number | undefined;
  readonly note: string | undefined;
}

/** Where to go on looking, or the name of what only looks like a leak. */
export type LedgerBranchKind =
  | 'go-heap'
  | 'goroutines'
  | 'native'
  | 'threads'
  | 'files'
  | 'gc-headroom'
  | 'idle-heap-not-returned'
  | 'fragmentation'
  | 'page-cache'
  /** Watched, and nothing grew. */
  | 'steady'
  /** Not watched, or not long enough. */
  | 'undecided';

export interface LedgerBranch {
  readonly kind: LedgerBranchKind;
  readonly why: string;
}

export interface Ledger {
  readonly target: LedgerTarget;
  readonly looks: number;
  readonly watchedMs: number;
  readonly rssBytes: number;
  /** Of RSS as a whole; undefined with a single look. */
  readonly rssGrowthBytesPerSecond: number | undefined;
  /** Largest first; those outside RSS last. */
  readonly items: readonly LedgerItem[];
  /** RSS less the resident items. Negative when they claim more than there is. */
  readonly unexplainedBytes: number;
  readonly threads: number | undefined;
  readonly branch: LedgerBranch;
  readonly warnings: readonly string[];
}

/** Values of the classes at each look that can be compared with the others. */
export interface LedgerSeries {
  readonly atMs: Float64Array;
  readonly classes: ReadonlyMap<LedgerClass, Float64Array>;
  /** The mapped files that are most resident in the end, and those that came, by path. */
  readonly files: readonly FileSeries[];
  /** Over all mapped files that are no binaries or libraries. */
  readonly allFiles: Omit<FileSeries, 'name'>;
}

export interface FileSeries {
  readonly name: string;
  readonly residentBytes: Float64Array;
  readonly mappedBytes: Float64Array;
  readonly mappings: Float64Array;
}

export interface FileGrowth {
  readonly name: string;
  readonly resident: GrowthEstimate;
  /** What is mapped, resident or not: reading a file does not change it, mapping it again does. */
  readonly mapped: GrowthEstimate;
  readonly mappings: GrowthEstimate;
}

/** The ledger with what of it grows. */
export interface LedgerGrowth {
  readonly ledger: Ledger;
  readonly atMs: Float64Array;
  readonly classes: ReadonlyMap<LedgerClass, { readonly estimate: GrowthEstimate; readonly series: Float64Array }>;
  /** The one whose resident bytes grew most first. */
  readonly files: readonly FileGrowth[];
  readonly allFiles: FileGrowth;
}

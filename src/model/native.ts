// Native memory of a Go program: what C code (cgo), malloc and mmap hold, by the place that asked for it. Go's own
// profiles never see it. Addresses are of the traced process; user space ends far below 2^53, so numbers are exact.
import type { GrowthEstimate } from './growth.ts';

/**
 * How it was learnt.
 *   malloc       every allocation and release was seen: exact
 *   page-faults  first touches of memory by C code: which Go call makes it grow, not what is released
 *   smaps        size of the memory that is not Go's: whether it grows, not where
 */
export type NativeProbe = 'malloc' | 'page-faults' | 'smaps';

/** The C function that was called, or `page-fault`. */
export type NativeAllocator =
  | 'malloc'
  | 'calloc'
  | 'realloc'
  | 'posix_memalign'
  | 'aligned_alloc'
  | 'memalign'
  | 'operator new'
  | 'mmap'
  | 'page-fault';

/** One place: an allocator called from one C address, below one chain of Go calls. */
export interface NativeTraceSite {
  readonly allocator: NativeAllocator;
  /** Return address of the call of the allocator; for page faults the instruction that touched. */
  readonly cAddress: number;
  /** Chain at the entry into C, innermost first; empty for a thread that C started. */
  readonly goAddresses: readonly number[];
  /** Chain at the call itself, where it was taken (mmap, page faults); else empty. */
  readonly callAddresses: readonly number[];
  /** Outstanding at each tick. For page faults: touched so far. */
  readonly bytes: Float64Array;
  readonly counts: Float64Array;
  /** Everything asked for in the window, released or not. */
  readonly allocatedBytes: number;
  readonly allocatedCount: number;
  /** Outstanding at the end, by the tick before which it was born: what was asked for, and what of it is left. */
  readonly bornBytes: Float64Array;
  readonly keptBytes: Float64Array;
  /** Age of the oldest block that is left, at most; undefined when none is left. */
  readonly oldestMs: number | undefined;
}

export interface NativeHits {
  readonly allocations: number;
  readonly releases: number;
  readonly cgocalls: number;
  readonly pageFaults: number;
}

export interface NativeTrace {
  readonly probe: 'malloc' | 'page-faults';
  /** ms since the start of the window; the first is 0 and everything is zero then. */
  readonly atMs: Float64Array;
  readonly sites: readonly NativeTraceSite[];
  readonly hits: NativeHits;
  /** Blocks released that were allocated before the window. */
  readonly olderReleases: number;
  /** Blocks that the kernel's tables had no room for; what is told is a lower bound then. */
  readonly lostBlocks: number;
  /** false when the trace was ended before its time. */
  readonly complete: boolean;
  readonly warnings: readonly string[];
}

/** A place in code, Go's or C's. What is not known is undefined. */
export interface CodePlace {
  readonly function: string | undefined;
  readonly file: string | undefined;
  readonly line: number | undefined;
  /** The binary or library, as the process sees it; undefined for memory without a file. */
  readonly object: string | undefined;
  readonly address: number;
}

/** Where a site is, in words. */
export interface NativeSiteNames {
  /** The Go function that called into C: the first frame that is not of the runtime or made by cgo. */
  readonly goCaller: CodePlace | undefined;
  readonly goStack: readonly CodePlace[];
  readonly cCaller: CodePlace | undefined;
  /** `C.CString`, `C.CBytes` or `C.malloc`, when the call went through it. */
  readonly via: string | undefined;
  /** Why it is not the program's: the Go runtime's own mappings, the C library's stacks and arenas. */
  readonly own: 'program' | 'go-runtime' | 'c-library';
}

export interface NativeSite {
  readonly names: NativeSiteNames;
  readonly allocator: NativeAllocator;
  /** Outstanding at the end of the window. */
  readonly bytes: number;
  readonly count: number;
  readonly allocatedBytes: number;
  readonly allocatedCount: number;
  readonly oldestMs: number | undefined;
  readonly growth: GrowthEstimate;
  /** Share of the bytes born in the first half of the window that was still there at its end; undefined when none was born. */
  readonly keptShare: number | undefined;
  readonly state: 'leaking' | 'turning-over' | 'settled' | 'unclear';
}

/** Sizes of the process, sampled during the window. */
export interface NativeMemorySample {
  readonly atMs: number;
  /** Anonymous memory that is not of the Go heap: brk, C arenas, mappings, stacks, the Go runtime's tables. */
  readonly nativeBytes: number;
  readonly goHeapBytes: number;
}

export interface NativeGrowth {
  /** Largest growth first; the program's own only. */
  readonly sites: readonly NativeSite[];
  /** Bytes outstanding at sites that were left out: the Go runtime's and the C library's own. */
  readonly ownBytes: number;
  readonly memory: GrowthEstimate | undefined;
  readonly verdict: 'leak' | 'clear' | 'inconclusive';
  readonly why: string;
  readonly whatWouldSettleIt: string | undefined;
}

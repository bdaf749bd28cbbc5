// Native memory of a Go program: what C code (cgo), malloc and mmap hold, by the place that asked for it. Go's own
// profiles never see it. Addresses are of the traced process; user space ends far below 2^53, so numbers are exact.
import type { GrowthEstimate } from './growth.ts';

/**
 * How it was learnt.
 *   malloc       every allocation, release and mapping was seen: exact
 *   memleak      the same by another tool, which tells what is outstanding and nothing else; C.CString has no Go caller
 *   page-faults  first touches of memory by C code: which Go call makes it grow, not what is released; and mappings by Go
 *   mappings     a program without C: what it maps itself, exact
 *   smaps        size of the memory that is not Go's: whether it grows, not where
 */
export type NativeProbe = 'malloc' | 'memleak' | 'page-faults' | 'mappings' | 'smaps';

/** The C function that was called, the system call, or `page-fault`. `unknown`: memleak does not tell them apart. */
export type NativeAllocator =
  | 'malloc'
  | 'calloc'
  | 'realloc'
  | 'posix_memalign'
  | 'aligned_alloc'
  | 'memalign'
  | 'operator new'
  | 'mmap'
  | 'mmap-file'
  | 'page-fault'
  | 'unknown';

/** What a site leaks, as the rules of the catalogue tell causes apart. */
export type NativeSiteKind =
  /** malloc and its like, called by C code. */
  | 'cgo-malloc'
  /** C.CString, C.CBytes: a copy that Go code asked for and nobody frees. */
  | 'cgo-cstring'
  /** Anonymous memory mapped by C or by Go itself. */
  | 'native-mmap'
  | 'file-mapping'
  /** Touched or kept by C code; whether it came from malloc or mmap was not seen. */
  | 'native-touch';

/** One place: an allocator called from one C address, below one chain of Go calls. */
export interface NativeTraceSite {
  readonly allocator: NativeAllocator;
  /** Return address of the call of the allocator; for page faults the instruction that touched. 0: not known. */
  readonly cAddress: number;
  /** Chain at the entry into C, innermost first; empty for a thread that C started. */
  readonly goAddresses: readonly number[];
  /** Chain at the call itself, where it was taken (mmap, page faults); else empty. */
  readonly callAddresses: readonly number[];
  /** Outstanding at each tick. For page faults: touched so far. */
  readonly bytes: Float64Array;
  readonly counts: Float64Array;
  /** Everything asked for in the window, released or not; undefined where only what is left is told. */
  readonly allocatedBytes: number | undefined;
  readonly allocatedCount: number | undefined;
  /** By the tick before which it was born: what was asked for, and what of it is left at the end. */
  readonly bornBytes: Float64Array | undefined;
  readonly keptBytes: Float64Array | undefined;
  /** Age of the oldest block that is left, at most; undefined when none is left, or ages were not told. */
  readonly oldestMs: number | undefined;
}

/** How often each probe was hit. Zero is a fact about the probe, never about leaks. */
export interface NativeHits {
  readonly allocations: number;
  readonly releases: number;
  /** mmap and munmap, the Go runtime's own included. */
  readonly mappings: number;
  readonly cgocalls: number;
  readonly pageFaults: number;
}

export interface NativeTrace {
  readonly probe: Exclude<NativeProbe, 'smaps'>;
  /** ms since the start of the window; the first is 0 and everything is zero then. */
  readonly atMs: Float64Array;
  readonly sites: readonly NativeTraceSite[];
  readonly hits: NativeHits;
  /** Blocks released that were allocated before the window. */
  readonly olderReleases: number;
  /** Blocks that the kernel's tables had no room for; what is told is a lower bound then. */
  readonly lostBlocks: number;
  /** Bytes kept at sites without a name: the trace was cut before it told them, or the kernel's tables had no room. */
  readonly namelessBytes: number;
  /** A table of the kernel filled up: what came later may be missing without having been counted as lost. */
  readonly isFull: boolean;
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
  /**
   * The Go function that called into C, or mapped memory itself: the first frame that is not of the runtime, made by cgo,
   * or one of the wrappers of the system call (syscall, golang.org/x/sys/unix).
   */
  readonly goCaller: CodePlace | undefined;
  readonly goStack: readonly CodePlace[];
  readonly cCaller: CodePlace | undefined;
  /** `C.CString`, `C.CBytes` or `C.malloc`, when the call went through it. */
  readonly via: string | undefined;
  /** Why it is not the program's: the Go runtime's own mappings, the C library's stacks and arenas. */
  readonly own: 'program' | 'go-runtime' | 'c-library';
}

export interface NativeSite {
  readonly kind: NativeSiteKind;
  readonly names: NativeSiteNames;
  readonly allocator: NativeAllocator;
  /** Outstanding at the end of the window. */
  readonly bytes: number;
  readonly count: number;
  readonly allocatedBytes: number | undefined;
  readonly allocatedCount: number | undefined;
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

/** What the kernel says a part of the memory is for, and how it changed over the window. */
export interface NativeClassGrowth {
  readonly class:
    | 'malloc-heap'
    | 'mappings'
    | 'thread-stacks'
    | 'file-mappings'
    | 'shared-memory'
    | 'go-heap'
    | 'program';
  readonly firstBytes: number;
  readonly lastBytes: number;
}

export interface NativeGrowth {
  readonly probe: NativeProbe;
  /** Largest growth first; the program's own only. */
  readonly sites: readonly NativeSite[];
  /** Bytes outstanding at sites that were left out: the Go runtime's and the C library's own. */
  readonly ownBytes: number;
  readonly memory: GrowthEstimate | undefined;
  /** The largest growth first; empty when sizes were not read twice. */
  readonly classes: readonly NativeClassGrowth[];
  readonly verdict: 'leak' | 'clear' | 'inconclusive';
  readonly why: string;
  readonly whatWouldSettleIt: string | undefined;
}

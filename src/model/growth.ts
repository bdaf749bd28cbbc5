// What grew, with how sure: the result of `growth/`, which rules and reports read.
import type { Frame, StackTable } from './stacks.ts';

/**
 * The shape of one value over the window.
 *   growing  a significant upward trend that is still going on in the second half of the window
 *   plateau  it grew, and then stopped within the window (a cache that filled, a pool that warmed)
 *   falling  a significant downward trend
 *   burst    it went up and came down again
 *   flat     enough data, and no change beyond noise
 *   unclear  too few captures or samples to tell; `watchLongerMs` says what would settle it
 */
export type GrowthShape = 'growing' | 'plateau' | 'falling' | 'burst' | 'flat' | 'unclear';

/** One value over the window, in the unit of the value (bytes or a count). Intervals are 95 %. */
export interface GrowthEstimate {
  readonly shape: GrowthShape;
  /** Robust values at the start and the end of the window (not single captures). */
  readonly first: number;
  readonly last: number;
  readonly max: number;
  /** Growth over the whole window. */
  readonly delta: number;
  readonly deltaLow: number;
  readonly deltaHigh: number;
  /** Robust slope (Theil–Sen). */
  readonly perSecond: number;
  readonly perSecondLow: number;
  readonly perSecondHigh: number;
  /** The same over the second half only: what the plateau test looks at. */
  readonly latePerSecond: number;
  readonly latePerSecondLow: number;
  /** Two-sided p of "no monotone trend" (Mann–Kendall, or Poisson of the raw samples with two captures). */
  readonly pValue: number;
  readonly captures: number;
  readonly spanMs: number;
  /** Raw (unscaled) profile samples behind `delta`; undefined for exact counts such as goroutines. */
  readonly rawSamples: number | undefined;
  /** How much longer to watch before this would be settled; undefined when it is settled. */
  readonly watchLongerMs: number | undefined;
  /** Why it is unclear, in one clause. */
  readonly why: string | undefined;
}

export type Ownership = 'main' | 'dependency' | 'std' | 'unknown';

/** Heap growth of one place in the source: all stacks whose blamed frame is this one. */
export interface HeapSite {
  /** `function:line` of the blamed frame, unique among sites. */
  readonly key: string;
  /** The frame nearest to the allocation that belongs to the main module; else a dependency; else std. */
  readonly blamed: Frame;
  readonly ownership: Ownership;
  /** Rows of `HeapGrowth.stacks`, the one that grew most first. */
  readonly stackRows: readonly number[];
  readonly bytes: GrowthEstimate;
  readonly objects: GrowthEstimate;
  /** Values per capture (of `HeapGrowth.atMs`), in-use after the last GC of that capture. */
  readonly bytesSeries: Float64Array;
  readonly objectsSeries: Float64Array;
  /** Allocation rate over the window, whatever was freed. */
  readonly allocBytesPerSecond: number;
  readonly allocObjectsPerSecond: number;
  /** Of the objects allocated in the window, the share that was not freed: 1 = nothing is ever freed. */
  readonly keptShare: number | undefined;
  /** Mean size of the in-use objects at the end. */
  readonly meanObjectBytes: number | undefined;
}

/** A function or a package: self and with callees. */
export interface HeapAggregate {
  readonly name: string;
  readonly flatDeltaBytes: number;
  readonly cumDeltaBytes: number;
}

export interface HeapGrowth {
  readonly stacks: StackTable;
  /** One entry a capture, ms since 1970. */
  readonly atMs: Float64Array;
  /** Live heap: the runtime's own count after collections where it was captured, else the sum over all stacks. */
  readonly total: GrowthEstimate;
  readonly totalSeries: Float64Array;
  /** Every site with values, the one that grew most bytes first; aggregates and sites never drop a stack silently. */
  readonly sites: readonly HeapSite[];
  readonly functions: readonly HeapAggregate[];
  readonly packages: readonly HeapAggregate[];
  /** Mean bytes between samples; 0 when unknown. */
  readonly samplingPeriodBytes: number;
  /** Growth of each stack over the window, for a profile of the growth. Rows are rows of `stacks`. */
  readonly stackGrowth: {
    readonly rows: Int32Array;
    readonly deltaObjects: Float64Array;
    readonly deltaBytes: Float64Array;
  };
  /** What each stack held at each moment, for pictures of growth between any two. */
  readonly stackValues: StackValues;
  /** The stacks of whatever was *allocated* most in the window, kept or not: shows who calls a leaking library. */
  readonly allocatingStackRows: readonly number[];
}

/** Values of the stacks themselves, without what they call: [moment of `HeapGrowth.atMs`][entry]. */
export interface StackValues {
  /** Row of `HeapGrowth.stacks` of each entry. */
  readonly rows: Int32Array;
  readonly inuseBytes: readonly Float64Array[];
  readonly inuseObjects: readonly Float64Array[];
  /** Allocated since the program started; undefined when the profile does not say. */
  readonly allocBytes: readonly Float64Array[] | undefined;
  readonly allocObjects: readonly Float64Array[] | undefined;
}

/** Goroutines with one entry function, creation site, wait reason and blocked line. */
export interface GoroutineGroup {
  readonly key: string;
  /** The function of the go statement: the outermost frame. */
  readonly entry: Frame;
  /** The go statement itself; undefined when no dump (debug=2) was captured. */
  readonly createdBy: Frame | undefined;
  /** Go's wait reason (`chan send`), read from a dump or derived from the runtime frames; `running`, `unknown`. */
  readonly state: string;
  readonly stateSource: 'dump' | 'frames';
  /** Innermost frame outside package runtime: where it stands. */
  readonly blocked: Frame;
  /** Innermost frame of the main module (else of a dependency) on the stack; undefined when there is none. */
  readonly userFrame: Frame | undefined;
  /** A whole stack, leaf first, runtime frames included. */
  readonly exampleStack: readonly Frame[];
  readonly count: GrowthEstimate;
  readonly countSeries: Float64Array;
  /** Longest wait in whole minutes by the last dump; undefined without a dump. */
  readonly oldestWaitMinutes: number | undefined;
  /** Proven leaked by the runtime's goroutineleak profile in the last capture; undefined when not captured. */
  readonly provenLeaked: number | undefined;
  /** Who proved it; undefined: the runtime's profile. */
  readonly provenBy?: 'heap-walk';
  /** Why a heap walk did not prove it: what may still wake it, as StuckStack has it. */
  readonly wokenBy?: string;
  readonly lockedToThread: boolean;
  /** Of the last profile (`pprof.Do`), the commonest first, and how many goroutines carry each; empty: none carries any. */
  readonly labels: readonly GoroutineLabel[];
}

export interface GoroutineLabel {
  readonly key: string;
  readonly value: string;
  readonly count: number;
}

export interface GoroutineGrowth {
  readonly atMs: Float64Array;
  readonly total: GrowthEstimate;
  readonly totalSeries: Float64Array;
  /** The group that grew most first. */
  readonly groups: readonly GoroutineGroup[];
}

/** Runtime and process memory over the window, one estimate a quantity that was captured. */
export interface MemoryTrend {
  readonly atMs: Float64Array;
  readonly quantities: ReadonlyMap<
    MemoryQuantity,
    /** `atMs` of the captures that said it: not all do. */
    { readonly estimate: GrowthEstimate; readonly series: Float64Array; readonly atMs: Float64Array }
  >;
}

export type MemoryQuantity =
  | 'heap-live'
  | 'heap-alloc'
  | 'heap-inuse'
  | 'heap-idle'
  | 'heap-released'
  | 'heap-sys'
  | 'stack-inuse'
  | 'runtime-sys'
  | 'max-rss'
  | 'rss'
  | 'rss-anon'
  | 'rss-file'
  | 'rss-shmem'
  | 'threads'
  | 'open-files'
  | 'goroutines';

// What one heap graph proves beyond who holds what: goroutines that nothing can wake, objects that wait for a finalizer that
// cannot run, calls that are deferred without end, timers, children of contexts. Plain data; `goheap/proofs` makes it.
import type { Frame } from './stacks.ts';

/** What keeps a blocked goroutine from being proven stuck: the first root that leads to what it waits for. */
export interface WakeRoot {
  /** static: what it waits for is itself a variable of the program. */
  readonly kind: 'global' | 'static' | 'goroutine' | 'timer' | 'special' | 'runtime' | 'unknown';
  /** Global: `main.pool`. Goroutine: its start function. */
  readonly name: string;
  /** How it leads there, a label a step, as far as it can be told: `.tasks`, `[3]`. */
  readonly path: readonly string[];
  /** Goroutine: what it does, in the words of tracebacks (`IO wait`: a peer may wake it). */
  readonly state?: string;
}

/** Goroutines that refer to what a group waits for, and so could have woken it. */
export interface Counterpart {
  readonly startFunction: string;
  readonly state: string;
  /** Innermost frame of the program's own. */
  readonly at: Frame | undefined;
  readonly count: number;
  /** It waits for the same object itself. */
  readonly waitsToo: boolean;
}

/** Goroutines that are blocked in one place on Go's own synchronisation. */
export interface StuckGroup {
  readonly startFunction: string;
  readonly createdAt: Frame | undefined;
  /** The words of tracebacks: `chan send`, `sync.Mutex.Lock`, `semacquire` (locks before 1.20, wait groups before 1.25). */
  readonly state: string;
  /** Innermost frame that belongs neither to the runtime nor to package sync. */
  readonly blockedAt: Frame | undefined;
  /** Of one of them, innermost first. */
  readonly stack: readonly Frame[];
  readonly count: number;
  /** At most `mostIds` of them, the oldest first. */
  readonly ids: readonly number[];
  /** Longest wait; 0 when the runtime has not stamped it yet. It does so at each collection. */
  readonly oldestWaitNs: number;
  /** Heap that nothing but these goroutines reaches, and their stacks. */
  readonly retainedBytes: number;
  readonly stackBytes: number;
  /** unreachable: nothing that can still run leads to anything that they wait for. */
  readonly proof: 'unreachable' | undefined;
  /** Why it is not proven; undefined when it is. */
  readonly wokenBy: WakeRoot | undefined;
  /** At most `mostCounterparts`; those that do not wait themselves first. */
  readonly counterparts: readonly Counterpart[];
}

/** Calls that one line of one goroutine has deferred again and again. Records on the stack (not in loops) are left out. */
export interface DeferChain {
  readonly goroutine: number;
  readonly startFunction: string;
  /** The function with the defer statement; undefined when its line is not known. */
  readonly at: Frame | undefined;
  readonly deferredFunction: string;
  readonly count: number;
  /** The records, and what nothing but them reaches. */
  readonly bytes: number;
}

/** A goroutine whose stack has grown large. */
export interface LargeStack {
  readonly goroutine: number;
  readonly startFunction: string;
  readonly createdAt: Frame | undefined;
  readonly state: string;
  readonly stackBytes: number;
  readonly usedBytes: number;
  readonly frames: number;
  /** The function that stands on it most often, where it does so for the last time. */
  readonly deepest: { readonly at: Frame; readonly count: number };
}

/** Objects that only their own finalizer or cleanup leads to: they are never freed. */
export interface SpecialCycle {
  readonly kind: 'finalizer' | 'cleanup';
  readonly type: string;
  /** The finalizer; '' when it cannot be named. */
  readonly functionName: string;
  readonly count: number;
  /** The objects, and all that is kept with them, counted once. */
  readonly bytes: number;
  /** Other objects with specials in the same cycles: `main.texture (main.free)`. */
  readonly others: readonly string[];
}

/** A goroutine of the runtime that runs finalizers or cleanups, inside one of the program's. */
export interface BusyFinalizer {
  readonly kind: 'finalizer' | 'cleanup';
  readonly goroutine: number;
  readonly state: string;
  /** Innermost frame of the program's own. */
  readonly at: Frame | undefined;
  readonly stack: readonly Frame[];
  readonly waitedNs: number;
  /** It works, sleeps or waits for a peer; or a goroutine or timer that may still run leads to what it waits for. */
  readonly mayGoOn: boolean;
  /** A variable of the program leads to what it waits for: code that has not begun could wake it. */
  readonly byVariable: boolean;
}

export interface FinalizerFacts {
  readonly cycles: readonly SpecialCycle[];
  readonly busy: readonly BusyFinalizer[];
  /** Calls that are queued and have not run. */
  readonly queuedFinalizers: number;
  readonly queuedCleanups: number;
}

/** Timers that wait to fire and do the same. */
export interface TimerGroup {
  /** `time.AfterFunc main.expire`, `time.Ticker`, `time.Timer` (also time.After), `time.Sleep`. */
  readonly name: string;
  readonly count: number;
  readonly periodNs: number;
  /** Negative when it is overdue; undefined when nobody knows what time it was. */
  readonly firstFiresInNs: number | undefined;
  readonly lastFiresInNs: number | undefined;
  /** Heap that nothing but these timers reaches. */
  readonly bytes: number;
}

/** The same timers, one by one. */
export interface PendingTimers {
  readonly length: number;
  /** A named node of the graph. */
  readonly node: Int32Array;
  /** 0 for those that fire once. */
  readonly periodNs: Float64Array;
  /** Negative when it is overdue, Infinity for never, NaN when nobody knows what time it was. */
  readonly firesInNs: Float64Array;
}

/** A context that lives and has children which are not cancelled. */
export interface ContextParent {
  /** In hexadecimal. */
  readonly address: string;
  readonly children: number;
  readonly childTypes: readonly { readonly type: string; readonly count: number }[];
  /** The root that leads to it, with labels: `main.base`, `main.serve var ctx`. */
  readonly owner: string;
}

export interface HeapProofs {
  /** Proven ones first, then the most numerous. */
  readonly stuck: readonly StuckGroup[];
  /** Goroutines that are proven stuck, and what nothing but all of them together reaches. */
  readonly leakedGoroutines: number;
  readonly leakedBytes: number;
  readonly deferChains: readonly DeferChain[];
  readonly largeStacks: readonly LargeStack[];
  readonly finalizers: FinalizerFacts;
  readonly timers: readonly TimerGroup[];
  readonly pendingTimers: PendingTimers;
  readonly contexts: readonly ContextParent[];
  /** Why nothing may be proven by this walk; empty when it may. */
  readonly doubts: readonly string[];
}

export const mostIds = 20;
export const mostCounterparts = 8;

/**
 * Groups that are proven stuck and do not stand there on purpose: `select {}` is how a program waits for ever because it
 * wants to, and so is a main that waits for a channel of its own.
 */
export const provenStuck = ({ stuck }: HeapProofs): readonly StuckGroup[] =>
  stuck.filter(
    ({ proof, state, startFunction }) =>
      proof !== undefined && state !== 'select (no cases)' && startFunction !== 'runtime.main',
  );

// What a diagnosis reads from heap walks: who holds the objects of each allocation stack, in the words of a finding, and
// which goroutines nothing can wake.
import type { Captured } from '../base/captured.ts';
import type { ContainerKind } from './heap-containers.ts';
import type { DeferChain, LargeStack } from './heap-proofs.ts';
import type { Frame } from './stacks.ts';

/** One node of the way from a root to the objects. */
export interface HolderStep {
  /** How the step before refers to it: `.sessions`, `[…]`, `map key`; '' when that is not known. */
  readonly label: string;
  /** Type of an object, name of a root or frame. */
  readonly name: string;
  readonly kind: 'root' | 'object';
  readonly retainedBytes: number;
  /** Further links of the same kind that were left out: the length of a chain. */
  readonly repeats: number;
  /** When it is a container whose entries were counted. */
  readonly counted?: CountedContainer | undefined;
}

/** A container at the end of the watch, and at its beginning when it was walked then, too. Counted, not sampled. */
export interface CountedContainer {
  readonly kind: ContainerKind;
  /** `global main.cache .sessions`. */
  readonly name: string;
  readonly typeName: string;
  readonly entries: number;
  /** Slots of a map, capacity of a slice or channel. */
  readonly room: number;
  readonly retainedBytes: number;
  /** Of its tables, without what entries refer to. */
  readonly ownBytes: number;
  /** Undefined with one walk, or where it is not known to be the same container. Never zero for that. */
  readonly earlier:
    | { readonly seconds: number; readonly entries: number; readonly room: number; readonly retainedBytes: number }
    | undefined;
}

export interface HeldObjects {
  /** Of the allocation, leaf first. */
  readonly frames: readonly Frame[];
  /** Objects that the runtime's profiler sampled on this stack and that are alive. */
  readonly sampledObjects: number;
  /** `global main.cache`, `goroutine main.worker (one of 100)`. */
  readonly root: string;
  readonly rootKind: 'global' | 'goroutine' | 'frame' | 'special' | 'timer' | 'runtime' | 'other';
  /** From below the root to the object itself, which is the last. */
  readonly steps: readonly HolderStep[];
  /** Of the outermost step without which the objects would be free. */
  readonly retainedBytes: number;
  /** Share of this stack's sampled objects that are held through the same types from the same root. */
  readonly share: number;
  /** Objects with a finalizer of the root's kind that nothing but themselves holds; 0 when the root is no finalizer. */
  readonly selfKept: number;
  /** Contexts on the way that nobody can cancel: only the children of their parent lead to them. */
  readonly forsaken: number;
  /** When nearly all sampled objects are arrays of which nothing alive sees more than a part. */
  readonly cut: CutFact | undefined;
  /** When nearly all sampled objects are kept by slots alone that no slice shows. */
  readonly lost: LostFact | undefined;
  /** When nothing but timers that wait holds the sampled objects. */
  readonly timers: TimerHold | undefined;
  /** When a sync.Pool holds some of the sampled objects, and nothing else does. */
  readonly pooled: PooledFact | undefined;
}

export interface PooledFact {
  /** Sampled objects that lie in a pool. */
  readonly objects: number;
  readonly bytes: number;
  /** Of the objects, arrays whose slices show something, and no more than a quarter: what they were used for last. */
  readonly oversized: number;
}

export interface LostFact {
  /** Sampled objects that are lost. */
  readonly objects: number;
  /** Arrays that keep them. */
  readonly arrays: number;
  /** Of the objects, those within the capacity of a slice: the next appends would overwrite them. */
  readonly spare: number;
  /** Of the objects, those in arrays that no type calls so: the numbers behind the pointers fit. */
  readonly byNumbers: number;
}

/** Timers of one kind, and what only they hold. */
export interface TimerHold {
  /** As TimerGroup has it. */
  readonly name: string;
  /** Different timers that hold the sampled objects. */
  readonly timers: number;
  /** All timers of this name that wait. */
  readonly pending: number;
  /** Until the first of `timers` fires; undefined when nobody knows what time it was, Infinity for never. */
  readonly firesInMs: number | undefined;
}

export interface CutFact {
  readonly kind: 'substring' | 'subslice';
  /** Sampled objects that are cut. */
  readonly objects: number;
  readonly heldBytes: number;
  readonly visibleBytes: number;
  /** True: a slice could be grown again over the rest; its length only shows a part of its capacity. */
  readonly withinCapacity: boolean;
  /** Of the objects, those of which slices see something, and no more than a quarter. */
  readonly tinyParts: number;
  /** Of the objects, those that no type calls arrays: the runtime made them as such, and numbers behind the pointers fit. */
  readonly byNumbers: number;
}

/** Goroutines of one stack that wait for something which nothing that runs can reach, or why that is not proven. */
export interface StuckStack {
  /** Innermost first. */
  readonly frames: readonly Frame[];
  /** The go statement. */
  readonly createdAt: Frame | undefined;
  readonly state: string;
  readonly count: number;
  /** What leads to it and may still run: `goroutine main.main (sleep)`, `global main.pool`; undefined for proven ones. */
  readonly wokenBy?: string | undefined;
}

export interface GrowingHolder {
  /** `global main.cache`. */
  readonly root: string;
  /** From below the root to the objects that became more. */
  readonly path: readonly string[];
  /** Type of the objects. */
  readonly type: string;
  readonly retainedBytes: number;
  /** Of these objects' bytes, what is held on this way; 0 to 1. */
  readonly share: number;
  readonly objects: { readonly before: number; readonly after: number };
  readonly bytes: { readonly before: number; readonly after: number };
}

export interface HeapFacts {
  readonly takenAtMs: number;
  readonly pauseMs: number;
  readonly objects: number;
  readonly bytes: number;
  /** Details of self-checks that failed: then nothing is proven by this walk. */
  readonly failedChecks: readonly string[];
  readonly held: readonly HeldObjects[];
  /** Not captured when this walk cannot prove it. */
  readonly stuck: Captured<readonly StuckStack[]>;
  /** What grew most between the first and the last walk; undefined with one walk, or when nothing grew. */
  readonly growing: GrowingHolder | undefined;
  /** Those that retain most, the largest first. */
  readonly containers: readonly CountedContainer[];
  /** Calls that one line of one goroutine has deferred again and again. */
  readonly deferChains: readonly DeferChain[];
  /** The goroutine that runs finalizers, when it stands inside one; undefined: it does not, or nothing may be proven. */
  readonly finalizer: RunningFinalizer | undefined;
  /** The largest first; those of 64 KiB and more. */
  readonly largeStacks: readonly LargeStack[];
}

/** A finalizer that was running, and had not ended, at the moment of the walk. */
export interface RunningFinalizer {
  /** The words of tracebacks. */
  readonly state: string;
  /** Innermost frame of the program's own. */
  readonly at: Frame | undefined;
  /** How long it has been in this one wait, at least: the runtime notes the time at the first collection after it began. */
  readonly waitedMs: number;
  /** As BusyFinalizer has it. */
  readonly mayGoOn: boolean;
  readonly byVariable: boolean;
  /** Finalizers that wait for their turn. */
  readonly queued: number;
}

// The object graph of one Go heap at one moment: who refers to whom, from named roots down. Immutable columns; a node is a row.
//
//   node:   0      1             2            3              4 …
//   kind:   root   global        goroutine    frame          object …
//
// Node 0 refers to every named root. Named nodes (globals, goroutines, their frames, specials, timers) come before all
// objects: rows 0 … named.length - 1. Objects follow in the order in which a breadth-first walk found them, so `parent` is
// a shortest path to the root and unreachable objects are not in the table. References are CSR: those of node n are
// referenceTo[referenceStart[n] … referenceStart[n + 1]).
import type { ContainerTable } from './heap-containers.ts';
import type { HeapProofs } from './heap-proofs.ts';
import type { StackTable } from './stacks.ts';

export const nodeKinds = ['root', 'global', 'goroutine', 'frame', 'special', 'timer', 'runtime', 'object'] as const;
export type NodeKind = (typeof nodeKinds)[number];

export const rootNode = 0;
/** No node, no type, no goroutine. */
export const none = -1;

/** Rows 0 … length - 1 of the graph: everything that is not an object of the heap. */
export interface NamedNodes {
  readonly length: number;
  /** Index into `nodeKinds`. */
  readonly kind: Uint8Array;
  /**
   * Global: `main.cache`. Goroutine: its start function. Frame: its function. Special: `finalizer of *os.File`. Without
   * names of globals (stripped): `bss+0x8 used by main.init`.
   */
  readonly name: readonly string[];
  /** Row of the goroutine table, for goroutines and frames; -1 otherwise. */
  readonly goroutine: Int32Array;
  /** Frame: 0 is the innermost. -1 otherwise. */
  readonly frameDepth: Int32Array;
  /** Address of the variable in memory; 0 where there is none. */
  readonly address: Float64Array;
}

/** Types of objects, by how sure we are of them. */
export interface HeapTypes {
  readonly length: number;
  /** Go's own name: `*main.Session`, `[]uint8`, `map[string]*main.Session`, `string data`, `func main.handle.func1`. */
  readonly name: readonly string[];
  /** Of one element; 0 when unknown. A slot may hold several (the array behind a slice). */
  readonly sizeBytes: Float64Array;
  /** exact: the runtime or debug information says so. candidates: one of several that fit. size-class: nothing is known. */
  readonly certainty: readonly ('exact' | 'candidates' | 'size-class')[];
}

/** Goroutines that exist at the moment of the walk. */
export interface HeapGoroutines {
  readonly length: number;
  readonly node: Int32Array;
  readonly id: Float64Array;
  /** `chan receive`, `select`, `running`, …: the words of Go's tracebacks. */
  readonly state: readonly string[];
  /** Nanoseconds that it has waited, as far as the runtime knows (it stamps the wait at the next GC); 0 when unknown. */
  readonly waitedNs: Float64Array;
  readonly startFunction: readonly string[];
  /** Where the go statement stands: rows of `stacks.frames`, -1 for the main goroutine. */
  readonly createdAt: Int32Array;
  /** Row of its stack in `stacks`, innermost frame first when spelled out. */
  readonly stack: Int32Array;
  readonly stacks: StackTable;
  readonly stackBytes: Float64Array;
  /** Calls that are deferred and have not run. */
  readonly deferred: Int32Array;
  /** What it is blocked on: a node of the graph (a channel, a lock's holder object), -1 when it is none or unknown. */
  readonly blockedOn: Int32Array;
  /**
   * All that it is blocked on, as CSR: a select waits for several channels. waitsFor[waitStart[g] … waitStart[g + 1]) are nodes;
   * -1 for what is no object of the heap. None at all when it waits for something else, or when that is not known.
   */
  readonly waitStart: Uint32Array;
  readonly waitsFor: Int32Array;
}

export interface HeapGraph {
  readonly length: number;
  readonly named: NamedNodes;
  /** Row of `types` of each node, -1 for what has none. */
  readonly type: Int32Array;
  readonly types: HeapTypes;
  /** Address of the slot of an object; for named nodes that of the variable, or 0. Computed: a column of it is never needed. */
  readonly addressOf: (node: number) => number;
  /**
   * Size of the slot, 0 for named nodes: what the object costs, not what its type needs. Exact in 24 bits: slots are at most
   * 32 KiB, and above that whole pages of 8 KiB.
   */
  readonly bytes: Float32Array;
  readonly referenceStart: Uint32Array;
  readonly referenceTo: Uint32Array;
  /** The node through which it was found first; -1 for the root. */
  readonly parent: Int32Array;
  readonly goroutines: HeapGoroutines;
}

/** What the walk itself says of how right it is. A check that fails is shown, and lowers what may be concluded. */
export interface SelfCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** Turns a node and a reference into words, from the memory that was copied: fields, indexes, keys. Never contents. */
export interface HeapNames {
  /** How `from` refers to `to`: `.sessions`, `[17]`, `map value`, `var buf`; '' when it cannot be told. */
  referenceLabel(from: number, to: number): string;
}

/** Arrays of plain values of which all strings and slices that lead to them see only a part; see goheap/find-cuts.ts. */
export interface CutObjects {
  readonly length: number;
  readonly node: Int32Array;
  /** 0: only strings lead to it. */
  readonly isSlice: Uint8Array;
  /** 1: no type says that strings and slices lead to it, only the numbers behind the pointers. */
  readonly byNumbers: Uint8Array;
  /** Size of the slot. */
  readonly heldBytes: Float64Array;
  /** What can be reached, slices up to their capacity. */
  readonly visibleBytes: Float64Array;
  /** What is in use, slices up to their length. */
  readonly visibleByLengthBytes: Float64Array;
}

/** Objects that only slots of arrays lead to which no slice shows; see goheap/find-lost-elements.ts. */
export interface LostObjects {
  readonly length: number;
  readonly node: Int32Array;
  /** The array that keeps it. */
  readonly array: Int32Array;
  /** 1: a longer slice over the array could show it again, and an append overwrites it. 0: no expression leads to it. */
  readonly isSpare: Uint8Array;
  /** 1: no type says that slices lead to the array, only the numbers behind the pointers. */
  readonly byNumbers: Uint8Array;
}

/** Objects that the runtime's memory profiler caught, about one in 512 KiB: where each was allocated. */
export interface SampledObjects {
  readonly length: number;
  readonly node: Int32Array;
  /** Row of the allocation's stack, innermost frame first when spelled out. */
  readonly stack: Int32Array;
  readonly stacks: StackTable;
}

export interface HeapWalk {
  readonly goVersion: string;
  /** Where names and types come from. */
  readonly symbols: 'dwarf' | 'stripped';
  readonly takenAtMs: number;
  /** How long the target was stopped; 0 when it was not, or when this is a core. */
  readonly pauseMs: number;
  readonly totalMs: number;
  readonly stopped: 'signal' | 'freezer' | 'not-stopped' | 'core' | 'already-stopped';
  readonly objects: { readonly allocated: number; readonly reachable: number };
  readonly bytes: { readonly allocated: number; readonly reachable: number; readonly copied: number };
  /** Share of reachable bytes whose type is exact. */
  readonly typedShare: number;
  readonly graph: HeapGraph;
  readonly names: HeapNames;
  /** Undefined when the program keeps no memory profile. */
  readonly sampled: SampledObjects | undefined;
  /** Maps, channels, lists and arrays behind slices with what they hold; worked out when it is first asked for. */
  readonly containers: () => ContainerTable;
  /** Computed when it is asked for. */
  readonly cuts: () => CutObjects;
  readonly lost: () => LostObjects;
  readonly selfChecks: readonly SelfCheck[];
  /** What could not be read or known. */
  readonly gaps: readonly string[];
  /** What the graph proves about goroutines, finalizers, timers, contexts: worked out when it is first asked for. */
  readonly proofs: () => Promise<HeapProofs>;
}

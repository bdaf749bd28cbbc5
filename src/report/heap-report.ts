// What `leakline heap` says, schema `leakline.heap/1` (docs/schemas): the one value that its renderers and scripts read.
// Fields may be added, never re-meant. Absent is left out and means "not known"; it is never zero.

import type { ContainerKind } from '../model/heap-containers.ts';

export interface HeapReport {
  readonly schema: 'leakline.heap/1';
  readonly tool: { readonly name: 'leakline'; readonly version: string };
  readonly target: { readonly label: string; readonly pid?: number };
  readonly takenAt: string;
  readonly goVersion: string;
  readonly symbols: 'dwarf' | 'stripped';
  readonly stopped: string;
  readonly pauseMs: number;
  readonly totalMs: number;
  /** False when a check of the walk failed: nothing below may be relied on. */
  readonly sound: boolean;
  /** One or two sentences for a person. */
  readonly summary: string;
  readonly objects: { readonly allocated: number; readonly reachable: number };
  readonly bytes: { readonly allocated: number; readonly reachable: number; readonly copied: number };
  /** Share of the reachable bytes whose type is exact. */
  readonly typedShare: number;
  /** How many roots of each kind there are. */
  readonly roots: Readonly<Record<string, number>>;
  /**
   * dominators: what is retained would be free without the holder. first-found: memory was short, each object is counted
   * for the holder through which it was found first.
   */
  readonly method: 'dominators' | 'first-found';
  /** The largest first. Their retained bytes add up to all reachable bytes. */
  readonly retainers: readonly HeapRetainer[];
  readonly types: readonly HeapTypeRow[];
  readonly goroutineGroups: readonly HeapGoroutineGroup[];
  /** Those whose entries could be counted, the ones that retain most first; not more than 200. */
  readonly containers: readonly HeapContainer[];
  /** Rows that are not in the lists above. */
  readonly leftOut: { readonly retainers: number; readonly types: number; readonly goroutineGroups: number };
  readonly waste: HeapWasteReport;
  readonly proofs: HeapProofsReport;
  readonly why?: HeapWhy;
  readonly diff?: HeapDiff;
  readonly selfChecks: readonly { readonly name: string; readonly ok: boolean; readonly detail: string }[];
  readonly gaps: readonly string[];
}

export interface HeapPlace {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface HeapHolder {
  /** `shared`: objects of one type that several roots hold; `heldBy` of the retainer names them. */
  readonly kind: string;
  readonly name: string;
  readonly createdAt?: HeapPlace;
}

export interface HeapRetainer extends HeapHolder {
  /** Goroutines, variables or shared objects that are one row here. */
  readonly count: number;
  readonly retainedBytes: number;
  readonly retainedObjects: number;
  /** Of all reachable bytes. */
  readonly share: number;
  /** Roots that together hold a shared retainer, those with most references first. */
  readonly heldBy: readonly HeapHolder[];
  readonly inside: readonly HeapTreeNode[];
}

/** Objects of one type under one holder. */
export interface HeapTreeNode {
  readonly kind: 'type' | 'frame' | 'unknown';
  readonly name: string;
  /** How the holder refers to one of them: `.sessions`, `[…]`, `var buf`; '' when it does not do so itself. */
  readonly label: string;
  /** How many of them; what is inside of a map counts among `objects` only. */
  readonly count: number;
  readonly objects: number;
  readonly bytes: number;
  readonly retainedBytes: number;
  readonly share: number;
  readonly inside: readonly HeapTreeNode[];
}

export interface HeapTypeRow {
  readonly name: string;
  readonly certainty: 'exact' | 'candidates' | 'size-class';
  readonly objects: number;
  readonly bytes: number;
  /** What would be free without all of them. */
  readonly retainedBytes: number;
  /** Where they are allocated, as far as the memory profiler caught them. Empty when it caught none. */
  readonly allocatedAt: readonly (HeapPlace & { readonly samples: number })[];
  /** Who holds most of them. */
  readonly heldBy: readonly (HeapHolder & { readonly objects: number; readonly bytes: number })[];
}

export interface HeapGoroutineGroup {
  readonly startFunction: string;
  readonly createdAt?: HeapPlace;
  readonly count: number;
  readonly states: readonly { readonly state: string; readonly count: number }[];
  readonly longestWaitMs?: number;
  readonly stackBytes: number;
  readonly retainedBytes: number;
  readonly retainedObjects: number;
  readonly mostDeferred: number;
  /** Proven to wait for ever: nothing that runs can reach what they wait for. Absent when no proof was possible. */
  readonly stuck?: number;
  /** Of the one that retains most, innermost first. */
  readonly stack: readonly HeapPlace[];
}

/** A map, an array behind slices, a channel, a list: how many entries it has. */
export interface HeapContainer {
  readonly kind: ContainerKind;
  /** Root and path: `global main.cache .sessions`. */
  readonly name: string;
  readonly type: string;
  readonly entries: number;
  /** For how many entries it has memory: slots of a map, capacity of a slice or channel. */
  readonly room: number;
  /** What would be free without it. */
  readonly retainedBytes: number;
}

/** One container in two walks. That it grows does not make it a leak: a cache that fills does so, too. */
export interface HeapContainerGrowth extends Pick<HeapContainer, 'kind' | 'name' | 'type'> {
  readonly entries: HeapChange;
  readonly room: HeapChange;
  readonly retainedBytes: HeapChange;
  readonly entriesPerSecond: number;
  readonly retainedBytesPerSecond: number;
}

/** What the graph proves beyond who holds what. Empty lists with `doubts`: nothing may be proven by this walk. */
export interface HeapProofsReport {
  readonly doubts: readonly string[];
  /** Nothing that can still run leads to anything that these goroutines wait for. */
  readonly stuck: readonly {
    readonly startFunction: string;
    readonly createdAt?: HeapPlace;
    readonly blockedAt?: HeapPlace;
    readonly state: string;
    readonly count: number;
    readonly oldestWaitMs?: number;
    readonly retainedBytes: number;
  }[];
  /** Objects that only their own finalizer or cleanup leads to: they are never collected. */
  readonly finalizerCycles: readonly {
    readonly kind: string;
    readonly type: string;
    readonly function: string;
    readonly count: number;
    readonly bytes: number;
  }[];
  /** Goroutines of the runtime that are inside of a finalizer or cleanup of the program. */
  readonly busyFinalizers: readonly {
    readonly kind: string;
    readonly at?: HeapPlace;
    readonly state: string;
    readonly waitedMs: number;
  }[];
  readonly queuedFinalizers: number;
  readonly queuedCleanups: number;
  /** Calls that one line of one goroutine has deferred again and again. */
  readonly deferChains: readonly {
    readonly startFunction: string;
    readonly at?: HeapPlace;
    readonly deferredFunction: string;
    readonly count: number;
    readonly bytes: number;
  }[];
  readonly timers: readonly { readonly name: string; readonly count: number; readonly bytes: number }[];
  readonly contexts: readonly { readonly owner: string; readonly children: number }[];
}

export interface HeapWasteReport {
  readonly uncollectedBytes: number;
  readonly uncollectedObjects: number;
  readonly roundingBytes: number;
  readonly rounding: readonly { readonly type: string; readonly objects: number; readonly bytes: number }[];
  readonly tinyObjects: number;
  readonly tinyBytes: number;
}

export interface HeapPathStep {
  readonly kind: string;
  readonly name: string;
  readonly label: string;
  /** Hexadecimal. */
  readonly address?: string;
  readonly retainedBytes: number;
  /** Whether the object would be free without this step. */
  readonly onEveryPath?: boolean;
  readonly again?: { readonly steps: number; readonly times: number };
}

export interface HeapWhy {
  readonly question: string;
  /** Names that the question was taken to mean. */
  readonly meaning: readonly string[];
  readonly objects: number;
  readonly bytes: number;
  readonly retainedBytes: number;
  readonly ways: readonly {
    readonly objects: number;
    readonly bytes: number;
    readonly path: readonly HeapPathStep[];
  }[];
  readonly otherWays: { readonly ways: number; readonly objects: number; readonly bytes: number };
  /** For a question about a root: what it holds. */
  readonly holders: readonly HeapRetainer[];
}

export interface HeapChange {
  readonly before: number;
  readonly after: number;
}

export interface HeapDiff {
  readonly spanMs?: number;
  readonly objects: HeapChange;
  readonly bytes: HeapChange;
  /** How most objects of the type that grew most are held now. */
  readonly largestGrowth?: {
    readonly type: string;
    readonly root: string;
    readonly path: readonly string[];
    readonly retainedBytes: number;
    /** Of the bytes of the type. */
    readonly share: number;
  };
  readonly types: readonly {
    readonly type: string;
    /** Where it is allocated most, as far as the memory profiler caught it. */
    readonly allocatedAt?: HeapPlace;
    readonly holder: HeapHolder;
    readonly objects: HeapChange;
    readonly bytes: HeapChange;
  }[];
  readonly holders: readonly {
    readonly holder: HeapHolder;
    readonly count: HeapChange;
    readonly retainedObjects: HeapChange;
    readonly retainedBytes: HeapChange;
  }[];
  /** Those that are in both walks and changed, the fastest growing first. Absent when the time between is not known. */
  readonly containers?: readonly HeapContainerGrowth[];
}

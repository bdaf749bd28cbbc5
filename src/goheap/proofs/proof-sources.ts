// What the proofs of one walk are read from.
import type { HeapGraph, HeapNames } from '../../model/heap-graph.ts';
import type { Frame } from '../../model/stacks.ts';
import type { Waits } from '../blocked-on.ts';
import type { GlobalNames } from '../global-roots.ts';
import type { GoroutineRoots } from '../goroutine-roots.ts';
import type { HeapImage } from '../heap-image.ts';
import { type ObjectIndex, slotOfAddress } from '../object-index.ts';
import { nodeOfSlot, type WalkedGraph } from '../walk-graph.ts';
import type { DeferDraft } from './defer-chains.ts';

export interface ProofSources {
  readonly image: HeapImage;
  readonly index: ObjectIndex;
  readonly walked: WalkedGraph;
  readonly graph: HeapGraph;
  readonly names: HeapNames;
  readonly roots: GoroutineRoots;
  readonly waits: Waits;
  /** Who leads to a small value itself, and not to its neighbours in the same block (users-of.ts). */
  readonly usersOf: (addresses: readonly number[]) => ReadonlyMap<number, readonly number[]>;
  readonly globals: Pick<GlobalNames, 'variableAt'>;
  readonly functionName: (pc: number) => string;
  /** Lines of a pc, innermost first; `called`: it is a return address. */
  readonly framesAt: (pc: number, called: boolean) => Promise<readonly Frame[]>;
  /** runtime.nanotime() of the moment; undefined when nobody can tell. */
  readonly nowNs: number | undefined;
  /** As WalkSources has it. */
  readonly movedOn: Promise<ReadonlySet<number>> | undefined;
  readonly early: EarlyFacts;
  /** Why nothing may be proven by this walk. */
  readonly doubts: readonly string[];
}

/** What is read while the target can still be read: constants of the program are in no copy. */
export interface EarlyFacts {
  readonly deferChains: readonly DeferDraft[];
  /** Code of each finalizer and cleanup, in the order of their nodes. */
  readonly specialFunctions: readonly number[];
}

/** The node of the object that holds an address. */
export interface NodesByAddress {
  /** -1: an object that no root leads to; -2: no object of the heap, or a free one. */
  at(address: number): number;
}

export const unreached = -1;
export const notInHeap = -2;

export function nodesByAddress(index: ObjectIndex, walked: WalkedGraph): NodesByAddress {
  return {
    at(address) {
      const slot = slotOfAddress(index, address);
      return slot < 0 ? notInHeap : nodeOfSlot(walked, slot);
    },
  };
}

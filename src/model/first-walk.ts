// What is kept of a walk near the beginning of a watch, to be compared with the one at its end. Facts only: the graph itself
// is as large as a share of the heap, and two of them need not live at once.
import type { ContainerFact } from './heap-containers.ts';
import type { HeapWalk } from './heap-graph.ts';
import type { WalkTable } from './retention.ts';

export interface FirstWalk {
  readonly takenAtMs: number;
  readonly pauseMs: number;
  /** When it contradicts itself, nothing is compared with it. */
  readonly failedChecks: readonly string[];
  readonly table: WalkTable;
  /** Those that retain most. */
  readonly containers: readonly ContainerFact[];
}

export type ReduceWalk = (walk: HeapWalk) => Promise<FirstWalk>;

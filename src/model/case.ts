// Everything that one diagnosis knows, before any decoding: the unit that `capture` writes to disk and `analyze` reads.
import type { Artefact, CaptureCost, CaptureNote } from './artefact.ts';
import type { FirstWalk } from './first-walk.ts';
import type { HeapWalk } from './heap-graph.ts';
import type { TargetFacts } from './target.ts';

export interface Case {
  readonly target: TargetFacts;
  readonly artefacts: readonly Artefact[];
  /** Source files that the diagnosis may read, by the path that the profile uses. */
  readonly sources: ReadonlyMap<string, string>;
  readonly notes: readonly CaptureNote[];
  readonly cost: CaptureCost | undefined;
  /** Heap walks of this very run, which need no snapshot to be read again. A case file has snapshots instead. */
  readonly walks?: readonly { readonly incarnation: number; readonly walk: HeapWalk }[];
  /** What is known of a walk near the beginning of the run. A case file has a snapshot of it instead. */
  readonly firstWalk?: { readonly incarnation: number; readonly facts: FirstWalk } | undefined;
  /** Why there is no heap walk. */
  readonly walkGap?: string | undefined;
}

// Everything that one diagnosis knows, before any decoding: the unit that `capture` writes to disk and `analyze` reads.
import type { Artefact, CaptureCost, CaptureNote } from './artefact.ts';
import type { TargetFacts } from './target.ts';

export interface Case {
  readonly target: TargetFacts;
  readonly artefacts: readonly Artefact[];
  /** Source files that the diagnosis may read, by the path that the profile uses. */
  readonly sources: ReadonlyMap<string, string>;
  readonly notes: readonly CaptureNote[];
  readonly cost: CaptureCost | undefined;
}

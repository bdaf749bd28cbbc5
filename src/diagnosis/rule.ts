// What a rule is: one file, one cause, plain data and one pure function from evidence to an outcome.
// A rule never decides how sure leakline is (`confidence.ts` does) nor whether two rules speak of one leak
// (`arbitrate.ts` does): it names candidates, with the places, the pattern and the facts for and against.

import type { Captured } from '../base/captured.ts';
import type { GrowthEstimate } from '../model/growth.ts';
import type { Frame } from '../model/stacks.ts';
import type { DiagnosisInput } from './diagnosis-input.ts';
import type { Evidence, FindingKind, Holder, Permanence, Site } from './finding.ts';
import type { GoroutineSuspect, HeapSuspect } from './suspects.ts';

/** Everything a rule may look at. Growing things come as suspects; what was not captured says so. */
export interface RuleInput extends Omit<DiagnosisInput, 'goroutines'> {
  readonly heapSuspects: readonly HeapSuspect[];
  readonly goroutines: Captured<readonly GoroutineSuspect[]>;
  /** Groups that exist, growing or not: a blocked finalizer is one goroutine that never grows. */
  readonly goroutineGroups: readonly GoroutineSuspect[];
}

/**
 * How well the cause's pattern is seen.
 *   proof   the runtime itself says so, or nothing else can explain it
 *   both    the stacks and the source say the same
 *   stack   functions on the stack that only this cause puts there
 *   source  the source says so, the stacks do not contradict
 *   walk    a walk of the heap shows the holder, the source does not
 *   shape   only the way it grows fits
 *   brief   the same, watched too briefly to tell it from a buffer that is flushed every minute
 */
export type PatternStrength = 'proof' | 'both' | 'stack' | 'source' | 'walk' | 'shape' | 'brief';

export interface Candidate {
  readonly kind: FindingKind;
  /** Suspects that this cause would explain. */
  readonly heapKeys: readonly string[];
  readonly goroutineKeys: readonly string[];
  readonly pattern: PatternStrength;
  readonly permanence: Permanence;
  readonly title: string;
  /** The best place to fix first; also among `sites`. */
  readonly site: Site;
  readonly sites: readonly Site[];
  readonly holder?: Holder | undefined;
  /** True: slices that the source cuts, and nothing in it makes them longer again over the rest of their arrays. */
  readonly staysCut?: boolean | undefined;
  /** True: nothing in the source does the other side of what it waits for. */
  readonly unanswered?: boolean | undefined;
  /** Bytes that grow outside of heap sites and goroutine counts (stacks): measured by the runtime itself. */
  readonly measured?:
    | {
        readonly what: string;
        readonly bytes: GrowthEstimate;
        /** Values over the captures, for a curve; undefined where only the ends are known. */
        readonly atMs?: readonly number[];
        readonly values?: readonly number[];
      }
    | undefined;
  /** Memory outside the Go heap that this cause would explain: one name, one leak. */
  readonly outside?: OutsideSubject | undefined;
  /** Facts beyond growth, which the runner adds itself. */
  readonly evidence: readonly Evidence[];
  /**
   * Order among candidates of equal confidence for one suspect: higher is the more specific cause. A cut slice in a
   * growing list is first of all a cut slice.
   */
  readonly specificity: number;
}

export interface OutsideSubject {
  /** `native:main.render:40` for a traced place, `class:malloc` for a class of the ledger. */
  readonly key: string;
  /** Go frames on the way into C, innermost first; empty when no trace saw them. */
  readonly frames: readonly Frame[];
  /** Blocks that are allocated and kept per second; undefined when only sizes are known. */
  readonly blocksPerSecond: number | undefined;
}

export type Outcome =
  | { readonly kind: 'candidates'; readonly candidates: readonly Candidate[] }
  | { readonly kind: 'clear'; readonly examined: number; readonly why: string }
  | {
      readonly kind: 'inconclusive';
      readonly why: string;
      readonly whatWouldSettleIt: string;
      /** True: something was seen to grow that no other rule looks at, so that the run is not clear. */
      readonly grows?: boolean;
    };

/** The one text that docs, CLI, UI and SARIF show for a cause. */
export interface About {
  readonly what: string;
  readonly why: string;
  readonly fix: string;
  readonly falsePositives: string;
  readonly sources: readonly string[];
}

export interface Rule {
  readonly id: string;
  readonly title: string;
  /** `leak`: a cause. `look-alike`: explains growth that is not a leak, and only ever ends as clear. */
  readonly type: 'leak' | 'look-alike';
  /** Evidence without which the rule cannot speak. */
  readonly needs: readonly ('heap' | 'goroutines' | 'memory' | 'ledger')[];
  readonly about: About;
  evaluate(input: RuleInput): Outcome;
}

export const candidates = (found: readonly Candidate[], examined: number, why: string): Outcome =>
  found.length > 0 ? { kind: 'candidates', candidates: found } : { kind: 'clear', examined, why };

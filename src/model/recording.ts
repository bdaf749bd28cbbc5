// What a recorder keeps of a target over hours and weeks, and what readers ask of it. A recording is a *case* that grows:
// the artefacts of its captures verbatim, and beside them what must be fast to ask: cheap numbers often, and the values
// of each heap stack whenever a profile was taken.
import type { Artefact, CaptureCost } from './artefact.ts';
import type { MemoryQuantity } from './growth.ts';
import type { StackTable } from './stacks.ts';
import type { TargetFacts } from './target.ts';

/**
 * One number that is cheap to read: a quantity of the process or the runtime, or a word of the recorder in the same
 * spirit. Bytes, except `threads`, `open-files` and `goroutines`.
 */
export type MetricName = MemoryQuantity | 'cgroup-use' | 'cgroup-anon' | 'limit' | (string & {});

/** The values of each stack at one moment, as the heap profile of that moment says them. */
export interface RecordedHeap {
  readonly stacks: StackTable;
  /** Rows of `stacks` that the profile has samples of; a stack that is not here had nothing in this profile. */
  readonly rows: Int32Array;
  /** One value a row each; undefined when the profile does not have that column. */
  readonly columns: Readonly<Partial<Record<HeapValue, Float64Array>>>;
}

/** The four columns of a Go heap profile. */
export type HeapValue = 'inuse-bytes' | 'inuse-objects' | 'alloc-bytes' | 'alloc-objects';

/** One moment. Any part may be absent: a cheap look has numbers only. */
export interface RecordedCapture {
  /** Counts up within the case, over restarts of the recorder and of the target. */
  readonly index: number;
  /** ms since 1970, never earlier than the capture before. */
  readonly atMs: number;
  readonly incarnation: number;
  readonly artefacts: readonly Artefact[];
  /** A number that is not in the map was not captured. */
  readonly metrics: ReadonlyMap<MetricName, number>;
  readonly heap?: RecordedHeap | undefined;
}

export type RecordedEventKind =
  | 'started' // the recorder began or went on
  | 'restart' // the target is another process now
  | 'gap' // nothing was recorded for a while: target away, recorder away, disk full
  | 'oom-kill'
  | 'leak' // a finding became significant
  | 'limit' // a threshold on the way to a limit was passed
  | 'note';

/** Something that happened at a moment; what was recorded around it is kept longer than the rest. */
export interface RecordedEvent {
  readonly atMs: number;
  readonly kind: RecordedEventKind;
  readonly incarnation: number;
  /** One line for a person. */
  readonly message: string;
  /** When it lasted: the gap ended here. */
  readonly untilMs?: number | undefined;
}

/** What is known of a case besides its captures; later facts replace earlier ones. */
export interface RecordedFacts {
  readonly target: TargetFacts;
  readonly sources?: ReadonlyMap<string, string> | undefined;
  readonly cost?: CaptureCost | undefined;
  readonly walkGap?: string | undefined;
}

export interface CaseSummary {
  /** Short and stable; what `leakline cases` shows and other commands take. */
  readonly id: string;
  readonly target: TargetFacts;
  /** First and last capture, ms since 1970; undefined when there is none yet. */
  readonly fromMs: number | undefined;
  readonly toMs: number | undefined;
  readonly captures: number;
  /** Captures with a heap profile whose values can still be asked for. */
  readonly profiles: number;
  /** Starts of the program that were seen. */
  readonly incarnations: number;
  /** What its artefacts and columns take. */
  readonly bytes: number;
  /** Of the latest report; undefined before the first one. */
  readonly verdict: string | undefined;
  readonly summary: string | undefined;
}

/** Both ends belong to the range; undefined is open. */
export interface TimeRange {
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
}

/** Numbers over time, thinned out by the store: one point stands for all captures of its stretch of time. */
export interface MetricSeries {
  /** Mean time of the captures of each point, ascending. */
  readonly atMs: Float64Array;
  /** Points never join incarnations. */
  readonly incarnation: Int32Array;
  /** Captures behind the whole series. */
  readonly captures: number;
  /** NaN where the number was not captured in the stretch. */
  readonly metrics: ReadonlyMap<
    MetricName,
    { readonly mean: Float64Array; readonly min: Float64Array; readonly max: Float64Array }
  >;
}

/** How each heap stack changed within one incarnation; a row of the columns is a row of `rows`. */
export interface StackGrowth {
  readonly value: HeapValue;
  readonly incarnation: number;
  /** First and last profile that were used; NaN when there is none. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Profiles in the range. With fewer than two there is no growth, and slopes are NaN. */
  readonly profiles: number;
  readonly stacks: StackTable;
  /** Rows of `stacks` that have values. */
  readonly rows: Int32Array;
  /** Values in the first and the last profile of the range. */
  readonly first: Float64Array;
  readonly last: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly mean: Float64Array;
  /** Least-squares slope and its standard error (of independent noise); a guide for the eye, not a verdict. */
  readonly perSecond: Float64Array;
  readonly perSecondError: Float64Array;
}

/** The latest report of a case, `leakline.report/1` as JSON text. */
export interface SavedReport {
  readonly atMs: number;
  readonly verdict: string;
  readonly summary: string;
  readonly json: string;
}

/** An artefact without its bytes. */
export interface ArtefactFacts extends Omit<Artefact, 'bytes'> {
  readonly byteLength: number;
}

export interface PruneLimits {
  /**
   * Profiles and other artefacts from before this moment are dropped, except the first and last capture of each
   * incarnation and what lies around events. ms since 1970.
   */
  readonly artefactsBeforeMs?: number | undefined;
  /** Everything from before this moment is dropped: numbers, columns, and cases that ended before. ms since 1970. */
  readonly allBeforeMs?: number | undefined;
  /** Thin out until the store takes at most this. */
  readonly maxBytes?: number | undefined;
}

export interface PruneResult {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly droppedArtefacts: number;
  /** Captures that are gone altogether, numbers included. */
  readonly droppedCaptures: number;
  readonly droppedCases: readonly string[];
  /** False when `maxBytes` could not be reached: what is left must not be dropped. */
  readonly fits: boolean;
}

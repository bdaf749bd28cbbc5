// What a place for recordings can do, whatever engine is behind it: one writer and many readers at the same time. The
// embedded engine is `sqlite/`; one that is spread over machines implements the same two interfaces.
//
// Every answer is a value of `model/recording.ts`. Failures that a user can cause are KnownErrors:
//   E-STORE-LOCKED   another recorder writes (the message names its pid)     E-STORE-FULL      no space left
//   E-STORE-VERSION  a newer leakline wrote it                              E-STORE-FOREIGN   not a store of leakline
//   E-STORE-DAMAGED  the file is broken                                     E-STORE-ACCESS    may not be read or written
//   E-STORE-CASE     there is no such case                                  E-STORE-ENGINE    the engine is not installed
//   E-STORE-MISSING  there is no store at this place
import type { Artefact } from '../model/artefact.ts';
import type { Case } from '../model/case.ts';
import type {
  ArtefactFacts,
  CaseSummary,
  HeapValue,
  MetricName,
  MetricSeries,
  PruneLimits,
  PruneResult,
  RecordedCapture,
  RecordedEvent,
  RecordedFacts,
  SavedReport,
  StackGrowth,
  TimeRange,
} from '../model/recording.ts';

export interface StoreReader {
  /** How a user names it: the folder. */
  readonly place: string;
  /** The case that was recorded last comes first. */
  cases(): Promise<readonly CaseSummary[]>;
  /** Numbers over time, at most `maxPoints` points an answer (and one more an incarnation); all names by default. */
  metrics(id: string, query: MetricQuery): Promise<MetricSeries>;
  /** Growth of each stack over a range or between two instants: the range from the one to the other. */
  stackGrowth(id: string, query: StackGrowthQuery): Promise<StackGrowth>;
  /** What `analyze` takes: evenly chosen captures, notes, sources. Bounded by the choice. */
  loadCase(id: string, choice: CaseChoice): Promise<Case>;
  events(id: string, range?: TimeRange): Promise<readonly RecordedEvent[]>;
  /** Undefined before the first report was saved. */
  report(id: string): Promise<SavedReport | undefined>;
  /** Without bytes, in order of time; at most `limit` (1000 by default), the newest ones. */
  artefacts(id: string, query?: ArtefactQuery): Promise<readonly ArtefactFacts[]>;
  /** Undefined when there is none of this name (any more). */
  artefact(id: string, name: string): Promise<Artefact | undefined>;
  /** What the store takes on disk. */
  usedBytes(): Promise<number>;
  close(): Promise<void>;
}

export interface MetricQuery extends TimeRange {
  readonly maxPoints: number;
  readonly names?: readonly MetricName[] | undefined;
}

export interface StackGrowthQuery extends TimeRange {
  readonly value: HeapValue;
  /** The newest one that has profiles in the range by default: incarnations are never compared. */
  readonly incarnation?: number | undefined;
}

export interface CaseChoice extends TimeRange {
  /**
   * Of each incarnation at most so many captures with a heap profile, and so many without; evenly spread, first and last
   * among them. The newest artefact of each rare kind (snapshots, traces, limits, kills) is added.
   */
  readonly capturesPerIncarnation: number;
}

export interface ArtefactQuery extends TimeRange {
  readonly kinds?: readonly Artefact['kind'][] | undefined;
  readonly limit?: number | undefined;
}

/** The one who records. Others may read meanwhile; a second writer is refused until this one is closed or has died. */
export interface StoreWriter extends StoreReader {
  /** Goes on with the case of this key if there is one, else begins it. */
  beginCase(start: CaseStart): Promise<CaseWriter>;
  /** Throws KnownError E-STORE-FULL when even the making of room needs room. Cases that are being written stay. */
  prune(limits: PruneLimits): Promise<PruneResult>;
  /** Forgets a case with all that it has. */
  dropCase(id: string): Promise<void>;
}

export interface CaseStart {
  /** By what the same target is known again after restarts, e.g. `caseKeyOf(target)`. */
  readonly key: string;
  readonly facts: RecordedFacts;
  readonly atMs: number;
}

/** What is resolved is on disk and survives kill -9 and a power cut; what is rejected left no trace and may be tried again. */
export interface CaseWriter {
  readonly id: string;
  /** True when the case was there before. */
  readonly resumed: boolean;
  /** Index that the next capture must have; counts up with each append. */
  readonly nextCapture: number;
  /** Of the last capture, and its time; undefined before the first one. */
  readonly lastIncarnation: number | undefined;
  readonly lastAtMs: number | undefined;
  /** What `saveResumeState` kept last. */
  readonly resumeState: string | undefined;
  append(capture: RecordedCapture): Promise<void>;
  addEvent(event: RecordedEvent): Promise<void>;
  saveReport(report: SavedReport): Promise<void>;
  saveFacts(facts: RecordedFacts): Promise<void>;
  /** A word of the recorder to itself, e.g. by what it knows the target's process again. */
  saveResumeState(state: string): Promise<void>;
}

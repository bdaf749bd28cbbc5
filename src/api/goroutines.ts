// Groups of goroutines: what starts where, waits for the same at the same line, and how many there are over time.
import type { Part } from './part.ts';

export const goroutineSorts = ['proven', 'growth', 'count', 'age'] as const;
export type GoroutineSort = (typeof goroutineSorts)[number];

export interface GoroutinesAnswer {
  readonly groups: Part<GoroutinePage>;
}

export interface GoroutinePage {
  readonly atMs: readonly number[];
  readonly total: readonly number[];
  /** Goroutines that can never run again; undefined: nobody looked. */
  readonly proven?: number;
  /** Groups that match the search. */
  readonly matching: number;
  readonly all: number;
  readonly from: number;
  readonly rows: readonly GoroutineRow[];
}

export interface GoroutinePlace {
  readonly function: string;
  readonly file: string;
  readonly line: number;
}

export interface GoroutineRow {
  readonly key: string;
  readonly entry: GoroutinePlace;
  /** Absent: no dump was taken. */
  readonly createdBy?: GoroutinePlace;
  readonly state: string;
  readonly blocked: GoroutinePlace;
  readonly userFrame?: GoroutinePlace;
  readonly stack: readonly GoroutinePlace[];
  /** Of the last profile, the commonest first; empty: none carries any. */
  readonly labels: readonly { readonly key: string; readonly value: string; readonly count: number }[];
  readonly counts: readonly number[];
  readonly delta: number;
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
  readonly shape: string;
  /** Whole minutes, by the last dump; absent: no dump was taken. */
  readonly oldestWaitMinutes?: number;
  /** Absent: nobody looked. */
  readonly provenLeaked?: number;
  readonly provenBy?: string;
  readonly lockedToThread: boolean;
  /** The finding that tells of it. */
  readonly finding?: string;
}

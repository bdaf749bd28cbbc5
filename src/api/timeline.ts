// What is known of the run over time. Values of different starts of the target are never joined: a gap is between them.
import type { LedgerClass } from '../model/ledger.ts';
import type { Part } from './part.ts';

export interface TimelineAnswer {
  /** ms since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Each start of the target that was seen, in order. */
  readonly starts: readonly { readonly number: number; readonly fromMs: number; readonly toMs: number }[];
  readonly series: readonly TimeSeries[];
  readonly ledger: Part<LedgerTimeline>;
  /** The ledger is there for who asks with `ledger=yes`, and takes longer than the rest. */
  readonly ledgerLater?: true;
  readonly limits: Part<readonly LimitTimeline[]>;
  readonly marks: readonly TimeMark[];
}

export interface TimeSeries {
  /** A quantity of model/growth.ts, or what a recorder calls it. */
  readonly name: string;
  readonly unit: 'bytes' | 'count';
  readonly atMs: readonly number[];
  /** null where two starts of the target meet. */
  readonly values: readonly (number | null)[];
}

/** Resident memory, class by class; the rest up to RSS is not explained. */
export interface LedgerTimeline {
  readonly atMs: readonly number[];
  readonly classes: readonly { readonly class: LedgerClass; readonly values: readonly (number | null)[] }[];
}

export interface LimitTimeline {
  /** `cgroup /system.slice/svc.service`, `GOMEMLIMIT`. */
  readonly name: string;
  readonly limitBytes: number;
  /** What counts against it; empty when that could not be read. */
  readonly atMs: readonly number[];
  readonly usedBytes: readonly number[];
}

export interface TimeMark {
  readonly kind: 'restart' | 'oom-kill' | 'gap' | 'leak' | 'limit' | 'note';
  readonly atMs: number;
  readonly text: string;
}

// Memory outside of the Go heap: the ledger, what C code and mmap hold by place, mappings that grow, files, threads.
import type { ReportLedger } from '../report/report.ts';
import type { Part } from './part.ts';

export interface NativeAnswer {
  readonly ledger: Part<ReportLedger>;
  readonly trace: Part<NativeTraceAnswer>;
  readonly regions: Part<RegionsAnswer>;
  readonly threads: Part<ThreadsAnswer>;
}

export interface NativeTraceAnswer {
  readonly probe: string;
  readonly verdict: string;
  readonly why: string;
  readonly whatWouldSettleIt?: string;
  readonly sites: readonly NativeSiteRow[];
  /** Sites beyond those in `sites`. */
  readonly more: number;
}

export interface NativeSiteRow {
  readonly kind: string;
  readonly state: string;
  readonly allocator: string;
  readonly goCaller?: CodePlaceRow;
  readonly cCaller?: CodePlaceRow;
  readonly goStack: readonly CodePlaceRow[];
  readonly bytes: number;
  readonly count: number;
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
  /** Absent: ages were not told. */
  readonly oldestMs?: number;
}

export interface CodePlaceRow {
  readonly function: string;
  readonly file?: string;
  readonly line?: number;
  readonly object?: string;
}

export interface RegionsAnswer {
  readonly looks: number;
  readonly watchedMs: number;
  readonly areas: readonly RegionRow[];
  readonly more: number;
}

/** All addresses that mappings of one kind covered without a gap. Sizes only: what is in them is not here. */
export interface RegionRow {
  /** Hexadecimal, as in /proc/PID/maps. */
  readonly start: string;
  readonly kind: string;
  readonly name: string;
  readonly permissions: string;
  readonly mappings: number;
  readonly mappedBytes: number;
  readonly rssBytes: number;
  readonly swapBytes: number;
  /** Over the time watched; 0 unless it stands out of the noise. */
  readonly grownBytes: number;
  readonly isNew: boolean;
}

export interface ThreadsAnswer {
  readonly first: number;
  readonly last: number;
  readonly waits: readonly { readonly waitsIn: string; readonly first: number; readonly last: number }[];
}

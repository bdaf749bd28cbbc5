// The JSON report, schema `leakline.report/1`: the one value that every renderer, the UI and the tests read.
// Fields may be added, never re-meant. Absent is `undefined` here and left out in JSON.
import type { ClearStatement, Finding, InconclusiveStatement, Verdict } from '../diagnosis/finding.ts';
import type { LedgerBranchKind, LedgerClass } from '../model/ledger.ts';

export interface Report {
  readonly schema: 'leakline.report/1';
  readonly tool: { readonly name: 'leakline'; readonly version: string };
  readonly target: {
    readonly kind: string;
    readonly label: string;
    readonly pid?: number;
    readonly exe?: string;
    readonly goVersion?: string;
    readonly module?: string;
    readonly startedAt?: string;
  };
  /** ISO times; `captures` counts the moments that were captured. */
  readonly window: { readonly from: string; readonly to: string; readonly captures: number; readonly restarts: number };
  readonly verdict: Verdict;
  /** One or two sentences for a person. */
  readonly summary: string;
  /** Live heap, goroutines and (local targets) RSS at the start and end of the window. */
  readonly totals: readonly ReportTotal[];
  /** Where resident memory goes, and what of it grows; local targets only. */
  readonly ledger?: ReportLedger;
  /** The limit that ends the process first; absent when no limit could be read. */
  readonly forecast?: ReportForecast;
  /** Earlier OOM kills of this program or its cgroup, the newest first; absent when that is not known. */
  readonly oom?: readonly ReportOomKill[];
  readonly findings: readonly Finding[];
  readonly clear: readonly ClearStatement[];
  readonly inconclusive: readonly InconclusiveStatement[];
  /** What grew most, whatever was concluded: the top sites with their numbers. */
  readonly growth: readonly ReportGrowthRow[];
  /** Lines of source around the sites of findings. */
  readonly snippets: readonly ReportSnippet[];
  readonly cost?: { readonly requests: number; readonly forcedGcs: number; readonly bytesReceived: number };
  readonly warnings: readonly string[];
}

export interface ReportLedger {
  readonly rssBytes: number;
  readonly rssGrowthBytesPerSecond?: number;
  readonly looks: number;
  /** Largest first; those outside RSS (`resident` false) last. Resident items and the unexplained rest sum to RSS. */
  readonly items: readonly ReportLedgerItem[];
  readonly unexplainedBytes: number;
  /** Where the ledger alone sends: a class that grows, or the name of what only looks like a leak. */
  readonly branch: { readonly kind: LedgerBranchKind; readonly why: string };
}

export interface ReportLedgerItem {
  readonly class: LedgerClass;
  readonly bytes: number;
  readonly resident: boolean;
  readonly growthBytesPerSecond?: number;
  /** 95 % interval of the growth, and its shape; absent with few looks. */
  readonly low?: number;
  readonly high?: number;
  readonly shape?: string;
}

export interface ReportForecast {
  readonly limitBytes: number;
  /** `cgroup /system.slice/svc.service`, `ulimit -v`, `host memory`, `GOMEMLIMIT`. */
  readonly limitSource: string;
  readonly usedBytes?: number;
  readonly freeBytes?: number;
  readonly bytesPerSecond?: number;
  /** Absent when nothing grows towards it. */
  readonly exhaustedAt?: string;
  /** Earliest and latest moment of a 95 % interval; no `high` when the growth may be none. */
  readonly low?: string;
  readonly high?: string;
  /** What happens there. */
  readonly consequence: string;
  /** GOMEMLIMIT, which slows the process down instead of ending it. */
  readonly softLimit?: Omit<ReportForecast, 'softLimit'>;
}

export interface ReportOomKill {
  readonly at?: string;
  readonly pid: number;
  readonly comm: string;
  readonly matchedBy: string;
  readonly constraint?: string;
  readonly cgroup?: string;
  readonly limitBytes?: number;
  readonly anonRssBytes?: number;
  /** Who held the memory, one clause. */
  readonly holder: string;
  readonly source: string;
}

export interface ReportTotal {
  readonly what: 'live-heap' | 'goroutines' | 'rss' | 'threads' | 'open-files';
  readonly unit: 'bytes' | 'count';
  readonly first: number;
  readonly last: number;
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
  readonly shape: string;
  readonly atMs: readonly number[];
  readonly values: readonly number[];
}

export interface ReportGrowthRow {
  /** What a finding's `consequences` name. */
  readonly id: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  readonly kind: 'go-heap' | 'goroutine' | 'native';
  readonly shape: string;
  /** Bytes, or goroutines. */
  readonly last: number;
  readonly delta: number;
  readonly perSecond: number;
  readonly low: number;
  readonly high: number;
}

export interface ReportSnippet {
  readonly file: string;
  readonly line: number;
  readonly lines: readonly { readonly line: number; readonly text: string }[];
}

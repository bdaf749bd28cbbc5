// The JSON report, schema `leakline.report/1`: the one value that every renderer, the UI and the tests read.
// Fields may be added, never re-meant. Absent is `undefined` here and left out in JSON.
import type { ClearStatement, Finding, InconclusiveStatement, Verdict } from '../diagnosis/finding.ts';

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
  readonly kind: 'go-heap' | 'goroutine';
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

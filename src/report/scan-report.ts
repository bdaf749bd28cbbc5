// What a scan found, schema `leakline.scan/1`: the one value that the text, Markdown, SARIF and annotations are made of.
// Fields may be added, never re-meant.
import type { ScanHit, SkipReason } from '../model/scan.ts';

export interface ScanReport {
  readonly schema: 'leakline.scan/1';
  readonly tool: { readonly name: 'leakline'; readonly version: string };
  /** Directory that `file` of hits and notes is relative to; files elsewhere have their full path. */
  readonly root: string;
  readonly scanned: {
    readonly packages: number;
    readonly files: number;
    readonly lines: number;
    readonly bytes: number;
    readonly durationMs: number;
    /** False when it was interrupted: no hits then does not mean that there are none. */
    readonly complete: boolean;
  };
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Rules that looked, and those that are off by default with the reason. */
  readonly rules: readonly ScanReportRule[];
  readonly hits: readonly ScanReportHit[];
  /** Hits that are accepted: by a comment in the source, or because the baseline has them. */
  readonly accepted: readonly AcceptedHit[];
  readonly notes: readonly { readonly file: string; readonly line: number; readonly message: string }[];
  /** The case or profiles that hits were ranked with. */
  readonly measuredWith?: string;
}

export interface ScanReportRule {
  readonly id: string;
  readonly title: string;
  readonly ran: boolean;
  readonly offBecause?: string;
  readonly hits: number;
}

export interface ScanReportHit extends Omit<ScanHit, 'packagePath' | 'functionName'> {
  readonly package: string;
  readonly function: string;
  /** What a scan alone can say is `possible`; `strong` with growth that was measured on the line. */
  readonly certainty: 'possible' | 'strong';
  /** Stays the same when lines move. */
  readonly fingerprint: string;
  /** What was measured on its line, with `--with`. */
  readonly measured?: MeasuredGrowth;
}

export interface MeasuredGrowth {
  readonly bytesPerSecond?: number;
  readonly countPerSecond?: number;
  /** The rule of the finding that speaks of this line, when there is one. */
  readonly finding?: string;
}

export interface AcceptedHit {
  readonly by: 'comment' | 'baseline';
  readonly reason: string;
  readonly hit: ScanReportHit;
}

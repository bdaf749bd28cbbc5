// What the server shows: one run, wherever it comes from. Each value is made when it is first asked for.
import type { Analysis } from '../analyze.ts';
import type { Case } from '../model/case.ts';
import type { Report } from '../report/report.ts';

export interface Served {
  readonly report: () => Promise<Report>;
  /** Throws KnownError when the run holds nothing that can be analysed. */
  readonly analysed: () => Promise<AnalysedCase>;
}

export interface AnalysedCase {
  readonly input: Case;
  readonly analysis: Analysis;
}

/** A case that was read or captured as a whole, and its analysis. */
export function servedCase(analysed: AnalysedCase): Served {
  return {
    report: async () => analysed.analysis.report,
    analysed: async () => analysed,
  };
}

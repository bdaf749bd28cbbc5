// What the server shows: one run, wherever it comes from. Each value is made when it is first asked for.
import type { Analysis } from '../analyze.ts';
import type { Part } from '../api/part.ts';
import { lazily } from '../base/lazily.ts';
import type { HeapInspection } from '../inspect-heap.ts';
import type { Case } from '../model/case.ts';
import type { Report } from '../report/report.ts';
import { caseHeap } from './case-heap.ts';

export interface Served {
  readonly report: () => Promise<Report>;
  /** Throws KnownError when the run holds nothing that can be analysed. */
  readonly analysed: () => Promise<AnalysedCase>;
  /** The heap walk of the run; rejects with a DecodeError when what was saved of it is damaged. */
  readonly heap: () => Promise<Part<HeapInspection>>;
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
    heap: lazily(() => caseHeap(analysed.input, analysed.analysis.report.tool.version)),
  };
}

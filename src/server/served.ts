// What the server shows: one run, wherever it comes from. Each value is made when it is first asked for.
import type { Analysis } from '../analyze.ts';
import type { CasesAnswer } from '../api/cases.ts';
import type { DoctorAnswer } from '../api/doctor.ts';
import type { Part } from '../api/part.ts';
import type { TimelineAnswer } from '../api/timeline.ts';
import { lazily } from '../base/lazily.ts';
import type { HeapInspection } from '../inspect-heap.ts';
import type { Case } from '../model/case.ts';
import type { Report } from '../report/report.ts';
import { caseHeap } from './case-heap.ts';
import { missing } from './part-of.ts';
import { composeTimeline } from './routes/timeline.ts';

export interface Served {
  readonly cases: () => Promise<CasesAnswer>;
  readonly report: () => Promise<Report>;
  /** At most so many points a series. Whatever takes long is left out unless it is asked for. */
  readonly timeline: (mostPoints: number, withLedger: boolean) => Promise<TimelineAnswer>;
  /** Throws KnownError when the run holds nothing that can be analysed. */
  readonly analysed: () => Promise<AnalysedCase>;
  /** The heap walk of the run; rejects with a DecodeError when what was saved of it is damaged. */
  readonly heap: () => Promise<Part<HeapInspection>>;
  readonly doctor: () => Promise<DoctorAnswer>;
}

/** Finds what a request asks for; undefined is what is shown first. Throws KnownError when there is no such recording. */
export type OpenServed = (caseId: string | undefined) => Promise<Served>;

export interface AnalysedCase {
  readonly input: Case;
  readonly analysis: Analysis;
}

/** A case that was read or captured as a whole, and its analysis. `doctor` looks at the target once, when it is first asked. */
export function servedCase(analysed: AnalysedCase, doctor: Served['doctor'] | undefined): Served {
  return {
    cases: async () => ({ cases: [], live: false }),
    report: async () => analysed.analysis.report,
    timeline: async (mostPoints) => composeTimeline(analysed, mostPoints),
    analysed: async () => analysed,
    heap: lazily(() => caseHeap(analysed.input, analysed.analysis.report.tool.version)),
    doctor: doctor ?? (async () => missing('this is a recorded run, not a running target', 'leakline doctor TARGET')),
  };
}

// A recording of a store: numbers and the saved report at once, however long it is; what needs profiles is analysed from
// evenly chosen captures when a page first asks for it.
import type { Analysis } from '../analyze.ts';
import type { CasesAnswer } from '../api/cases.ts';
import { KnownError } from '../base/errors.ts';
import type { Case } from '../model/case.ts';
import type { CaseSummary } from '../model/recording.ts';
import type { Report } from '../report/report.ts';
import type { StoreReader } from '../store/store.ts';
import { caseHeap } from './case-heap.ts';
import { missing } from './part-of.ts';
import { composeRecordedTimeline } from './routes/recorded-timeline.ts';
import { composeTimeline } from './routes/timeline.ts';
import type { AnalysedCase, OpenServed, Served } from './served.ts';

export interface RecordingOptions {
  readonly store: StoreReader;
  /** What is shown when a request names none; the latest one by default. */
  readonly shown: string | undefined;
  readonly analyse: (input: Case) => Promise<Analysis>;
  readonly nowMs: () => number;
}

/** Enough for trends and shapes, and read in a second. */
const capturesPerIncarnation = 60;
/** A recorder takes numbers at least this often. */
const liveMs = 120_000;
/** While it is recorded, pages that need an analysis get a new one this often. */
const analysisLastsMs = 60_000;

interface Kept {
  readonly id: string;
  readonly captures: number;
  readonly madeMs: number;
  readonly run: Promise<AnalysedCase>;
}

/** Keeps one analysis, of the recording that was looked at last. */
export function openRecordings({ store, shown, analyse, nowMs }: RecordingOptions): OpenServed {
  let kept: Kept | undefined;

  const analysed = async (summary: CaseSummary): Promise<AnalysedCase> => {
    const { id, captures } = summary;
    if (kept?.id === id && (kept.captures === captures || nowMs() - kept.madeMs < analysisLastsMs)) return kept.run;
    const load = async (): Promise<AnalysedCase> => {
      const input = await store.loadCase(id, { capturesPerIncarnation });
      return { input, analysis: await analyse(input) };
    };
    const made: Kept = { id, captures, madeMs: nowMs(), run: load() };
    kept = made;
    // What failed is tried again.
    made.run.catch(() => {
      if (kept === made) kept = undefined;
    });
    return made.run;
  };

  return async (caseId) => {
    const all = await store.cases();
    const wanted = caseId ?? shown;
    const summary = wanted === undefined ? all[0] : byBeginning(all, wanted);
    if (summary === undefined) throw noSuchCase(wanted, all);
    return servedRecording(store, summary, all, () => analysed(summary), nowMs);
  };
}

function servedRecording(
  store: StoreReader,
  summary: CaseSummary,
  all: readonly CaseSummary[],
  analysed: () => Promise<AnalysedCase>,
  nowMs: () => number,
): Served {
  const { id } = summary;
  const savedReport = async (): Promise<Report | undefined> => {
    const saved = await store.report(id);
    return saved === undefined ? undefined : (JSON.parse(saved.json) as Report);
  };
  return {
    cases: async (): Promise<CasesAnswer> => ({
      cases: all.map(rowOf),
      shown: id,
      // What has no capture yet has just begun.
      live: summary.toMs === undefined || nowMs() - summary.toMs < liveMs,
    }),
    report: async () => (await savedReport()) ?? (await analysed()).analysis.report,
    timeline: async (mostPoints, withLedger) => {
      const [series, events, report] = await Promise.all([
        store.metrics(id, { maxPoints: mostPoints }),
        store.events(id),
        savedReport(),
      ]);
      const quick = composeRecordedTimeline(series, events, report);
      if (!withLedger) return quick;
      const { ledgerLater: _later, ...rest } = quick;
      return { ...rest, ledger: composeTimeline(await analysed(), mostPoints).ledger };
    },
    analysed,
    heap: async () => {
      const { input, analysis } = await analysed();
      return caseHeap(input, analysis.report.tool.version);
    },
    doctor: async () => missing('this is a recording, not a running target', `leakline doctor ${summary.target.label}`),
  };
}

/** Of its id, as other commands take it; of two with the same beginning none is meant. */
function byBeginning(all: readonly CaseSummary[], wanted: string): CaseSummary | undefined {
  const meant = all.filter(({ id }) => id.startsWith(wanted));
  return meant.length === 1 ? meant[0] : meant.find(({ id }) => id === wanted);
}

function rowOf({ id, target, fromMs, toMs, captures, verdict }: CaseSummary): CasesAnswer['cases'][number] {
  return {
    id,
    label: target.label,
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(toMs === undefined ? {} : { toMs }),
    captures,
    ...(verdict === undefined ? {} : { verdict }),
  };
}

function noSuchCase(id: string | undefined, all: readonly CaseSummary[]): KnownError {
  if (all.length === 0)
    return new KnownError('E-STORE-CASE', 'nothing is recorded in this store yet', {
      advice: 'Record something: leakline watch TARGET',
    });
  return new KnownError('E-STORE-CASE', `there is no recording ${id} in this store`, {
    advice: `There are: ${all
      .slice(0, 5)
      .map((one) => `${one.id} (${one.target.label})`)
      .join(', ')}`,
  });
}

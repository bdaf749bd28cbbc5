// A stretch of a recording → its report: in this thread, or in one of its own, so that looks go on meanwhile and the memory
// that an analysis takes is given back at once.
import { Worker } from 'node:worker_threads';
import { analyze } from '../analyze.ts';
import { KnownError } from '../base/errors.ts';
import type { Report } from '../report/report.ts';
import { openStore } from '../store/open-store.ts';
import { type SourcePlaces, sourceOptions } from './source-options.ts';

/** Plain data: it goes to the thread as it is. */
export interface AnalysisRequest {
  readonly place: string;
  readonly caseId: string;
  readonly fromMs: number | undefined;
  readonly capturesPerIncarnation: number;
  readonly toolVersion: string;
  readonly source: SourcePlaces | undefined;
}

export type AnalysisAnswer =
  | { readonly report: Report }
  | { readonly known: { readonly code: string; readonly message: string } }
  | { readonly bug: string };

/** More is not given to one analysis, however much the machine has. */
const mostHeapMiB = 3072;

export async function analyseRecording(request: AnalysisRequest): Promise<Report> {
  const { place, caseId, fromMs, capturesPerIncarnation, toolVersion, source } = request;
  const store = await openStore(place, { mode: 'read' });
  try {
    const input = await store.loadCase(caseId, { fromMs, capturesPerIncarnation });
    return (await analyze(input, { toolVersion, ...sourceOptions(source) })).report;
  } finally {
    await store.close();
  }
}

/**
 * `url`: the bundled `analysis-worker.js`. Throws what the analysis throws, and KnownError when the thread dies of it, or is
 * ended by the signal.
 */
export async function analyseInThread(url: URL, request: AnalysisRequest, signal: AbortSignal): Promise<Report> {
  const worker = new Worker(url, { workerData: request, resourceLimits: { maxOldGenerationSizeMb: mostHeapMiB } });
  const end = (): void => void worker.terminate();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const answer = await new Promise<AnalysisAnswer>((resolve) => {
    worker.once('message', (message: AnalysisAnswer) => resolve(message));
    worker.once('error', (error) =>
      resolve({ known: { code: 'E-ANALYSIS-THREAD', message: `an analysis ended early: ${error.message}` } }),
    );
    worker.once('exit', (code) =>
      resolve({ known: { code: 'E-ANALYSIS-THREAD', message: `an analysis ended early, with code ${code}` } }),
    );
  });
  signal.removeEventListener('abort', end);
  await worker.terminate();
  if ('report' in answer) return answer.report;
  if ('known' in answer) throw new KnownError(answer.known.code, answer.known.message);
  throw new Error(answer.bug);
}

// The thread of one analysis: it is told of a recording, answers with the report, and ends.
import { parentPort, workerData } from 'node:worker_threads';
import { KnownError } from '../base/errors.ts';
import { type AnalysisAnswer, type AnalysisRequest, analyseRecording } from './analyse-recording.ts';

const answer = (message: AnalysisAnswer): void => parentPort?.postMessage(message);

try {
  answer({ report: await analyseRecording(workerData as AnalysisRequest) });
} catch (error) {
  if (error instanceof KnownError) answer({ known: { code: error.code, message: error.message } });
  else answer({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

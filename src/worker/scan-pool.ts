// Scans directories with as many threads as it is given; each gets the next directory when it has finished one. A thread
// that dies (out of memory) costs the directory that it had, which is said, and is replaced.
import { Worker } from 'node:worker_threads';
import { type ScanSettings, scanDirectory } from '../analyze-scan.ts';
import type { GoDirectory } from '../capture/find-go-packages.ts';
import type { GrammarFiles } from '../capture/read-grammar.ts';
import type { DirectoryScan } from '../model/scan.ts';
import { createGoParser } from '../scan/go-parser.ts';

export interface PoolOptions {
  readonly settings: ScanSettings;
  readonly grammar: GrammarFiles;
  /** 0: in this thread. */
  readonly threads: number;
  /** The bundled `scan-worker.js`. */
  readonly workerUrl: URL | undefined;
  readonly signal?: AbortSignal;
  readonly onScanned?: (done: number) => void;
}

/** One result a directory, in their order. Undefined for those that were not reached before `signal`. */
export async function scanDirectories(
  directories: readonly GoDirectory[],
  options: PoolOptions,
): Promise<readonly (DirectoryScan | undefined)[]> {
  const { threads, workerUrl, settings, grammar, signal, onScanned } = options;
  const results: (DirectoryScan | undefined)[] = directories.map(() => undefined);
  // Large ones first, so that no thread is left alone with one at the end.
  const order = directories
    .map((_, index) => index)
    .sort((a, b) => directories[b]!.names.length - directories[a]!.names.length);
  let next = 0;
  let done = 0;
  const take = (): number | undefined => (signal?.aborted === true ? undefined : order[next++]);
  const finish = (index: number, scan: DirectoryScan): void => {
    results[index] = scan;
    onScanned?.(++done);
  };

  if (threads === 0 || workerUrl === undefined) {
    const parser = await createGoParser(grammar);
    for (let index = take(); index !== undefined; index = take())
      finish(index, await scanDirectory(directories[index]!, settings, parser));
    return results;
  }
  const runThread = async (): Promise<void> => {
    for (let index = take(); index !== undefined; ) {
      const worker = new Worker(workerUrl, { workerData: { settings, grammar }, resourceLimits: limits });
      try {
        while (index !== undefined) {
          const directory: GoDirectory = directories[index]!;
          const answer = await ask(worker, directory);
          finish(index, 'scan' in answer ? answer.scan : failedScan(directory, answer.failed));
          index = take();
          if ('died' in answer) break;
        }
      } finally {
        await worker.terminate();
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, directories.length) }, runThread));
  return results;
}

/** Small ones make the collector run more often; the largest packages of Go's own library fit. */
const limits = { maxOldGenerationSizeMb: 700, maxYoungGenerationSizeMb: 16 };

type Answer = { readonly scan: DirectoryScan } | { readonly failed: string; readonly died?: true };

function ask(worker: Worker, directory: GoDirectory): Promise<Answer> {
  return new Promise((resolve) => {
    const settle = (answer: Answer): void => {
      worker.off('message', onMessage);
      worker.off('error', onError);
      worker.off('exit', onExit);
      resolve(answer);
    };
    const onMessage = (answer: Answer): void => settle(answer);
    const onError = (error: Error): void => settle({ failed: error.message, died: true });
    const onExit = (): void => settle({ failed: 'its thread ended', died: true });
    worker.on('message', onMessage);
    worker.on('error', onError);
    worker.on('exit', onExit);
    worker.postMessage(directory);
  });
}

function failedScan({ directory }: GoDirectory, why: string): DirectoryScan {
  const note = { file: directory, line: 0, message: `could not be scanned: ${why}` };
  return { hits: [], ignored: [], notes: [note], files: 0, lines: 0, bytes: 0, skipped: [] };
}

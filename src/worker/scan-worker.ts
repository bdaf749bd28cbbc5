// A thread of `leakline scan`: gets directories, answers with what it found in them, one at a time.
import { parentPort, workerData } from 'node:worker_threads';
import { type ScanSettings, scanDirectory } from '../analyze-scan.ts';
import type { GoDirectory } from '../capture/find-go-packages.ts';
import type { GrammarFiles } from '../capture/read-grammar.ts';
import { createGoParser } from '../scan/go-parser.ts';

const { settings, grammar } = workerData as { settings: ScanSettings; grammar: GrammarFiles };
const parser = await createGoParser(grammar);

parentPort?.on('message', (directory: GoDirectory) => {
  scanDirectory(directory, settings, parser).then(
    (scan) => parentPort?.postMessage({ scan }),
    (error: unknown) => parentPort?.postMessage({ failed: error instanceof Error ? error.message : String(error) }),
  );
});

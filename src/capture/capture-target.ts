// From what the user points at to a case: the one road that every command takes. Files are read here; what runs is watched
// by watch-target.ts, which is loaded only then: HTTP and child processes would cost a diff of two files a third of its time.
import type { Readable } from 'node:stream';
import type { Case } from '../model/case.ts';
import type { TargetSpec } from './parse-target.ts';
import { readCaseFile } from './read-case-file.ts';
import { type ReadFiles, readFiles, readStdin } from './read-files.ts';
import type { WatchOptions } from './watch-target.ts';

export interface CaptureOptions extends WatchOptions {
  readonly stdin: Readable;
}

/** Throws KnownError when nothing can be captured. Ended early, it gives what there is. */
export async function captureTarget(spec: TargetSpec, options: CaptureOptions): Promise<Case> {
  switch (spec.kind) {
    case 'case':
      return readCaseFile(spec.path);
    case 'files':
      return caseOfFiles(await readFiles(spec.paths), spec.paths.join(' '));
    case 'stdin':
      return caseOfFiles(await readStdin(options.stdin, options.nowMs()), 'stdin');
    default: {
      const { watchTarget } = await import('./watch-target.ts');
      return watchTarget(spec, options);
    }
  }
}

function caseOfFiles(read: ReadFiles, label: string): Case {
  return {
    target: { kind: 'files', label },
    artefacts: read.artefacts,
    sources: new Map(),
    notes: read.notes,
    cost: undefined,
  };
}

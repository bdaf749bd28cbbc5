// `leakline capture <target> -o x.leakline`: everything that a diagnosis needs, in one file, the sources that it would
// read included, so that the report is the same on any machine.
import { UsageError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { writeCaseFile } from '../../capture/write-case-file.ts';
import type { CliIo, ExitCode } from '../io.ts';
import type { CaptureFlags, OutputFlags } from '../options.ts';
import { toolVersion } from '../version.ts';
import { analyseCase, gather } from './diagnose.ts';

export interface CaptureCommandFlags extends CaptureFlags, OutputFlags {
  readonly source?: string | false;
}

export async function runCapture(words: readonly string[], flags: CaptureCommandFlags, io: CliIo): Promise<ExitCode> {
  const path = flags.output;
  if (path === undefined)
    throw new UsageError('capture needs a file to write', 'leakline capture <target> -o x.leakline');
  const input = await gather(words, flags, io, 'snapshot');
  const analysis = await analyseCase(input, flags, io);
  // The build facts that the analysis guessed are guessed again; what was read is kept.
  await writeCaseFile(path, { ...input, sources: analysis.sources }, toolVersion);
  const bytes = input.artefacts.reduce((sum, artefact) => sum + artefact.bytes.length, 0);
  io.stderr.write(
    `${path}: ${input.artefacts.length} artefacts (${formatBytes(bytes)}), ${analysis.sources.size} source files. Read it with: leakline ${path}\n`,
  );
  return 0;
}

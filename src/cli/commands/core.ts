// `leakline core EXE CORE`: who held the Go heap of a process when its core was written.
import path from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { walkCore } from '../../capture/heap/walk-core.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type HeapReportFlags, reportHeap } from '../report-heap.ts';

export async function runCore(words: readonly string[], flags: HeapReportFlags, io: CliIo): Promise<ExitCode> {
  const [first, second, ...more] = words;
  if (first === undefined || more.length > 0) {
    throw new UsageError('core takes an executable and a core: leakline core EXE CORE');
  }
  const [exe, core] = second === undefined ? [undefined, first] : [first, second];
  return reportHeap(flags, io, async () => ({
    label: path.basename(core),
    after: await walkCore(exe === undefined ? undefined : path.resolve(io.cwd, exe), path.resolve(io.cwd, core), {
      onProgress: (what) => void io.stderr.write(`${what}\n`),
    }),
  }));
}

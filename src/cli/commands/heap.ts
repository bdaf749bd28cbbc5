// `leakline heap <pid|core|saved heap|case>`: who holds the Go heap. `--why` asks for one thing, `--diff` for what changed.
import { UsageError } from '../../base/errors.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type HeapReportFlags, reportHeap } from '../report-heap.ts';
import { takeWalks, type WalkFlags } from '../take-walks.ts';

export interface HeapFlags extends HeapReportFlags, WalkFlags {}

export async function runHeap(words: readonly string[], flags: HeapFlags, io: CliIo): Promise<ExitCode> {
  if (flags.why !== undefined && flags.diff === true) {
    throw new UsageError('--why and --diff ask two questions', 'Ask one after the other.');
  }
  return reportHeap(flags, io, () => takeWalks(words, flags, io));
}

// memleak of libbpf-tools as a second choice, and its four traps (version 0.31):
//
//   - Without -O it probes the C library of this machine; a static program or another allocator then gives no stack at all,
//     with exit code 0. So the object is always named, and silence is never read as "no leak".
//   - -O is cut to 31 characters without a word: the object is named by a short link that is removed afterwards.
//   - -o (least age) of 2148 ms or more overflows and lets everything through: never more than 2147.
//   - -s and -z save nothing: the probes stop the target all the same.
//
// All functions of its list must exist in one object, so jemalloc and tcmalloc are refused by it, and musl when static.
import { decodeMemleak } from '../../decode/native-trace/decode-memleak.ts';
import { memleakTrace } from '../../decode/native-trace/memleak-trace.ts';
import type { NativeTrace } from '../../model/native.ts';
import type { Memleak } from './find-tracers.ts';
import { runTracer } from './run-tracer.ts';
import { shortLink } from './short-link.ts';

const leastAgeMs = 1000;
const attachMs = 15_000;

export interface MemleakOptions {
  readonly pid: number;
  /** Of our /proc: the file that has the allocator. */
  readonly objectPath: string;
  readonly tickSeconds: number;
  readonly ticks: number;
  readonly signal: AbortSignal;
}

/** A text is the reason why there is no trace. */
export async function runMemleak(memleak: Memleak, options: MemleakOptions): Promise<NativeTrace | string> {
  const link = await shortLink(options.objectPath);
  if (link === undefined) return 'no folder with a name short enough for its -O option can be written to';
  const { pid, tickSeconds, ticks, signal } = options;
  const numbers = ['-p', pid, '-o', leastAgeMs, '-T', 10_000, tickSeconds, ticks].map(String);
  try {
    const run = await runTracer({
      command: [memleak.path, ...numbers.slice(0, 6), '-O', link.path, ...numbers.slice(6)],
      input: '',
      limitMs: tickSeconds * ticks * 1000 + attachMs,
      signal,
    });
    const failed = run.complaints.find((line) => /failed|error|cannot/i.test(line) && !/pvalloc/.test(line));
    const started = /^Tracing outstanding memory allocs/m.test(run.text);
    if (!started) return failed ?? `memleak ended with ${run.exitCode}`;
    return memleakTrace(decodeMemleak(run.text), tickSeconds * 1000, run.exitCode === 0 && !run.timedOut);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    await link.remove();
  }
}

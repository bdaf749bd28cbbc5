// The step after the captures when memory outside the Go heap grows: a short trace of C allocations, where the machine allows
// it, as an artefact of the case. A refusal is an artefact too: why nobody knows the line belongs into the report.
import { KnownError } from '../base/errors.ts';
import { encodeNativeRecord } from '../decode/record/native-record.ts';
import type { Artefact } from '../model/artefact.ts';
import type { NativeRecord } from '../model/native-record.ts';
import { preflight } from './native/preflight.ts';
import { traceNative } from './native/trace-native.ts';

export interface TraceStep {
  readonly pid: number;
  readonly seconds: number;
  /** PATH. */
  readonly searchPath: string;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly say: (message: string) => void;
  readonly capture: number;
  readonly incarnation: number;
}

/** Never throws for what is not allowed or not there. */
export async function traceOutsideHeap(step: TraceStep): Promise<Artefact> {
  const atMs = step.nowMs();
  const record = await traced(step);
  return {
    kind: 'native-trace',
    name: `${String(step.capture).padStart(4, '0')}/native.json`,
    atMs,
    capture: step.capture,
    incarnation: step.incarnation,
    forcedGc: false,
    bytes: new TextEncoder().encode(encodeNativeRecord(record)),
  };
}

async function traced({ pid, seconds, searchPath, signal, nowMs, say }: TraceStep): Promise<NativeRecord> {
  const command = `leakline native ${pid} --for ${seconds}s`;
  try {
    const { tracer, memleak, gaps } = await preflight(pid, command, searchPath, signal);
    // Sizes alone were watched already.
    if (signal.aborted) return untraced(['the user ended the trace']);
    if (tracer === undefined && memleak === undefined) return untraced(gaps);
    say(`memory outside the Go heap grows: tracing C allocations for ${seconds} s more (--no-native to leave it out)`);
    const taken = await traceNative(pid, {
      seconds,
      yes: false,
      command,
      searchPath,
      signal,
      nowMs,
      note: () => {},
    });
    // What an interrupted tracer complains about is the interrupt.
    if (taken.trace === undefined && signal.aborted) return untraced(['the user ended the trace']);
    const { probe, trace, names, memory, usesCgo, allocator, tracer: by, warnings } = taken;
    return { probe, trace, names, memory, usesCgo, allocator, tracer: by, warnings };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return untraced([error.advice === undefined ? error.message : `${error.message}. ${error.advice}`]);
  }
}

const untraced = (warnings: readonly string[]): NativeRecord => ({
  probe: 'smaps',
  trace: undefined,
  names: [],
  memory: [],
  usesCgo: undefined,
  allocator: undefined,
  tracer: undefined,
  warnings,
});

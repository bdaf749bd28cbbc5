// The cheap figures of a running target: what /proc says of its process, and, less often, what the runtime says of itself.
// A figure that could not be had is absent from the map.
// Source of `goroutine profile: total N`: runtime/pprof/pprof.go printCountProfile.
import { CaptureError, KnownError } from '../base/errors.ts';
import { decodeMemstatsTrailer } from '../decode/memstats/decode-memstats-trailer.ts';
import { decodeProcessStatus } from '../decode/process-status/decode-process-status.ts';
import type { MemoryLimit } from '../model/oom.ts';
import type { TargetConnection } from './connect-target.ts';
import { totalsOfMemstats } from './incarnations.ts';
import { fetchTrailer } from './memstats-trailer.ts';
import type { PprofClient } from './pprof-client.ts';
import { processStartMs, readProcessStatus } from './read-process.ts';
import { readProcessSetup } from './take-process-look.ts';

export interface TargetMetrics {
  /** By name: `rss`, `rss-anon`, `rss-file`, `swap`, `threads`, `open-files`, `heap-alloc`, `gc-goal`, `goroutines`, …; bytes or a count. */
  readonly quantities: ReadonlyMap<string, number>;
  readonly limits: readonly MemoryLimit[];
  /** Totals of the runtime that never fall, as `incarnations.ts` compares them. */
  readonly totals: Readonly<Record<string, number>>;
}

/** Throws CaptureError when the process has ended or is another one by now. */
export async function takeProcessMetrics(process: TargetConnection['process']): Promise<TargetMetrics | undefined> {
  if (process === undefined) return undefined;
  const { pid, startedAtMs } = process;
  const [text, setup] = await Promise.all([readProcessStatus(pid), readProcessSetup(pid)]);
  if (text === undefined || (startedAtMs !== undefined && (await processStartMs(pid)) !== startedAtMs))
    throw new CaptureError('E-CAPTURE-NO-PROCESS', `process ${pid} has ended`);
  const status = decodeProcessStatus(new TextDecoder().decode(text));
  return {
    quantities: present({
      rss: status.rssBytes,
      'rss-anon': status.rssAnonBytes,
      'rss-file': status.rssFileBytes,
      'rss-shmem': status.rssShmemBytes,
      swap: status.swapBytes,
      threads: status.threads,
      'open-files': status.openFiles,
    }),
    limits: setup.limits,
    totals: {},
  };
}

/** Two requests; the target formats its profiles as text for them. Throws CaptureError when it does not answer. */
export async function takeRuntimeMetrics(client: PprofClient, signal: AbortSignal | undefined): Promise<TargetMetrics> {
  const { trailer } = await fetchTrailer(client, signal);
  const text = trailer === undefined ? undefined : new TextDecoder().decode(trailer);
  const stats = text === undefined ? undefined : decodeMemstatsTrailer(text);
  return {
    quantities: present({
      'heap-alloc': stats?.heapAllocBytes,
      'heap-inuse': stats?.heapInuseBytes,
      'heap-idle': stats?.heapIdleBytes,
      'heap-sys': stats?.heapSysBytes,
      'stack-inuse': stats?.stackInuseBytes,
      'runtime-sys': stats?.sysBytes,
      'gc-goal': stats?.nextGcBytes,
      goroutines: await countGoroutines(client, signal),
    }),
    limits: [],
    totals: text === undefined ? {} : totalsOfMemstats(text),
  };
}

const headBytes = 64;

/** Only the first line is kept: the stacks behind it may be megabytes. */
async function countGoroutines(client: PprofClient, signal: AbortSignal | undefined): Promise<number | undefined> {
  let head = new Uint8Array(0);
  try {
    await client.fetchProfile('goroutine', {
      query: { debug: '1' },
      signal,
      sink: () => {
        head = new Uint8Array(0);
        return (chunk) => {
          if (head.length < headBytes) head = Uint8Array.from([...head, ...chunk.subarray(0, headBytes)]);
        };
      },
    });
  } catch (error) {
    // A router may serve the heap alone.
    if (error instanceof KnownError && error.code === 'E-CAPTURE-404') return undefined;
    throw error;
  }
  const match = /^goroutine profile: total (\d+)/.exec(new TextDecoder().decode(head));
  return match === null ? undefined : Number(match[1]);
}

function present(values: Readonly<Record<string, number | undefined>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

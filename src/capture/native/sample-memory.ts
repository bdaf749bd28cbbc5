// How much memory of a process is not of the Go heap, sampled while it is traced; and whether it still is the same process.
// Source: proc_pid_smaps(5). Go's heap lies between 4 GiB and 70 TiB on linux/amd64 and arm64 (0xc000000000 up to Go 1.25,
// random from 1.26 on); brk is below or at 0x55…, mapped memory at 0x7f….
import { readFile } from 'node:fs/promises';
import { decodeSmaps } from '../../decode/smaps/decode-smaps.ts';
import type { MemoryRegion } from '../../model/ledger.ts';
import type { NativeMemorySample } from '../../model/native.ts';
import { processStartMs } from '../read-process.ts';

/** One look at the sizes of a process. */
export interface MemoryLook {
  readonly regions: readonly MemoryRegion[];
  readonly threads: number | undefined;
}

export interface SampledMemory {
  readonly samples: NativeMemorySample[];
  first: MemoryLook | undefined;
  last: MemoryLook | undefined;
  /** The process ended, or its pid is another process's now. */
  ended: boolean;
}

interface Sampling {
  readonly pid: number;
  readonly startedAtMs: number | undefined;
  /** Only then an address tells the Go heap. */
  readonly isGo: boolean;
  readonly everyMs: number;
  readonly nowMs: () => number;
  /** Called once, at the first sample that finds the process gone. */
  readonly onEnd: () => void;
}

const goHeapFrom = 0x1_0000_0000;
const goHeapTo = 0x4000_0000_0000;
const mostMapBytes = 256 * 1024 * 1024;

/** Samples into `memory` while `work` runs, and once at its end. */
export async function sampleMemory<T>(options: Sampling, memory: SampledMemory, work: () => Promise<T>): Promise<T> {
  const take = async (): Promise<void> => {
    if (memory.ended) return;
    const atMs = options.nowMs();
    const look = await lookAt(options.pid);
    if ((await processStartMs(options.pid)) !== options.startedAtMs) {
      memory.ended = true;
      options.onEnd();
      return;
    }
    if (look === undefined || atMs <= (memory.samples.at(-1)?.atMs ?? -1)) return;
    memory.samples.push(sizesOf(look.regions, options.isGo, atMs));
    memory.first ??= look;
    memory.last = look;
  };
  await take();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void take().finally(() => {
      busy = false;
    });
  }, options.everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await take();
  }
}

/** undefined when smaps cannot be read. */
async function lookAt(pid: number): Promise<MemoryLook | undefined> {
  const [text, status] = await Promise.all(
    ['smaps', 'status'].map((name) => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '')),
  );
  if (text === undefined || text === '' || text.length > mostMapBytes) return undefined;
  const threads = /^Threads:\s+(\d+)/m.exec(status ?? '')?.[1];
  return { regions: decodeSmaps(text), threads: threads === undefined ? undefined : Number(threads) };
}

/** Anonymous memory, resident or swapped out. */
export function sizesOf(regions: readonly MemoryRegion[], isGo: boolean, atMs: number): NativeMemorySample {
  let nativeBytes = 0;
  let goHeapBytes = 0;
  for (const { startAddress, anonymousBytes, swapBytes } of regions) {
    const bytes = anonymousBytes + swapBytes;
    if (isGo && startAddress >= goHeapFrom && startAddress < goHeapTo) goHeapBytes += bytes;
    else nativeBytes += bytes;
  }
  return { atMs, nativeBytes, goHeapBytes };
}

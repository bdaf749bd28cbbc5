// The runtime's and the operating system's figures over the captures → one estimate a quantity. A quantity that a capture
// did not say is left out of its series; one that was said fewer than twice is left out altogether.
import type { MemoryQuantity, MemoryTrend } from '../model/growth.ts';
import type { MemoryStats, ProcessMemory } from '../model/memory-stats.ts';
import { estimateGrowth } from './estimate-growth.ts';

export interface MemoryCapture {
  readonly atMs: number;
  readonly stats: MemoryStats | undefined;
  readonly process: ProcessMemory | undefined;
}

const readers: readonly (readonly [MemoryQuantity, (c: MemoryCapture) => number | undefined, number])[] = [
  ['heap-live', (c) => c.stats?.heapLiveBytes, 1 << 20],
  ['heap-alloc', (c) => c.stats?.heapAllocBytes, 1 << 20],
  ['heap-inuse', (c) => c.stats?.heapInuseBytes, 1 << 20],
  ['heap-idle', (c) => c.stats?.heapIdleBytes, 1 << 20],
  ['heap-released', (c) => c.stats?.heapReleasedBytes, 1 << 20],
  ['heap-sys', (c) => c.stats?.heapSysBytes, 1 << 20],
  ['stack-inuse', (c) => c.stats?.stackInuseBytes, 1 << 18],
  ['runtime-sys', (c) => c.stats?.sysBytes, 1 << 20],
  ['max-rss', (c) => c.stats?.maxRssBytes, 1 << 20],
  ['rss', (c) => c.process?.rssBytes, 1 << 20],
  ['rss-anon', (c) => c.process?.rssAnonBytes, 1 << 20],
  ['rss-file', (c) => c.process?.rssFileBytes, 1 << 20],
  ['rss-shmem', (c) => c.process?.rssShmemBytes, 1 << 20],
  ['threads', (c) => c.process?.threads ?? c.stats?.threads, 3],
  ['open-files', (c) => c.process?.openFiles, 3],
  ['goroutines', (c) => c.stats?.goroutines, 3],
];

/** What one capture says; a quantity that it does not say is absent. */
export function memoryQuantities(capture: MemoryCapture): ReadonlyMap<MemoryQuantity, number> {
  return new Map(
    readers.flatMap(([quantity, read]) => {
      const value = read(capture);
      return value === undefined ? [] : [[quantity, value] as const];
    }),
  );
}

export function measureMemoryTrend(captures: readonly MemoryCapture[]): MemoryTrend {
  const quantities: Map<
    MemoryQuantity,
    MemoryTrend['quantities'] extends ReadonlyMap<infer _, infer V> ? V : never
  > = new Map();
  const said = memorySeries(captures);
  for (const [quantity, , materialDelta] of readers) {
    const one = said.get(quantity);
    if (one === undefined || one.atMs.length < 2) continue;
    const { atMs, values: series } = one;
    quantities.set(quantity, { estimate: estimateGrowth({ atMs, values: series }, { materialDelta }), series, atMs });
  }
  return { atMs: Float64Array.from(captures, (capture) => capture.atMs), quantities };
}

/** What each capture said; a quantity that none said is not there. */
export function memorySeries(
  captures: readonly MemoryCapture[],
): ReadonlyMap<MemoryQuantity, { readonly atMs: Float64Array; readonly values: Float64Array }> {
  return new Map(
    readers.flatMap(([quantity, read]) => {
      const said = captures.flatMap((capture) => {
        const value = read(capture);
        return value === undefined ? [] : [{ atMs: capture.atMs, value }];
      });
      if (said.length === 0) return [];
      const atMs = Float64Array.from(said, (one) => one.atMs);
      return [[quantity, { atMs, values: Float64Array.from(said, (one) => one.value) }] as const];
    }),
  );
}

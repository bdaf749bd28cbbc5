// GC traces as statistics of memory over time, as other sources give them: what survived each collection, the goal, the
// stacks; threads where schedtrace tells them. A collection counts whatever is in flight as live, so that long traces are
// noisy: neighbouring collections become one row, with their median.
import { median } from '../../base/theil-sen.ts';
import type { MemoryStats } from '../../model/memory-stats.ts';
import type { GcCycle, GcTrace } from './decode-gctrace.ts';

export interface TracedMemory {
  readonly sinceStartMs: number;
  readonly stats: MemoryStats;
  readonly process: undefined;
}

const mostRows = 80;

/** Of a trace of one run. */
export function memoryOfGcTrace({ cycles, schedulers }: GcTrace): readonly TracedMemory[] {
  const rows = [
    ...groups(cycles).map(rowOfCycles),
    ...groups(schedulers).map((lines) => ({
      sinceStartMs: middle(lines.map((line) => line.atMs)),
      stats: { ...nothingSaid, threads: middle(lines.map((line) => line.threads)) },
      process: undefined,
    })),
  ];
  return rows.sort((a, b) => a.sinceStartMs - b.sinceStartMs);
}

function rowOfCycles(cycles: readonly GcCycle[]): TracedMemory {
  const stacks = cycles.flatMap((cycle) => cycle.stackBytes ?? []);
  return {
    sinceStartMs: middle(cycles.map((cycle) => cycle.atSeconds * 1000)),
    stats: {
      ...nothingSaid,
      heapLiveBytes: middle(cycles.map((cycle) => cycle.liveHeapBytes)),
      nextGcBytes: middle(cycles.map((cycle) => cycle.goalBytes)),
      // Go 1.17 and older do not say it.
      stackInuseBytes: stacks.length < cycles.length ? undefined : middle(stacks),
      gcCycles: cycles.at(-1)?.number,
    },
    process: undefined,
  };
}

function middle(values: readonly number[]): number {
  return median(Float64Array.from(values));
}

function groups<Row>(rows: readonly Row[]): readonly (readonly Row[])[] {
  const size = Math.ceil(rows.length / mostRows);
  const found: Row[][] = [];
  for (let from = 0; from < rows.length; from += size) found.push(rows.slice(from, from + size));
  return found;
}

const nothingSaid: MemoryStats = {
  heapAllocBytes: undefined,
  heapSysBytes: undefined,
  heapIdleBytes: undefined,
  heapInuseBytes: undefined,
  heapReleasedBytes: undefined,
  heapObjects: undefined,
  stackInuseBytes: undefined,
  stackSysBytes: undefined,
  otherSysBytes: undefined,
  sysBytes: undefined,
  totalAllocBytes: undefined,
  mallocs: undefined,
  frees: undefined,
  nextGcBytes: undefined,
  heapLiveBytes: undefined,
  gcCycles: undefined,
  forcedGcCycles: undefined,
  lastGcMs: undefined,
  maxRssBytes: undefined,
  goroutines: undefined,
  threads: undefined,
};

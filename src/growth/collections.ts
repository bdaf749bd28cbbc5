// Whether a garbage collection ended between two heap profiles: forced by us, or counted by the runtime's own statistics
// of the same captures. In-use values are as of the last completed collection (runtime/mprof.go).
import type { MemoryStats } from '../model/memory-stats.ts';
import type { ProfileTable } from '../model/profile.ts';
import type { HeapCapture } from './heap-growth.ts';

export interface CollectionInput {
  readonly heaps: readonly {
    readonly atMs: number;
    readonly capture: number;
    readonly forcedGc: boolean;
    readonly profile: ProfileTable;
  }[];
  readonly memory: readonly { readonly capture: number; readonly stats: MemoryStats | undefined }[];
}

export function withCollections({ heaps, memory }: CollectionInput): readonly HeapCapture[] {
  const cycles = new Map(memory.map((moment) => [moment.capture, moment.stats?.gcCycles]));
  let before: number | undefined;
  return heaps.map(({ atMs, capture, forcedGc, profile }) => {
    const now = cycles.get(capture);
    // Two cycles: one may have been running, and a profile shows the one that completed before it.
    const collected = forcedGc || (now === undefined || before === undefined ? undefined : now >= before + 2);
    before = now ?? before;
    return { atMs, profile, collected };
  });
}

// The resident Go memory, split by what the runtime says of itself.
// Source: runtime/mstats.go (Go 1.21–1.27). HeapSys = HeapInuse + HeapIdle; of HeapIdle, HeapReleased has no pages. Stacks
// and the collector's work buffers lie in the arenas too: the former are StackInuse, the latter a part of GCSys.
import type { MemoryStats } from '../model/memory-stats.ts';

export interface ArenaPages {
  readonly rssBytes: number;
  /** Given back with MADV_FREE (GODEBUG=madvdontneed=0). */
  readonly lazyFreeBytes: number;
  readonly hugePageBytes: number;
}

export interface GoMemorySplit {
  readonly liveBytes: number;
  readonly garbageBytes: number;
  readonly wasteBytes: number;
  readonly idleBytes: number;
  readonly stackBytes: number;
  /** The runtime's own structures, in the arenas and beside them. */
  readonly runtimeBytes: number;
  /** Allocated, and never written: no page yet. Beside RSS. */
  readonly untouchedBytes: number;
  /** Nameless memory that the runtime's numbers do not account for. */
  readonly nativeBytes: number;
  /** How much native memory may hide in what the runtime asked for and never wrote. */
  readonly nativeDoubtBytes: number;
  /** Resident in the arenas beyond all that the runtime accounts for. */
  readonly unexplainedBytes: number;
  /** Of the idle bytes: back through huge pages, or not yet taken by the kernel. */
  readonly keptByKernelBytes: number;
}

/**
 * `liveBytes` undefined: live and garbage are one. `namedRuntimeBytes` are mappings that the runtime has named,
 * `namelessBytes` those that may be the runtime's or native. undefined when the numbers are not complete.
 */
export function splitGoMemory(
  memory: MemoryStats,
  liveBytes: number | undefined,
  arena: ArenaPages,
  namedRuntimeBytes: number,
  namelessBytes: number,
): GoMemorySplit | undefined {
  const { heapAllocBytes, heapInuseBytes, heapIdleBytes, heapReleasedBytes, stackInuseBytes } = memory;
  if (
    heapAllocBytes === undefined ||
    heapInuseBytes === undefined ||
    heapIdleBytes === undefined ||
    heapReleasedBytes === undefined ||
    stackInuseBytes === undefined
  )
    return undefined;
  const live = Math.round(Math.min(liveBytes ?? heapAllocBytes, heapAllocBytes));
  const said = {
    live,
    garbage: heapAllocBytes - live,
    waste: Math.max(0, heapInuseBytes - heapAllocBytes),
    idle: Math.max(0, heapIdleBytes - heapReleasedBytes),
    stack: stackInuseBytes,
  };
  const saidBytes = said.live + said.garbage + said.waste + said.idle + said.stack;
  const lazyFreeBytes = Math.min(arena.lazyFreeBytes, arena.rssBytes);
  const touchedBytes = arena.rssBytes - lazyFreeBytes;
  // Pages say how many bytes are there, not whose they are: each part is shortened alike.
  const share = saidBytes === 0 ? 0 : Math.min(1, touchedBytes / saidBytes);
  const garbageBytes = Math.floor(said.garbage * share);
  const wasteBytes = Math.floor(said.waste * share);
  const idleBytes = Math.floor(said.idle * share);
  const stackBytes = Math.floor(said.stack * share);

  const metadataCap = (memory.otherSysBytes ?? 0) + Math.max(0, (memory.stackSysBytes ?? 0) - stackInuseBytes);
  const ownNameless = Math.min(namelessBytes, Math.max(0, metadataCap - namedRuntimeBytes));
  const roomInCap = Math.max(0, metadataCap - namedRuntimeBytes - ownNameless);
  const excess = Math.max(0, touchedBytes - saidBytes);
  const workBuffers = Math.min(excess, roomInCap);
  // Released pages come back when khugepaged joins them with their neighbours.
  const inHugePages = Math.min(excess - workBuffers, Math.min(arena.hugePageBytes, heapReleasedBytes));
  const keptByKernelBytes = lazyFreeBytes + inHugePages;
  return {
    liveBytes: Math.min(saidBytes, touchedBytes) - garbageBytes - wasteBytes - idleBytes - stackBytes,
    garbageBytes,
    wasteBytes,
    idleBytes: idleBytes + keptByKernelBytes,
    stackBytes,
    runtimeBytes: namedRuntimeBytes + ownNameless + workBuffers,
    untouchedBytes: Math.max(0, saidBytes - touchedBytes),
    nativeBytes: namelessBytes - ownNameless,
    nativeDoubtBytes: roomInCap - workBuffers,
    unexplainedBytes: excess - workBuffers - inHugePages,
    keptByKernelBytes,
  };
}

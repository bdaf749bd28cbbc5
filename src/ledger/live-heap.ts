// How much of the Go heap the last collection found alive, from outside. The runtime says only its next goal, which is
//   NextGC = live + (live + scanned stacks + globals) · GOGC / 100      (Go 1.18–1.27, runtime/mgcpacer.go commit, heapGoal)
// unless a memory limit lowers it or GOGC is off. Of a small heap the goal is a floor of 4 MiB · GOGC / 100, and live comes
// out too large by less than 4 MiB. Where the goal tells nothing, the in-use bytes of the heap profile
// are taken, which are samples of the same moment.
import type { LedgerLook } from '../model/ledger.ts';
import type { MemoryStats } from '../model/memory-stats.ts';

export type LiveSource = 'runtime' | 'next-gc-goal' | 'heap-profile';
type GcPercent = number | 'off' | undefined;

const goodEnoughBytes = 4 * 1024 * 1024;
const goodEnoughShare = 0.1;
/** Between goal and profile: samples scatter. */
const agreeShare = 0.3;

/**
 * One source for all looks: two in turn would look like growth. undefined when none is there throughout, or no
 * collection has run yet.
 */
export function chooseLiveSource(looks: readonly LedgerLook[], gcPercent: GcPercent): LiveSource | undefined {
  if (looks.length === 0 || looks.some(({ memory }) => memory === undefined || memory.gcCycles === 0)) return undefined;
  if (looks.every(({ memory }) => memory?.heapLiveBytes !== undefined)) return 'runtime';
  const goals = looks.map(({ memory }) => liveByGoal(memory!, gcPercent));
  // A goal far from what the profile shows is not that of GOGC in the environment: debug.SetGCPercent, or a limit.
  const agree = looks.every(({ profiledLiveBytes: profiled }, index) => {
    const goal = goals[index];
    if (goal === undefined) return false;
    return profiled === undefined || Math.abs(goal - profiled) <= Math.max(goodEnoughBytes, agreeShare * profiled);
  });
  if (agree) return 'next-gc-goal';
  // Before the third collection a profile may count what was never collected as live (runtime/mprof.go, memProfileInternal).
  const isTold = looks.every((look) => look.profiledLiveBytes !== undefined && (look.memory?.gcCycles ?? 3) >= 3);
  return isTold ? 'heap-profile' : undefined;
}

/** Never more than is allocated. */
export function liveHeapBytes(
  look: LedgerLook,
  source: LiveSource | undefined,
  gcPercent: GcPercent,
): number | undefined {
  const { memory } = look;
  const allocated = memory?.heapAllocBytes;
  if (memory === undefined || allocated === undefined || source === undefined) return undefined;
  const bytes =
    source === 'runtime'
      ? memory.heapLiveBytes
      : source === 'heap-profile'
        ? look.profiledLiveBytes
        : liveByGoal(memory, gcPercent);
  return bytes === undefined ? undefined : Math.max(0, Math.min(bytes, allocated));
}

function liveByGoal(memory: MemoryStats, gcPercent: GcPercent): number | undefined {
  const goal = memory.nextGcBytes;
  if (goal === undefined || gcPercent === 'off') return undefined;
  const ratio = (gcPercent ?? 100) / 100;
  // A goal above the address space is GOGC=off, set by the program.
  if (ratio <= 0 || goal > 2 ** 50) return undefined;
  // How much of the stacks was scanned is not said: between nothing and all of it.
  const doubt = ((memory.stackInuseBytes ?? 0) * ratio) / (1 + ratio);
  if (doubt > Math.max(goodEnoughBytes, goodEnoughShare * (memory.heapAllocBytes ?? 0))) return undefined;
  return goal / (1 + ratio) - doubt / 2;
}

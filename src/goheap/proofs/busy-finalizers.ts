// The goroutines of the runtime that run finalizers and cleanups, while they are inside one. Source: runtime/mfinal.go
// runfinq (runFinalizers since 1.25), runtime/mcleanup.go runCleanups.
import type { BusyFinalizer } from '../../model/heap-proofs.ts';
import { framesOf } from '../../model/stacks.ts';
import type { ProofSources } from './proof-sources.ts';
import { ownFrames } from './stuck-groups.ts';

const runners: ReadonlyMap<string, BusyFinalizer['kind']> = new Map([
  ['runtime.runfinq', 'finalizer'],
  ['runtime.runFinalizers', 'finalizer'],
  ['runtime.runCleanups', 'cleanup'],
  ['runtime.runFinalizersAndCleanups', 'finalizer'],
]);

export function findBusyFinalizers(sources: ProofSources): BusyFinalizer[] {
  const { goroutines } = sources.graph;
  const ownOf = ownFrames(sources);
  const busy: BusyFinalizer[] = [];
  for (let row = 0; row < goroutines.length; row++) {
    const kind = runners.get(goroutines.startFunction[row]!);
    const at = kind === undefined ? undefined : ownOf(goroutines.stack[row]!);
    if (kind === undefined || at === undefined) continue;
    busy.push({
      kind,
      goroutine: goroutines.id[row]!,
      state: goroutines.state[row]!,
      at,
      stack: framesOf(goroutines.stacks, goroutines.stack[row]!),
      waitedNs: goroutines.waitedNs[row]!,
    });
  }
  return busy;
}

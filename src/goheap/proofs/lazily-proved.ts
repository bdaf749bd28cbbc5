// The proofs of a walk, made when they are first asked for. What only the target's own memory has is read at once: it may
// be gone by then.
import { lazily } from '../../base/lazily.ts';
import type { HeapWalk, SelfCheck } from '../../model/heap-graph.ts';
import { readDeferChains } from './defer-chains.ts';
import { doubtsOf } from './doubts-of.ts';
import type { ProofSources } from './proof-sources.ts';
import { readProofs } from './read-proofs.ts';
import { specialFunctionsOf } from './special-cycles.ts';

export interface LazySources extends Omit<ProofSources, 'early' | 'doubts'> {
  readonly stopped: HeapWalk['stopped'];
  readonly selfChecks: readonly SelfCheck[];
}

export function lazilyProved({ stopped, selfChecks, ...sources }: LazySources): HeapWalk['proofs'] {
  const { image, roots, graph } = sources;
  const early = {
    deferChains: readDeferChains(image, roots.deferred),
    specialFunctions: specialFunctionsOf(image),
  };
  return lazily(() =>
    readProofs({ ...sources, early, doubts: doubtsOf(stopped, selfChecks, graph.goroutines, roots) }),
  );
}

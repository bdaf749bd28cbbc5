// The goroutines of the runtime that run finalizers and cleanups, while they are inside one. Source: runtime/mfinal.go
// runfinq (runFinalizers since 1.25), runtime/mcleanup.go runCleanups.
import { nodeKinds } from '../../model/heap-graph.ts';
import type { BusyFinalizer } from '../../model/heap-proofs.ts';
import { framesOf } from '../../model/stacks.ts';
import type { Liveness } from './blocked-goroutines.ts';
import { type NodesByAddress, notInHeap, type ProofSources } from './proof-sources.ts';
import { createReach } from './reach.ts';
import { forEachRunningWord } from './running-words.ts';
import { ownFrames } from './stuck-groups.ts';

const runners: ReadonlyMap<string, BusyFinalizer['kind']> = new Map([
  ['runtime.runfinq', 'finalizer'],
  ['runtime.runFinalizers', 'finalizer'],
  ['runtime.runCleanups', 'cleanup'],
  ['runtime.runFinalizersAndCleanups', 'finalizer'],
]);

export function findBusyFinalizers(sources: ProofSources, nodes: NodesByAddress, liveness: Liveness): BusyFinalizer[] {
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
      mayGoOn: mayGoOn(sources, nodes, liveness, row),
      byVariable: isByVariable(sources, liveness, row),
    });
  }
  return busy;
}

/**
 * Variables of the program do not count here (isByVariable): they lead to whatever the program could use one day. Nor do finalizers that are
 * queued: they come after this one. A lock or channel that is itself a variable needs no pointer to be used.
 */
function mayGoOn(
  { graph, image }: ProofSources,
  nodes: NodesByAddress,
  { blocked, leaked, cut }: Liveness,
  finalizer: number,
): boolean {
  const own = blocked.find(({ row }) => row === finalizer);
  if (own === undefined || own.unclear || own.nodes.includes(notInHeap)) return true;
  const wanted = new Set(own.nodes);
  /** Those that wait for the same, and for nothing else, come no further themselves. */
  const asStuck = new Set(
    blocked.filter((one) => !one.unclear && one.nodes.every((node) => wanted.has(node))).map(({ row }) => row),
  );
  const others = createReach(graph, cut);
  const timer = nodeKinds.indexOf('timer');
  for (let node = 0; node < graph.named.length; node++) if (graph.named.kind[node] === timer) others.add(node);
  for (let row = 0; row < graph.goroutines.length; row++) {
    if (!leaked.has(row) && !asStuck.has(row)) others.add(graph.goroutines.node[row]!);
  }
  forEachRunningWord(image, (word) => {
    const node = nodes.at(word);
    if (node >= 0) others.add(node);
  });
  others.drain();
  return own.nodes.some((node) => node >= 0 && others.via[node] !== -1);
}

/** A lock or channel that is a variable itself needs no pointer to be used. */
function isByVariable({ graph }: ProofSources, { blocked, cut }: Liveness, finalizer: number): boolean {
  const own = blocked.find(({ row }) => row === finalizer);
  if (own === undefined) return false;
  const variables = createReach(graph, cut);
  const kind = nodeKinds.indexOf('global');
  for (let node = 0; node < graph.named.length; node++) if (graph.named.kind[node] === kind) variables.add(node);
  variables.drain();
  return own.nodes.some((node) => node === notInHeap || (node >= 0 && variables.via[node] !== -1));
}

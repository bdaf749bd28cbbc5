// One walk → all that its graph proves. Everything that one group alone keeps is measured in one pass over the graph.
import { nodeKinds } from '../../model/heap-graph.ts';
import type { HeapProofs } from '../../model/heap-proofs.ts';
import { judgeGoroutines, type Liveness } from './blocked-goroutines.ts';
import { findBusyFinalizers } from './busy-finalizers.ts';
import { readContexts } from './context-parents.ts';
import type { DeferDraft } from './defer-chains.ts';
import { exclusiveBytes, type GroupSeed, restOfWorld } from './exclusive-bytes.ts';
import { readLargeStacks } from './large-stacks.ts';
import { type NodesByAddress, nodesByAddress, type ProofSources } from './proof-sources.ts';
import { heldByThreads } from './running-words.ts';
import { findSpecialCycles } from './special-cycles.ts';
import { type DraftGroup, describeStuck, groupBlocked } from './stuck-groups.ts';
import { groupTimers, readPendingTimers, type TimerDraft } from './timer-groups.ts';

export async function readProofs(sources: ProofSources): Promise<HeapProofs> {
  const { image, index, walked, doubts } = sources;
  const nodes = nodesByAddress(index, walked);
  const liveness = judgeGoroutines(sources, nodes, (await sources.movedOn) ?? heldByThreads(image));
  const stuck = groupBlocked(sources, liveness);
  const defers = sources.early.deferChains;
  const pendingTimers = readPendingTimers(sources);
  const timers = groupTimers(sources, pendingTimers);
  const bytesOf = measureGroups(sources, nodes, liveness, { stuck, defers, timers });
  const groups = describeStuck(sources, liveness, stuck, bytesOf.stuck);
  const proven = groups.filter(({ proof }) => proof !== undefined);
  return {
    stuck: groups,
    leakedGoroutines: proven.reduce((sum, { count }) => sum + count, 0),
    leakedBytes: proven.length === 0 ? 0 : unreachedBytes(sources, liveness),
    deferChains: await Promise.all(defers.map((draft, i) => describeDefers(sources, draft, bytesOf.defers(i)))),
    largeStacks: readLargeStacks(sources),
    finalizers: {
      cycles: findSpecialCycles(sources, nodes, liveness.cut),
      busy: findBusyFinalizers(sources, nodes, liveness),
      queuedFinalizers: image.queued.kind.filter((kind) => kind === 'finalizer').length,
      queuedCleanups: image.queued.kind.filter((kind) => kind === 'cleanup').length,
    },
    timers: timers.map(({ holders: _, ...timer }, i) => ({ ...timer, bytes: bytesOf.timers(i) })),
    pendingTimers,
    contexts: readContexts(sources),
    doubts,
  };
}

interface Drafts {
  readonly stuck: readonly DraftGroup[];
  readonly defers: readonly DeferDraft[];
  readonly timers: readonly TimerDraft[];
}

/** What each group alone keeps: seeds of all groups, and everything else as the rest of the world. */
function measureGroups(sources: ProofSources, nodes: NodesByAddress, liveness: Liveness, drafts: Drafts) {
  const { graph, image } = sources;
  const { named, goroutines, referenceStart, referenceTo } = graph;
  const cut = liveness.cut.slice();
  const groupOf = new Int32Array(named.length);
  const seeds: GroupSeed[] = [];
  const seed = (node: number, group: number): void => {
    seeds.push({ node, group });
    if (node < named.length) groupOf[node] = group;
  };
  const firstDefer = drafts.stuck.length;
  const firstTimer = firstDefer + drafts.defers.length;
  for (const [i, { members }] of drafts.stuck.entries()) {
    for (const { row } of members) seed(goroutines.node[row]!, i + 1);
  }
  const closures = new Set<number>();
  for (const [i, draft] of drafts.defers.entries()) {
    for (const address of draft.records) {
      const node = nodes.at(address);
      if (node < 0) continue;
      // Each record leads to the next one; and the goroutine to the first.
      cut[node] = 1;
      seed(node, firstDefer + i + 1);
    }
    for (const address of draft.closures) {
      const node = nodes.at(address);
      if (node < 0) continue;
      closures.add(node);
      seed(node, firstDefer + i + 1);
    }
  }
  for (const [i, { holders }] of drafts.timers.entries()) for (const node of holders) seed(node, firstTimer + i + 1);
  // A goroutine with a chain is replaced by what it refers to beside the chain.
  for (const row of new Set(drafts.defers.map((draft) => draft.row))) {
    const node = goroutines.node[row]!;
    cut[node] = 1;
    for (let k = referenceStart[node]!; k < referenceStart[node + 1]!; k++) {
      const to = referenceTo[k]!;
      // The g leads to the first record as well, and is left out with it: it keeps nothing else.
      if (closures.has(to) || graph.addressOf(to) === image.goroutines.address[row]) continue;
      seeds.push({ node: to, group: groupOf[node] === 0 ? restOfWorld : groupOf[node]! });
    }
  }
  const frame = nodeKinds.indexOf('frame');
  for (let node = 1; node < named.length; node++) {
    if (groupOf[node] === 0 && named.kind[node] !== frame) seeds.push({ node, group: restOfWorld });
  }
  const bytes = exclusiveBytes(graph, seeds, firstTimer + drafts.timers.length, cut);
  const from =
    (first: number) =>
    (row: number): number =>
      bytes[first + row + 1]!;
  return { stuck: from(0), defers: from(firstDefer), timers: from(firstTimer) };
}

function unreachedBytes({ graph }: ProofSources, { live }: Liveness): number {
  let bytes = 0;
  for (let node = graph.named.length; node < graph.length; node++)
    if (live.via[node] === -1) bytes += graph.bytes[node]!;
  return bytes;
}

async function describeDefers(sources: ProofSources, { row, pc, deferredPc, records }: DeferDraft, bytes: number) {
  const { goroutines } = sources.graph;
  const frames = await sources.framesAt(pc, true);
  return {
    goroutine: goroutines.id[row]!,
    startFunction: goroutines.startFunction[row]!,
    at: frames[0],
    deferredFunction: sources.functionName(deferredPc),
    count: records.length,
    bytes,
  };
}

// Objects that keep themselves: what an object with a finalizer refers to is kept until the finalizer has run, and it cannot
// run while something of that leads back. Source: runtime.SetFinalizer, "if a cyclic structure includes a block with a
// finalizer, that cycle is not guaranteed to be garbage collected". Nothing else holds them, so this is proof.
import type { HeapGraph } from '../model/heap-graph.ts';
import type { HoldTree } from '../model/retention.ts';

/** The search ends here for one object, and for all of them together; what is not found is not counted. */
const mostSteps = 10_000;
const mostStepsOfAll = 20_000_000;

/** By root group: how many objects with a finalizer keep themselves, and nothing else keeps them. */
export function finalizerCyclesOf(graph: HeapGraph, { groups, order, weakFrom }: HoldTree): Float64Array {
  const found = new Float64Array(groups.length);
  if (weakFrom >= order.length) return found;
  const isWeak = new Uint8Array(graph.length);
  for (let place = weakFrom; place < order.length; place++) {
    if (order[place]! < graph.length) isWeak[order[place]!] = 1;
  }
  const seen = new Set<number>();
  let stepsLeft = mostStepsOfAll;
  for (let row = 1; row < graph.named.length; row++) {
    const owner = groups.ownerOf[row]!;
    if (owner < 0 || isWeak[owner] === 0 || seen.has(owner)) continue;
    const steps = Math.min(mostSteps, stepsLeft);
    const used = leadsBack(graph, owner, isWeak, steps);
    stepsLeft -= used.steps;
    if (!used.isCycle) continue;
    seen.add(owner);
    found[groups.groupOf[row]!]!++;
  }
  return found;
}

function leadsBack(
  graph: HeapGraph,
  owner: number,
  mayPass: Uint8Array,
  mostLooks: number,
): { isCycle: boolean; steps: number } {
  const seen = new Set<number>();
  const queue = [owner];
  let steps = 0;
  for (let at = 0; at < queue.length; at++) {
    const from = queue[at]!;
    for (let edge = graph.referenceStart[from]!; edge < graph.referenceStart[from + 1]!; edge++) {
      if (++steps > mostLooks) return { isCycle: false, steps };
      const to = graph.referenceTo[edge]!;
      if (to === owner) return { isCycle: true, steps };
      if (seen.has(to) || mayPass[to] === 0) continue;
      seen.add(to);
      queue.push(to);
    }
  }
  return { isCycle: false, steps };
}

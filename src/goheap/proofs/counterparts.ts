// Who could have woken a blocked goroutine: other goroutines whose frames lead, in a few steps, to what it waits for. Only
// samples are looked up: the first members of each group stand for it.
import type { Counterpart } from '../../model/heap-proofs.ts';
import type { Frame } from '../../model/stacks.ts';
import type { ProofSources } from './proof-sources.ts';
import type { DraftGroup } from './stuck-groups.ts';

/** A closure, the variable that it captured, the structure in it, the channel in that. */
const mostSteps = 3;
const mostSamples = 3;
const mostVisitsOfOne = 256;
const mostVisits = 4_000_000;

export function findCounterparts(
  sources: ProofSources,
  drafts: readonly DraftGroup[],
  placeOf: (row: number) => Frame | undefined,
): Counterpart[][] {
  const { graph } = sources;
  const { goroutines } = graph;
  const wanted = new Map<number, { draft: number; row: number }[]>();
  for (const [draft, { members }] of drafts.entries()) {
    for (const { row, nodes } of members.slice(0, mostSamples)) {
      for (const node of nodes.filter((one) => one >= 0)) {
        const list = wanted.get(node) ?? [];
        list.push({ draft, row });
        wanted.set(node, list);
      }
    }
  }
  const waitsFor = new Map<number, ReadonlySet<number>>();
  for (const { members } of drafts) for (const { row, nodes } of members) waitsFor.set(row, new Set(nodes));
  const found = drafts.map(() => new Map<string, Counterpart & { count: number }>());
  if (wanted.size === 0) return drafts.map(() => []);
  let visits = 0;
  for (let row = 0; row < goroutines.length && visits < mostVisits; row++) {
    const near = nearTo(sources, row);
    visits += near.size;
    const seen = new Set<number>();
    for (const node of near) {
      for (const { draft, row: blocked } of wanted.get(node) ?? []) {
        if (blocked === row || seen.has(draft)) continue;
        seen.add(draft);
        const at = placeOf(row);
        const waitsToo = waitsFor.get(row)?.has(node) === true;
        const startFunction = goroutines.startFunction[row]!;
        const state = goroutines.state[row]!;
        const key = [startFunction, state, at?.functionName, at?.line, waitsToo].join('|');
        const known = found[draft]!.get(key);
        if (known === undefined) found[draft]!.set(key, { startFunction, state, at, count: 1, waitsToo });
        else found[draft]!.set(key, { ...known, count: known.count + 1 });
      }
    }
  }
  return found.map((one) =>
    [...one.values()].sort((a, b) => Number(a.waitsToo) - Number(b.waitsToo) || b.count - a.count),
  );
}

/** Objects that a goroutine's frames and deferred calls lead to in a few steps. */
function nearTo({ graph, image }: ProofSources, row: number): Set<number> {
  const { referenceStart, referenceTo, named, goroutines } = graph;
  const near = new Set<number>();
  const g = image.goroutines.address[row]!;
  let level: number[] = [goroutines.node[row]!];
  // From the goroutine to its frames is a step, too.
  for (let step = 0; step <= mostSteps + 1 && level.length > 0; step++) {
    const next: number[] = [];
    for (const node of level) {
      for (let i = referenceStart[node]!; i < referenceStart[node + 1]!; i++) {
        const to = referenceTo[i]!;
        if (to < named.length) next.push(to);
        else if (!near.has(to) && graph.addressOf(to) !== g && near.size < mostVisitsOfOne) {
          near.add(to);
          next.push(to);
        }
      }
    }
    level = next;
  }
  return near;
}

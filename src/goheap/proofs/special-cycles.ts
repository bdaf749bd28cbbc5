// Objects that nothing but their own finalizer or cleanup leads to. The runtime keeps what such an object refers to until the
// finalizer has run, and runs it when nothing refers to the object: what refers back to itself is never freed. Source:
// runtime/mfinal.go SetFinalizer ("if a cyclic structure includes a block with a finalizer…"), runtime/mcleanup.go AddCleanup.
import { wordReaderOf } from '../../base/memory-source.ts';
import { nodeKinds, none } from '../../model/heap-graph.ts';
import type { SpecialCycle } from '../../model/heap-proofs.ts';
import type { HeapImage } from '../heap-image.ts';
import type { NodesByAddress, ProofSources } from './proof-sources.ts';
import { createReach } from './reach.ts';

const mostVisitsOfOne = 100_000;
const mostVisits = 50_000_000;

/** The most numerous first. `cut` as `createReach` takes it. */
export function findSpecialCycles(sources: ProofSources, nodes: NodesByAddress, cut: Uint8Array): SpecialCycle[] {
  const { graph, functionName } = sources;
  const { named } = graph;
  const specialKind = nodeKinds.indexOf('special');
  const frameKind = nodeKinds.indexOf('frame');
  const isOwn = (node: number): boolean =>
    named.kind[node] === specialKind && /^(?:finalizer|cleanup)\b/.test(named.name[node]!);
  const holders: number[] = [];
  const others = createReach(graph, cut);
  for (let node = 1; node < named.length; node++) {
    if (isOwn(node)) holders.push(node);
    else if (named.kind[node] !== frameKind) others.add(node);
  }
  others.drain();
  const cycles = new Map<string, { -readonly [Key in keyof SpecialCycle]: SpecialCycle[Key] }>();
  const stamp = new Int32Array(graph.length);
  /** Row + 1 of `found`, of what belongs to a cycle that was found. */
  const taken = new Int32Array(graph.length);
  const found: string[] = [];
  let visits = 0;
  for (const [order, holder] of holders.entries()) {
    const object = nodes.at(named.address[holder]!);
    if (object < 0 || others.via[object] !== none || visits > mostVisits) continue;
    const type = graph.type[object] === none ? '' : graph.types.name[graph.type[object]!]!;
    const name = functionName(sources.early.specialFunctions[order] ?? 0);
    if (taken[object]! > 0) {
      // Another object of a cycle that is known.
      const known = cycles.get(found[taken[object]! - 1]!)!;
      const label = `${type} (${name})`;
      if (!known.others.includes(label) && known.type !== type) known.others = [...known.others, label];
      continue;
    }
    const looked = leadsTo(sources, holder, object, others.via, stamp, order + 1);
    visits += Math.abs(looked);
    if (looked < 0) continue;
    const kind = named.name[holder] === 'cleanup' ? 'cleanup' : 'finalizer';
    const key = `${kind}|${type}|${name}`;
    const cycle = cycles.get(key) ?? { kind, type, functionName: name, count: 0, bytes: 0, others: [] };
    found.push(key);
    cycle.count++;
    cycle.bytes += takeAll(sources, holder, others.via, taken, found.length);
    cycles.set(key, cycle);
  }
  return [...cycles.values()].sort((a, b) => b.count - a.count);
}

/** Bytes of what a special keeps alone, each object counted once. */
function takeAll(
  { graph }: ProofSources,
  from: number,
  reachedByOthers: Int32Array,
  taken: Int32Array,
  mark: number,
): number {
  const open = [from];
  let bytes = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (let i = graph.referenceStart[node]!; i < graph.referenceStart[node + 1]!; i++) {
      const next = graph.referenceTo[i]!;
      if (reachedByOthers[next] !== none || taken[next]! > 0) continue;
      taken[next] = mark;
      bytes += graph.bytes[next]!;
      open.push(next);
    }
  }
  return bytes;
}

/** Number of nodes looked at when one leads to the other through what nothing else reaches; negative when it does not. */
function leadsTo(
  { graph }: ProofSources,
  from: number,
  to: number,
  reachedByOthers: Int32Array,
  stamp: Int32Array,
  mark: number,
): number {
  const open = [from];
  let visits = 0;
  for (let node = open.pop(); node !== undefined && visits < mostVisitsOfOne; node = open.pop()) {
    for (let i = graph.referenceStart[node]!; i < graph.referenceStart[node + 1]!; i++) {
      const next = graph.referenceTo[i]!;
      if (next === to) return visits + 1;
      if (reachedByOthers[next] !== none || stamp[next] === mark) continue;
      stamp[next] = mark;
      visits++;
      open.push(next);
    }
  }
  return -visits - 1;
}

/** Code of each finalizer and cleanup, in the order of their nodes. */
export function specialFunctionsOf(image: HeapImage): number[] {
  const { specials } = image;
  const { structs, constants } = image.target.layout;
  const reader = wordReaderOf(image.memory);
  const result: number[] = [];
  for (let i = 0; i < specials.length; i++) {
    const record = specials.address[i]!;
    if (specials.kind[i] === constants.specialFinalizer) {
      result.push(reader.word(reader.word(record + structs.specialFinalizer.fn)));
    } else if (specials.kind[i] === constants.specialCleanup && structs.specialCleanup !== undefined) {
      result.push(reader.word(reader.word(record + structs.specialCleanup.fn)));
    }
  }
  return result;
}

// Why a blocked goroutine is not proven stuck: the first root that leads to what it waits for, and the way from it.
import { nodeKinds } from '../../model/heap-graph.ts';
import type { WakeRoot } from '../../model/heap-proofs.ts';
import type { BlockedGoroutine } from './blocked-goroutines.ts';
import { notInHeap, type ProofSources } from './proof-sources.ts';
import { wayTo } from './reach.ts';

const mostSteps = 12;

export function wakeRootOf(
  sources: ProofSources,
  via: Int32Array,
  { objects, nodes, users }: BlockedGoroutine,
): WakeRoot {
  const { graph, names, globals } = sources;
  const place = nodes.indexOf(notInHeap);
  if (place >= 0) {
    const address = objects[place]!;
    const name = globals.variableAt(address)?.name ?? `0x${address.toString(16)}`;
    return { kind: 'static', name, path: [] };
  }
  const reached = (users ?? nodes).find((node) => node >= 0 && via[node] !== -1);
  if (reached === undefined) return { kind: 'unknown', name: '', path: [] };
  const way = wayTo(via, reached);
  const [start] = way;
  if (start === undefined || start >= graph.named.length)
    return { kind: 'unknown', name: 'a running thread', path: [] };
  const steps = way.length > mostSteps ? [] : way.slice(1);
  const path = steps.map((to, i) => names.referenceLabel(way[i]!, to)).filter((label) => label !== '');
  const kind = nodeKinds[graph.named.kind[start]!]!;
  const name = graph.named.name[start]!;
  if (kind === 'root' || kind === 'object') return { kind: 'unknown', name, path };
  if (kind !== 'goroutine' && kind !== 'frame') return { kind, name, path };
  const row = graph.named.goroutine[start]!;
  return {
    kind: 'goroutine',
    name: graph.goroutines.startFunction[row]!,
    path,
    state: graph.goroutines.state[row]!,
  };
}

// The containers that retain most, with a name that a person can follow from its root.
import { type ContainerFact, containerKinds } from '../model/heap-containers.ts';
import type { HeapGraph, HeapWalk } from '../model/heap-graph.ts';
import { type PathStep, plainTypeOf, type Retention } from '../model/retention.ts';
import { pathTo } from './path-to.ts';

const mostContainers = 200;

/** Those that retain most first, `most` of them. */
export function containersOf(
  { graph, names, containers }: Pick<HeapWalk, 'graph' | 'names' | 'containers'>,
  retention: Pick<Retention, 'tree' | 'types'>,
  most = mostContainers,
): readonly ContainerFact[] {
  const table = containers();
  const { retainedBytes } = retention.tree;
  const rows = Array.from({ length: table.length }, (_, row) => row)
    .sort((a, b) => retainedBytes[table.node[b]!]! - retainedBytes[table.node[a]!]!)
    .slice(0, most);
  const ownBytes = ownBytesOf(graph, retention);
  return rows.map((row) => {
    const node = table.node[row]!;
    const path = pathTo(graph, names, retention, graph.parent, node);
    const type = plainTypeOf(retention.types, graph.type[node]!);
    return {
      kind: containerKinds[table.kind[row]!]!,
      node,
      address: graph.addressOf(node),
      typeName: nameOfType(retention.types.name[type] ?? ''),
      entries: table.entries[row]!,
      capacity: table.capacity[row]!,
      retainedBytes: retainedBytes[node]!,
      ownBytes: ownBytes[node]!,
      root: rootOf(path[0]),
      name: withoutTop([rootOf(path[0]), ...path.slice(1).flatMap(wordsOf)].join(' ')),
    };
  });
}

/** `global main.users .m.root.v` is `global main.users`: the top of a sync.Map is the map. */
const withoutTop = (name: string): string => name.replace(/\s?\.m\.root(\.v)?$/, '');

/** What a sync.Map is made of has a name that nobody wrote. */
const nameOfType = (name: string): string =>
  /^internal\/sync\.indirect\[interface \{\},\s*interface \{\}\]$/.test(name)
    ? 'sync.Map'
    : name.replace(/^internal\/sync\.indirect\[/, 'internal/sync.HashTrieMap[');

/** Of each node, with what maps are made of inside: tables and groups hang under their header. */
function ownBytesOf(graph: HeapGraph, { tree, types }: Pick<Retention, 'tree' | 'types'>): Float64Array {
  const bytes = new Float64Array(graph.length);
  const outermost = new Int32Array(graph.length);
  for (const row of tree.order) {
    if (row >= graph.length) continue;
    const type = graph.type[row]!;
    const holder = tree.holder[row]!;
    const isInner = type >= 0 && types.isInner[type] === 1 && holder >= 0 && holder < graph.length;
    outermost[row] = isInner ? outermost[holder]! : row;
    bytes[outermost[row]!]! += graph.bytes[row]!;
  }
  return bytes;
}

const rootOf = (step: PathStep | undefined): string => (step === undefined ? '' : `${step.kind} ${step.name}`);

function wordsOf({ label, again }: PathStep): readonly string[] {
  return [label, again === undefined ? '' : '…'].filter((word) => word !== '');
}

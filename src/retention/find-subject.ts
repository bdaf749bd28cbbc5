// What `--why TEXT` asks about: an address, a type, a root, a line where goroutines are created or objects allocated.
import type { HeapGraph, HeapWalk } from '../model/heap-graph.ts';
import type { Retention, RootGroups, Subject } from '../model/retention.ts';
import { sampledAt } from './allocation-sites.ts';

/** Undefined when nothing in this heap is called so. Exact names win over parts of names. */
export function findSubject(
  walk: Pick<HeapWalk, 'graph' | 'sampled'>,
  { types: plain, tree }: Retention,
  text: string,
): Subject | undefined {
  if (/^0x[0-9a-f]+$/i.test(text)) {
    const node = objectAt(walk.graph, Number(text));
    return node === undefined ? undefined : { kind: 'objects', nodes: [node], basis: 'address' };
  }
  const { groups } = tree;
  // Guesses count as what they guess: in a stripped binary there is often nothing better.
  const names = plain.name.map((name) => name.replace(/^probably /, ''));
  for (const says of [isSame, isSameButForPointer, isItsLastPart, isPart]) {
    const types = rowsWhere(names.length, (row) => says(names[row]!, text));
    if (types.length > 0) return { kind: 'types', types, names: types.map((row) => plain.name[row]!) };
    const found = rowsWhere(groups.length, (row) => says(groups.name[row]!, text) || says(placeOf(groups, row), text));
    if (found.length > 0) return { kind: 'groups', groups: found };
    const nodes = sampledAt(walk, (one) => says(one, text));
    if (nodes.length > 0) return { kind: 'objects', nodes, basis: 'sampled' };
  }
  return undefined;
}

/** The object whose slot covers an address; pointers into the middle of objects are usual in Go. */
function objectAt(graph: HeapGraph, address: number): number | undefined {
  for (let node = graph.named.length; node < graph.length; node++) {
    const start = graph.addressOf(node);
    if (start <= address && address < start + graph.bytes[node]!) return node;
  }
  return undefined;
}

function placeOf(groups: RootGroups, row: number): string {
  const frame = groups.createdAt[row];
  return frame === undefined ? '' : `${frame.file}:${frame.line}`;
}

const rowsWhere = (length: number, says: (row: number) => boolean): number[] =>
  Array.from({ length }, (_, row) => row).filter(says);

const isSame = (name: string, text: string): boolean => name === text;
const isSameButForPointer = (name: string, text: string): boolean =>
  name.replace(/^\*/, '') === text.replace(/^\*/, '');
/** `main.go:12` of `/src/svc/main.go:12`, `queue.Item` of `*github.com/acme/svc/queue.Item`, `Item` of both. */
const isItsLastPart = (name: string, text: string): boolean =>
  name.endsWith(text) &&
  /^\*?(?:.*[/.])?$/.test(name.slice(0, -text.length)) &&
  !/[[\] ]/.test(name.slice(0, -text.length));
const isPart = (name: string, text: string): boolean => name.toLowerCase().includes(text.toLowerCase());

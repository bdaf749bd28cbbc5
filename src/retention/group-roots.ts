// Roots that are one thing to a person become one group: a hundred goroutines that one line started, the finalizers of one
// type, the variables of one name.
import { type HeapGraph, nodeKinds, rootNode } from '../model/heap-graph.ts';
import type { RootGroups } from '../model/retention.ts';
import { type Frame, frameAt, noStack } from '../model/stacks.ts';
import { ownersOfSpecials } from './special-owners.ts';

export function groupRoots(graph: HeapGraph): RootGroups {
  const { named, goroutines } = graph;
  const kind: (typeof nodeKinds)[number][] = [];
  const name: string[] = [];
  const createdAt: (Frame | undefined)[] = [];
  const members: number[] = [];
  const ownerOf = ownersOfSpecials(graph);
  const groupByKey = new Map<string, number>();
  const edges = graph.referenceStart[rootNode + 1]!;
  let highest = named.length;
  for (let edge = 0; edge < edges; edge++) highest = Math.max(highest, graph.referenceTo[edge]! + 1);
  const groupOf = new Int32Array(highest).fill(-1);
  for (let edge = 0; edge < edges; edge++) {
    const node = graph.referenceTo[edge]!;
    if (groupOf[node] !== -1 || node === rootNode) continue;
    const isNamed = node < named.length;
    const nodeKind = isNamed ? nodeKinds[named.kind[node]!]! : 'object';
    const goroutine = nodeKind === 'goroutine' ? named.goroutine[node]! : -1;
    const created = goroutine < 0 ? -1 : goroutines.createdAt[goroutine]!;
    const nodeName = isNamed ? nameOf(graph, node, ownerOf[node]!) : (graph.types.name[graph.type[node]!] ?? '');
    const key = `${nodeKind}\n${nodeName}\n${created}`;
    let group = groupByKey.get(key);
    if (group === undefined) {
      group = name.length;
      groupByKey.set(key, group);
      kind.push(nodeKind);
      name.push(goroutine < 0 ? nodeName : calledFunction(graph, goroutine));
      createdAt.push(created < 0 ? undefined : frameAt(goroutines.stacks.frames, created));
      members.push(0);
    }
    groupOf[node] = group;
    members[group]!++;
  }
  return { length: name.length, kind, name, createdAt, ownerOf, members: Int32Array.from(members), groupOf };
}

/** A finalizer is known by what it is for: `finalizer of main.texture`. */
function nameOf({ named, types, type }: HeapGraph, node: number, owner: number): string {
  const name = named.name[node]!;
  const ofType = owner < 0 ? undefined : types.name[type[owner]!];
  return ofType === undefined || name.includes(' of ') ? name : `${name} of ${ofType}`;
}

/** `go f(x)` starts a wrapper that the compiler makes, `main.main.gowrap1`; what people know is what it calls: the frame inside. */
function calledFunction({ goroutines }: HeapGraph, row: number): string {
  const { stacks } = goroutines;
  const start = goroutines.startFunction[row]!;
  if (!/\.gowrap\d+$/.test(start)) return start;
  let inner = '';
  for (let frame = goroutines.stack[row]!; frame !== noStack; frame = stacks.prefix[frame]!) {
    const name = stacks.frames.functionName[stacks.frame[frame]!]!;
    if (name === start && inner !== '') return inner;
    inner = name;
  }
  return start;
}

// Heap graphs, drawn as text or given as edges, in the order in which a walk would find them. One node a line:
//
//   global main.cache > c
//   goroutine worker created main.start main.go:12 > buf       (a goroutine with one frame per `frame` line below it)
//   goroutine main.pump waits "chan receive" ch > ch
//   frame main.worker > buf
//   special finalizer at f > g              (of the object f)
//   c *main.Cache 48 > a b
//
//   c map[string]*main.Session 48 holds 2/8 > s1 s2            (a container with two entries and room for eight)
//
// Objects are `name type bytes`, references stand behind `>`. What nothing reaches is left out, as in a walk.
import { type ContainerKind, type ContainerTable, containerKinds } from '../../src/model/heap-containers.ts';
import type { HeapGoroutines, HeapGraph, HeapTypes, HeapWalk, NodeKind } from '../../src/model/heap-graph.ts';
import { nodeKinds } from '../../src/model/heap-graph.ts';
import type { HeapProofs } from '../../src/model/heap-proofs.ts';
import { createStackTableBuilder, noStack } from '../../src/model/stacks.ts';

interface DrawnNode {
  readonly kind: NodeKind;
  /** Of a named node; `name` of an object is how others refer to it. */
  readonly name: string;
  readonly type: string;
  readonly bytes: number;
  readonly refersTo: number[];
  readonly created: string | undefined;
  /** The object that a special belongs to. */
  readonly at: string | undefined;
  /** State of a goroutine, and what it is blocked on. */
  readonly state: string;
  readonly waitsFor: readonly string[];
  readonly goroutine: number;
  readonly frameDepth: number;
  /** Entries and room of a container. */
  readonly holds: readonly [number, number] | undefined;
}

const node = (kind: NodeKind, name: string, more: Partial<DrawnNode> = {}): DrawnNode => ({
  kind,
  name,
  type: '',
  bytes: 0,
  refersTo: [],
  created: undefined,
  at: undefined,
  state: 'chan receive',
  waitsFor: [],
  goroutine: -1,
  frameDepth: -1,
  holds: undefined,
  ...more,
});

export const drawHeap = (text: string): HeapGraph => graphOfNodes(drawnNodes(text));

function drawnNodes(text: string): readonly DrawnNode[] {
  const nodes: DrawnNode[] = [node('root', '')];
  const wanted: string[][] = [[]];
  let goroutines = 0;
  let current = -1;
  let depth = 0;
  for (const line of text.split('\n')) {
    const [drawn, right = ''] = line.split('>');
    const wait = /\s+waits "([^"]+)"((?:\s+\w+)*)/.exec(drawn!);
    const holds = /\s+holds (\d+)\/(\d+)/.exec(drawn!);
    const left = drawn!.replace(wait?.[0] ?? '', ' ').replace(holds?.[0] ?? '', ' ');
    const words = left!.trim().split(/\s+/);
    if (words[0] === '') continue;
    const kind = words[0] as NodeKind;
    if (kind === 'frame') {
      nodes.push(node('frame', words[1]!, { goroutine: goroutines - 1, frameDepth: depth++ }));
      nodes[current]!.refersTo.push(nodes.length - 1);
    } else if (nodeKinds.includes(kind)) {
      const at = words.findIndex((word) => word === 'created' || word === 'at');
      const name = words.slice(1, at < 0 ? undefined : at).join(' ');
      const tail = at < 0 ? undefined : words.slice(at + 1).join(' ');
      const goroutine = kind === 'goroutine' ? goroutines++ : -1;
      if (goroutine >= 0) {
        current = nodes.length;
        depth = 0;
      }
      const state =
        wait === null
          ? {}
          : {
              state: wait[1]!,
              waitsFor: wait[2]!
                .trim()
                .split(/\s+/)
                .filter((one) => one !== ''),
            };
      nodes.push(node(kind, name, { goroutine, [words[at] === 'at' ? 'at' : 'created']: tail, ...state }));
      nodes[0]!.refersTo.push(nodes.length - 1);
    } else {
      nodes.push(
        node('object', kind, {
          type: words.slice(1, -1).join(' '),
          bytes: Number(words.at(-1)),
          holds: holds === null ? undefined : [Number(holds[1]), Number(holds[2])],
        }),
      );
    }
    wanted.push(right.trim() === '' ? [] : right.trim().split(/\s+/));
  }
  const byName = new Map(
    nodes.map((one, index) => [one.name, index] as const).filter(([, i]) => nodes[i]!.kind === 'object'),
  );
  for (const [index, names] of wanted.entries()) {
    for (const name of names) {
      const to = byName.get(name);
      if (to === undefined) throw new Error(`nothing is named ${name}`);
      nodes[index]!.refersTo.push(to);
    }
  }
  return nodes;
}

/**
 * `edges[n]` are the nodes that node n refers to; 0 is the root, what it refers to are globals, or specials where `weak` says
 * so, and all others are objects of 16 bytes of one type.
 */
export function graphOfEdges(edges: readonly (readonly number[])[], weak: readonly number[] = []): HeapGraph {
  const named = edges[0]!;
  const nodes = edges.map((to, index) =>
    index === 0
      ? node('root', '', { refersTo: [...to] })
      : node(!named.includes(index) ? 'object' : weak.includes(index) ? 'special' : 'global', `n${index}`, {
          type: 'T',
          bytes: 16,
          refersTo: [...to],
        }),
  );
  return graphOfNodes(nodes);
}

/** Row of each drawn node: named ones first, then objects as a breadth-first walk finds them; -1 when nothing does. */
function orderOf(nodes: readonly DrawnNode[]): Int32Array {
  const found = [0];
  const seen = new Uint8Array(nodes.length);
  seen[0] = 1;
  for (let at = 0; at < found.length; at++) {
    for (const to of nodes[found[at]!]!.refersTo) {
      if (seen[to] === 0) found.push(to);
      seen[to] = 1;
    }
  }
  const isObject = (index: number) => nodes[index]!.kind === 'object';
  const order = [...found.filter((index) => !isObject(index)), ...found.filter(isObject)];
  const rowOf = new Int32Array(nodes.length).fill(-1);
  for (const [row, index] of order.entries()) rowOf[index] = row;
  return rowOf;
}

/** The drawn node of each row. */
function rowsOf(drawn: readonly DrawnNode[], rowOf: Int32Array): readonly DrawnNode[] {
  const nodes: DrawnNode[] = [];
  for (const [index, row] of rowOf.entries()) if (row >= 0) nodes[row] = drawn[index]!;
  return nodes;
}

function graphOfNodes(drawn: readonly DrawnNode[]): HeapGraph {
  const rowOf = orderOf(drawn);
  const nodes = rowsOf(drawn, rowOf);
  const { length } = nodes;
  const named = nodes.filter((one) => one.kind !== 'object');
  const typeNames = [...new Set(nodes.filter((one) => one.type !== '').map((one) => one.type))];
  const referenceStart = new Uint32Array(length + 1);
  const referenceTo: number[] = [];
  const parent = new Int32Array(length).fill(-1);
  for (const [row, one] of nodes.entries()) {
    referenceStart[row] = referenceTo.length;
    for (const to of one.refersTo) referenceTo.push(rowOf[to]!);
  }
  referenceStart[length] = referenceTo.length;
  const reached = [0];
  for (let at = 0; at < reached.length; at++) {
    const from = reached[at]!;
    for (let edge = referenceStart[from]!; edge < referenceStart[from + 1]!; edge++) {
      const to = referenceTo[edge]!;
      if (to === 0 || parent[to] !== -1) continue;
      parent[to] = from;
      reached.push(to);
    }
  }
  let address = 0xc000000000;
  const addresses = nodes.map((one) => {
    address += one.kind === 'object' ? Math.max(16, one.bytes) : 0;
    return one.kind === 'object' ? address - Math.max(16, one.bytes) : 0;
  });
  return {
    length,
    named: {
      length: named.length,
      kind: Uint8Array.from(named, (one) => nodeKinds.indexOf(one.kind)),
      name: named.map((one) => one.name),
      goroutine: Int32Array.from(named, (one) => one.goroutine),
      frameDepth: Int32Array.from(named, (one) => one.frameDepth),
      address: Float64Array.from(named, (one) =>
        one.at === undefined ? 0 : addresses[nodes.findIndex((other) => other.name === one.at)]!,
      ),
    },
    type: Int32Array.from(nodes, (one) => typeNames.indexOf(one.type)),
    types: typesOf(typeNames),
    addressOf: (node) => addresses[node]!,
    bytes: Float32Array.from(nodes, (one) => one.bytes),
    referenceStart,
    referenceTo: Uint32Array.from(referenceTo),
    parent,
    goroutines: goroutinesOf(nodes),
  };
}

const typesOf = (names: readonly string[]): HeapTypes => ({
  length: names.length,
  name: names,
  sizeBytes: new Float64Array(names.length),
  certainty: names.map(() => 'exact' as const),
});

function goroutinesOf(nodes: readonly DrawnNode[]): HeapGoroutines {
  const rows = [...nodes.entries()]
    .filter(([, one]) => one.kind === 'goroutine')
    .sort((a, b) => a[1].goroutine - b[1].goroutine);
  const stacks = createStackTableBuilder();
  const stack = rows.map(([, goroutine]) => {
    const frames = nodes.filter((one) => one.kind === 'frame' && one.goroutine === goroutine.goroutine);
    return frames.reduceRight(
      (above, frame) => stacks.internStack(above, stacks.internFrame(frame.name, 'main.go', 1)),
      noStack,
    );
  });
  const createdAt = rows.map(([, { created }]) => {
    if (created === undefined) return -1;
    const [name, place] = created.split(' ');
    const [file, line] = place!.split(':');
    return stacks.internFrame(name!, file!, Number(line));
  });
  const count = rows.length;
  const waits = rows.map(([, one]) => one.waitsFor.map((name) => nodes.findIndex((other) => other.name === name)));
  return {
    length: count,
    node: Int32Array.from(rows, ([row]) => row),
    id: Float64Array.from(rows, (_, index) => index + 1),
    state: rows.map(([, one]) => one.state),
    waitedNs: new Float64Array(count),
    startFunction: rows.map(([, one]) => one.name),
    createdAt: Int32Array.from(createdAt),
    stack: Int32Array.from(stack),
    stacks: stacks.finish(),
    stackBytes: new Float64Array(count).fill(8192),
    deferred: new Int32Array(count),
    blockedOn: new Int32Array(count).fill(-1),
    waitStart: Uint32Array.from([0, ...rows.map((_, row) => waits.slice(0, row + 1).flat().length)]),
    waitsFor: Int32Array.from(waits.flat()),
  };
}

function containersOf(nodes: readonly DrawnNode[]): ContainerTable {
  const rows = [...nodes.entries()].flatMap(([row, { type, holds }]) =>
    holds === undefined ? [] : [{ row, kind: kindOfType(type), holds }],
  );
  return {
    length: rows.length,
    node: Int32Array.from(rows, ({ row }) => row),
    kind: Uint8Array.from(rows, ({ kind }) => containerKinds.indexOf(kind)),
    entries: Float64Array.from(rows, ({ holds }) => holds[0]),
    capacity: Float64Array.from(rows, ({ holds }) => holds[1]),
  };
}

const kindOfType = (type: string): ContainerKind =>
  type.startsWith('map[') ? 'map' : type.startsWith('chan ') ? 'chan' : type.startsWith('[]') ? 'slice' : 'list';

/** A walk of a drawn heap; references are called after the object that they lead to. */
export function drawWalk(text: string, more: Partial<HeapWalk> = {}): HeapWalk {
  const drawn = drawnNodes(text);
  const graph = graphOfNodes(drawn);
  const bytes = graph.bytes.reduce((sum, one) => sum + one, 0);
  const objects = graph.length - graph.named.length;
  return {
    goVersion: 'go1.26.8',
    symbols: 'dwarf',
    takenAtMs: Date.UTC(2026, 10, 24),
    pauseMs: 12,
    totalMs: 340,
    stopped: 'signal',
    objects: { allocated: objects, reachable: objects },
    bytes: { allocated: bytes, reachable: bytes, copied: bytes },
    typedShare: 1,
    graph,
    names: { referenceLabel: () => '' },
    sampled: undefined,
    containers: () => containersOf(rowsOf(drawn, orderOf(drawn))),
    cuts: () => ({
      length: 0,
      node: new Int32Array(0),
      isSlice: new Uint8Array(0),
      byNumbers: new Uint8Array(0),
      heldBytes: new Float64Array(0),
      visibleBytes: new Float64Array(0),
      visibleByLengthBytes: new Float64Array(0),
    }),
    lost: () => ({
      length: 0,
      node: new Int32Array(0),
      array: new Int32Array(0),
      isSpare: new Uint8Array(0),
      byNumbers: new Uint8Array(0),
    }),
    selfChecks: [{ name: 'spans', ok: true, detail: 'the sum of spans is what memstats says' }],
    gaps: [],
    proofs: async () => drawnProofs(),
    ...more,
  };
}

/** Proofs of a heap in which nothing is proven. */
export const drawnProofs = (more: Partial<HeapProofs> = {}): HeapProofs => ({
  stuck: [],
  leakedGoroutines: 0,
  leakedBytes: 0,
  deferChains: [],
  largeStacks: [],
  finalizers: { cycles: [], busy: [], queuedFinalizers: 0, queuedCleanups: 0 },
  timers: [],
  pendingTimers: {
    length: 0,
    node: new Int32Array(0),
    periodNs: new Float64Array(0),
    firesInNs: new Float64Array(0),
  },
  contexts: [],
  doubts: [],
  ...more,
});

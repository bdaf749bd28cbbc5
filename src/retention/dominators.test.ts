import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawHeap, graphOfEdges } from '../../test/drawing/draw-heap.ts';
import { type HeapGraph, nodeKinds } from '../model/heap-graph.ts';
import { dominatorsOf } from './dominators.ts';
import { findWays } from './find-ways.ts';
import { groupRoots } from './group-roots.ts';

/** What can still be reached from the root when `without` is taken away; groups are looked through. */
function reachableWithout(graph: HeapGraph, without: number): Uint8Array {
  const seen = new Uint8Array(graph.length);
  const found = without === 0 ? [] : [0];
  seen[0] = 1;
  seen[without] = 1;
  for (let at = 0; at < found.length; at++) {
    for (let edge = graph.referenceStart[found[at]!]!; edge < graph.referenceStart[found[at]! + 1]!; edge++) {
      const to = graph.referenceTo[edge]!;
      if (seen[to] === 1) continue;
      seen[to] = 1;
      found.push(to);
    }
  }
  if (without !== 0) seen[without] = 0;
  return seen;
}

/** Dominators of each node by their definition, itself and groups left out, in ascending order. */
function dominatorsByDefinition(graph: HeapGraph): number[][] {
  const dominators: number[][] = Array.from({ length: graph.length }, () => []);
  for (let without = 1; without < graph.length; without++) {
    const reached = reachableWithout(graph, without);
    for (let node = 1; node < graph.length; node++) {
      if (node !== without && reached[node] === 0) dominators[node]!.push(without);
    }
  }
  return dominators.map((list) => list.sort((a, b) => a - b));
}

function dominatorsByChain(graph: HeapGraph): number[][] {
  const { dominator: above, order } = dominatorsOf(graph, groupRoots(graph));
  const place = new Map(Array.from(order, (row, index) => [row, index]));
  for (const row of order.slice(1)) expect(place.get(above[row]!)).toBeLessThan(place.get(row)!);
  return Array.from({ length: graph.length }, (_, node) => {
    const chain: number[] = [];
    for (let at = node === 0 ? -1 : above[node]!; at > 0; at = above[at]!) if (at < graph.length) chain.push(at);
    return chain.sort((a, b) => a - b);
  });
}

const isReference = (graph: HeapGraph, from: number, to: number): boolean =>
  graph.referenceTo.subarray(graph.referenceStart[from]!, graph.referenceStart[from + 1]!).includes(to);

/** 1 for the root and everything that it reaches without beginning at a special. */
function strongRows(graph: HeapGraph): Uint8Array {
  const isWeak = (node: number) => nodeKinds[graph.named.kind[node] ?? 0] === 'special';
  const strong = new Uint8Array(graph.length);
  strong[0] = 1;
  for (let changed = true; changed; ) {
    changed = false;
    for (let from = 0; from < graph.length; from++) {
      for (let to = 1; to < graph.length; to++) {
        if (strong[from] === 0 || strong[to] === 1 || !isReference(graph, from, to)) continue;
        if (from === 0 && to < graph.named.length && isWeak(to)) continue;
        strong[to] = 1;
        changed = true;
      }
    }
  }
  return strong;
}

/** The same rows without references from what only specials reach to what others reach. */
function withoutWeakSharing(graph: HeapGraph): HeapGraph {
  const strong = strongRows(graph);
  const referenceStart = new Uint32Array(graph.length + 1);
  const referenceTo: number[] = [];
  for (let from = 0; from < graph.length; from++) {
    for (let edge = graph.referenceStart[from]!; edge < graph.referenceStart[from + 1]!; edge++) {
      const to = graph.referenceTo[edge]!;
      const isWeakRoot = from === 0 && to < graph.named.length && nodeKinds[graph.named.kind[to]!] === 'special';
      if (strong[to] === 0 || (strong[from] === 1 && !isWeakRoot)) referenceTo.push(to);
    }
    referenceStart[from + 1] = referenceTo.length;
  }
  return { ...graph, referenceStart, referenceTo: Uint32Array.from(referenceTo) };
}

const randomEdges = fc.integer({ min: 2, max: 24 }).chain((nodes) =>
  fc
    .array(fc.tuple(fc.nat(nodes - 1), fc.integer({ min: 1, max: nodes - 1 })), { maxLength: nodes * 3 })
    .map((pairs) => {
      const edges: number[][] = Array.from({ length: nodes }, () => []);
      for (const [from, to] of [[0, 1] as const, ...pairs]) edges[from]!.push(to);
      return edges;
    }),
);

describe('dominatorsOf', () => {
  it('agrees with the definition on any graph', () => {
    fc.assert(
      fc.property(randomEdges, (edges) => {
        const graph = graphOfEdges(edges);
        expect(dominatorsByChain(graph)).toEqual(dominatorsByDefinition(graph));
      }),
      { numRuns: 2000 },
    );
  });

  it('lets weak roots hold only what nothing else holds, on any graph', () => {
    fc.assert(
      fc.property(randomEdges, fc.array(fc.nat(24)), (edges, weak) => {
        const graph = graphOfEdges(edges, weak);
        expect(dominatorsByChain(graph)).toEqual(dominatorsByDefinition(withoutWeakSharing(graph)));
        const { parent } = findWays(graph, groupRoots(graph));
        const strong = strongRows(graph);
        for (let node = 1; node < graph.length; node++) {
          expect(isReference(graph, parent[node]!, node)).toBe(true);
          if (strong[node] === 1) expect(strong[parent[node]!]).toBe(1);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('puts a group above its members, and what only they share right under it', () => {
    const graph = drawHeap(`
      goroutine main.worker created main.start main.go:12 > pool
      goroutine main.worker created main.start main.go:12 > pool own
      global main.cache > entry
      pool *main.Pool 64
      own []uint8 1024
      entry *main.Entry 32`);
    const groups = groupRoots(graph);
    const { dominator: above } = dominatorsOf(graph, groups);
    const rowOf = (type: string) => graph.type.indexOf(graph.types.name.indexOf(type));
    expect(groups.name).toEqual(['main.worker', 'main.cache']);
    expect([...groups.members]).toEqual([2, 1]);
    expect(above[rowOf('*main.Pool')]).toBe(graph.length);
    expect(above[rowOf('[]uint8')]).toBe(2);
    expect(above[2]).toBe(graph.length);
    expect(above[rowOf('*main.Entry')]).toBe(3);
  });

  it('does not run out of stack on a list of a million elements that points back', () => {
    const length = 1_000_000;
    const referenceStart = new Uint32Array(length + 1);
    const referenceTo = new Uint32Array(2 * length);
    let edges = 0;
    for (let node = 0; node < length; node++) {
      referenceStart[node] = edges;
      if (node > 1) referenceTo[edges++] = node - 1;
      if (node + 1 < length) referenceTo[edges++] = node + 1;
    }
    referenceStart[length] = edges;
    const graph = { ...drawHeap('global main.list > a\na T 16'), length, referenceStart, referenceTo };
    const { dominator: above } = dominatorsOf(graph, groupRoots(graph));
    expect([above[0], above[1], above[2], above[length - 1]]).toEqual([-1, length, 1, length - 2]);
  });
});

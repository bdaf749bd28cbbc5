import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawHeap, graphOfEdges } from '../../test/drawing/draw-heap.ts';
import type { HeapGraph } from '../model/heap-graph.ts';
import { foldedRowKinds, type Retention } from '../model/retention.ts';
import { measureRetention } from './measure-retention.ts';

const service = `
  goroutine main.worker created main.start main.go:12 > job1
  frame main.wait > pool
  goroutine main.worker created main.start main.go:12 > job2
  global main.cache > map
  global main.pool > pool
  map map[string]*main.Session 48 > s1 s2
  s1 main.Session 64 > data1 next1
  next1 main.Session 64 > data3
  s2 main.Session 64 > data2
  data1 []uint8 1000
  data2 []uint8 1000
  data3 []uint8 1000
  pool main.Pool 32 > buffer
  buffer []uint8 5000
  job1 main.Job 16
  job2 main.Job 16`;

function topsOf(graph: HeapGraph, { tops }: Retention): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: tops.length }, (_, top) => {
      const name = tops.groups.name[top] ?? `shared ${graph.types.name[tops.type[top]!]}`;
      const by = tops.heldBy[top]!.map((group) => tops.groups.name[group]).join(' and ');
      return [
        name,
        `${tops.members[top]}: ${tops.retainedBytes[top]} B in ${tops.retainedObjects[top]}${by === '' ? '' : ` by ${by}`}`,
      ];
    }),
  );
}

describe('measureRetention', () => {
  const graph = drawHeap(service);
  const retention = measureRetention(graph);
  const typeRow = (name: string): number => graph.types.name.indexOf(name);

  it('says what stands under the root, and who holds what is shared', () => {
    expect(topsOf(graph, retention)).toEqual({
      'main.worker': '2: 32 B in 2',
      'main.cache': '1: 3240 B in 7',
      'main.pool': '1: 0 B in 0',
      'shared main.Pool': '1: 5032 B in 2 by main.worker and main.pool',
    });
  });

  it('follows what is held by shared objects up to roots', () => {
    const tangled = drawHeap(`
      global main.a > x
      global main.b > x y
      x X 16 > z
      y Y 16 > x
      z Z 16 > y`);
    expect(topsOf(tangled, measureRetention(tangled))).toEqual({
      'main.a': '1: 0 B in 0',
      'main.b': '1: 0 B in 0',
      'shared X': '1: 32 B in 2 by main.a and main.b',
      'shared Y': '1: 16 B in 1 by main.b and main.a',
    });
  });

  it('counts what a type retains once, however its objects are nested', () => {
    const session = typeRow('main.Session');
    const { histogram } = retention;
    expect([histogram.objects[session], histogram.bytes[session], histogram.retainedBytes[session]]).toEqual([
      3, 192, 3192,
    ]);
    const data = typeRow('[]uint8');
    expect([histogram.objects[data], histogram.bytes[data], histogram.retainedBytes[data]]).toEqual([4, 8000, 8000]);
  });

  it('says who holds the bytes of a type', () => {
    const { owners } = retention;
    const rows = Array.from({ length: owners.length }, (_, row) => row).filter(
      (row) => owners.type[row] === typeRow('[]uint8'),
    );
    expect(rows.map((row) => [owners.top[row], owners.bytes[row], owners.objects[row]])).toEqual([
      [3, 5000, 1],
      [1, 3000, 3],
    ]);
  });

  it('folds the tree: what is alike under one holder is one row, and lists fold into their head', () => {
    expect(foldedLines(graph, retention)).toEqual([
      'root 8304',
      '  main.worker 32',
      '    main.wait 0',
      '    main.Job 32',
      '  main.cache 3240',
      '    map[string]*main.Session 3240',
      '      main.Session 3192',
      '        []uint8 3000',
      '  main.pool 0',
      '  main.Pool 5032',
      '    []uint8 5000',
    ]);
  });

  it('agrees with itself on any graph, exact or first found', () => {
    const edges = fc.integer({ min: 2, max: 40 }).chain((nodes) =>
      fc
        .array(fc.tuple(fc.nat(nodes - 1), fc.integer({ min: 1, max: nodes - 1 })), { maxLength: nodes * 3 })
        .map((pairs) => {
          const lists: number[][] = Array.from({ length: nodes }, () => []);
          for (const [from, to] of [[0, 1] as const, ...pairs]) lists[from]!.push(to);
          return lists;
        }),
    );
    fc.assert(
      fc.property(edges, fc.boolean(), (lists, exact) => {
        const random = graphOfEdges(lists);
        const { tree, tops, histogram, folded, owners } = measureRetention(random, exact ? undefined : 0);
        const objects = random.length - random.named.length;
        const sum = (values: ArrayLike<number>) => Array.from(values).reduce((a, b) => a + b, 0);
        expect(tree.retainedObjects[0]).toBe(objects);
        expect(sum(tops.retainedObjects)).toBe(objects);
        expect(sum(histogram.objects)).toBe(objects);
        expect(sum(histogram.retainedBytes)).toBe(objects * 16);
        expect(sum(owners.objects)).toBe(objects);
        expect([folded.objects[0], sum(folded.ownObjects)]).toEqual([objects, objects]);
        // What is shared has at least two holders that are roots, unless only the first way was looked at.
        for (let top = tops.groups.length; top < tops.length; top++) {
          expect(tops.heldBy[top]!.length).toBeGreaterThanOrEqual(2);
        }
      }),
      { numRuns: 300 },
    );
  });
});

function foldedLines(graph: HeapGraph, { folded, tree }: Retention): string[] {
  const lines: string[] = [];
  const visit = (row: number, depth: number): void => {
    const what = folded.what[row]!;
    const name = {
      root: () => 'root',
      group: () => tree.groups.name[what]!,
      frame: () => folded.frameNames[what]!,
      type: () => graph.types.name[what]!,
      unknown: () => '?',
    }[foldedRowKinds[folded.kind[row]!]!]();
    lines.push(`${'  '.repeat(depth)}${name} ${folded.bytes[row]}`);
    for (let child = 0; child < folded.length; child++) if (folded.above[child] === row) visit(child, depth + 1);
  };
  visit(0, 0);
  return lines;
}

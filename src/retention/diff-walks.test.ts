import { describe, expect, it } from 'vitest';
import { drawWalk } from '../../test/drawing/draw-heap.ts';
import { diffWalks } from './diff-walks.ts';
import { heapWasteOf } from './heap-waste.ts';
import { measureRetention } from './measure-retention.ts';

const measured = (text: string, takenAtMs: number) => {
  const walk = drawWalk(text, { takenAtMs });
  return { walk, retention: measureRetention(walk.graph) };
};

const before = `
  goroutine main.worker created main.start main.go:12 > b1
  global main.cache > map
  global main.config > settings
  map map[string]*main.Session 48 > s1
  s1 main.Session 64
  b1 []uint8 500
  settings main.Settings 1000`;
const after = `
  goroutine main.worker created main.start main.go:12 > b1
  goroutine main.worker created main.start main.go:12 > b2
  goroutine main.idle created main.start main.go:14
  global main.cache > map
  global main.config > settings
  map map[string]*main.Session 48 > s1 s2 s3
  s1 main.Session 64
  s2 main.Session 64
  s3 main.Session 64
  b1 []uint8 500
  b2 []uint8 500
  settings main.Settings 1000`;

describe('diffWalks', () => {
  const diff = diffWalks(measured(before, 1000), measured(after, 21_000));

  it('says what grew, by type and holder, the largest first', () => {
    expect(
      diff.types.map(
        (row) =>
          `${row.type} of ${row.holder.kind} ${row.holder.name} ${row.holder.createdAt?.line ?? ''}: ${row.objects.before} → ${row.objects.after}, ${row.bytes.before} → ${row.bytes.after}`,
      ),
    ).toEqual([
      '[]uint8 of goroutine main.worker 12: 1 → 2, 500 → 1000',
      'main.Session of global main.cache : 1 → 3, 64 → 192',
    ]);
    expect([diff.spanMs, diff.bytes, diff.objects]).toEqual([
      20_000,
      { before: 1612, after: 2240 },
      { before: 4, after: 7 },
    ]);
  });

  it('says which holders retain more, and which groups have more goroutines', () => {
    expect(
      diff.holders.map(
        (row) =>
          `${row.holder.name}: ${row.members.before} → ${row.members.after}, ${row.retainedBytes.before} → ${row.retainedBytes.after}`,
      ),
    ).toEqual(['main.worker: 1 → 2, 500 → 1000', 'main.cache: 1 → 1, 112 → 240', 'main.idle: 0 → 1, 0 → 0']);
  });

  it('finds nothing between a walk and itself', () => {
    const same = diffWalks(measured(after, 0), measured(after, 1));
    expect([same.types, same.holders]).toEqual([[], []]);
  });
});

describe('heapWasteOf', () => {
  it('counts what slots are larger than types, small objects, and what is not collected yet', () => {
    const walk = drawWalk('global main.a > x y z\nx main.Entry 48\ny *int 8\nz []main.Entry 64', {
      objects: { allocated: 10, reachable: 3 },
      bytes: { allocated: 1000, reachable: 120, copied: 100 },
    });
    const sizeBytes = Float64Array.from(walk.graph.types.name, (name) => (name === '*int' ? 8 : 40));
    const graph = { ...walk.graph, types: { ...walk.graph.types, sizeBytes } };
    expect(heapWasteOf({ ...walk, graph })).toEqual({
      uncollectedBytes: 880,
      uncollectedObjects: 7,
      roundingBytes: 8,
      rounding: [{ type: 'main.Entry', objects: 1, bytes: 8 }],
      tinyObjects: 1,
      tinyBytes: 8,
    });
  });
});

import { describe, expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { groupRoots } from './group-roots.ts';
import { buildHoldTree } from './hold-tree.ts';

const heap = drawHeap(`
  goroutine main.worker created main.start main.go:12 > pool own
  goroutine main.worker created main.start main.go:12 > pool
  global main.cache > entry shared
  global main.index > shared
  pool *main.Pool 64 > poolData
  poolData []uint8 4096
  own []string 1024
  entry *main.Entry 32
  shared *main.Shared 48`);

const heldBy = (tree: ReturnType<typeof buildHoldTree>): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: tree.groups.length }, (_, group) => {
      const row = heap.length + group;
      return [tree.groups.name[group]!, `${tree.retainedBytes[row]} B in ${tree.retainedObjects[row]}`];
    }),
  );

describe('buildHoldTree', () => {
  it('says what each root retains, goroutines of a kind together, shared objects by nobody but the root', () => {
    const tree = buildHoldTree(heap);
    expect(heldBy(tree)).toEqual({
      'main.worker': '5184 B in 3',
      'main.cache': '32 B in 1',
      'main.index': '0 B in 0',
    });
    expect([tree.method, tree.retainedBytes[0], tree.retainedObjects[0]]).toEqual(['dominators', 5264, 5]);
  });

  it('gives what is shared to whom it was found through, when memory is short, and says so', () => {
    const tree = buildHoldTree(heap, 100);
    expect(heldBy(tree)).toMatchObject({ 'main.cache': '80 B in 2', 'main.index': '0 B in 0' });
    expect([tree.method, tree.retainedBytes[0]]).toEqual(['first-found', 5264]);
  });
});

describe('groupRoots', () => {
  it('looks through the wrappers that the compiler makes of go statements', () => {
    const graph = drawHeap(`
      goroutine main.main.gowrap1 created main.main main.go:12 > a
      frame main.hold
      frame main.main.gowrap1
      goroutine main.main.gowrap2 created main.main main.go:14 > a
      a []uint8 16`);
    expect(groupRoots(graph).name).toEqual(['main.hold', 'main.main.gowrap2']);
  });
});

import { expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { finalizerCyclesOf } from './finalizer-cycles.ts';
import { buildHoldTree } from './hold-tree.ts';

const cyclesOf = (text: string): Record<string, number> => {
  const graph = drawHeap(text);
  const tree = buildHoldTree(graph);
  const finalizerCycles = finalizerCyclesOf(graph, tree);
  return Object.fromEntries(tree.groups.name.map((name, group) => [name, finalizerCycles[group]!]));
};

it('finds objects with a finalizer that keep themselves', () => {
  expect(
    cyclesOf(`
      special finalizer at a > tile
      special finalizer at b > pair
      special finalizer at pair > b
      a main.texture 8192 > tile
      tile main.tile 32 > a
      b main.left 16 > pair
      pair main.right 16 > b`),
  ).toEqual({ 'finalizer of main.texture': 1, 'finalizer of main.left': 1, 'finalizer of main.right': 1 });
});

it('does not take for a cycle what something else holds, what waits its turn, and what leads nowhere', () => {
  expect(
    cyclesOf(`
      global main.textures > a
      special finalizer at a > tile
      special finalizer > inner
      special finalizer at inner
      a main.texture 8192 > tile
      tile main.tile 32 > a
      inner main.file 64`),
  ).toEqual({ 'main.textures': 0, 'finalizer of main.texture': 0, finalizer: 0, 'finalizer of main.file': 0 });
});

import { describe, expect, it } from 'vitest';
import { drawnProofs, drawWalk } from '../../test/drawing/draw-heap.ts';
import { createStackTableBuilder, noStack } from '../model/stacks.ts';
import { heldObjectsOf } from './held-objects.ts';
import { measureRetention } from './measure-retention.ts';

/** One stack of which every `main.Row` of the drawing is a sample. */
function heldRows(text: string, doubts: readonly string[] = []) {
  const drawn = drawWalk(text.replaceAll('CHILDREN', 'map[context.canceler]struct {}'));
  const { graph } = drawn;
  const nodes = Array.from({ length: graph.length }, (_, node) => node).filter(
    (node) => graph.types.name[graph.type[node]!] === 'main.Row',
  );
  const builder = createStackTableBuilder();
  const stack = builder.internStack(noStack, builder.internFrame('main.load', '/app/load.go', 7));
  const sampled = {
    length: nodes.length,
    node: Int32Array.from(nodes),
    stack: Int32Array.from(nodes, () => stack),
    stacks: builder.finish(),
  };
  return heldObjectsOf({ ...drawn, sampled }, measureRetention(graph), drawnProofs({ doubts }))[0]!;
}

const parent = `
  global main.base > parent
  parent context.cancelCtx 96 > children
  children CHILDREN 48 > a b c
  a context.cancelCtx 96 > rowA
  b context.cancelCtx 96 > rowB
  rowA main.Row 1024
  rowB main.Row 1024
`;

describe('contexts that nobody can cancel', () => {
  it('are told of objects that only they hold', () => {
    const held = heldRows(`${parent}
      c context.cancelCtx 96 >`);
    expect(held).toMatchObject({ root: 'global main.base', sampledObjects: 2, share: 1, forsaken: 3 });
  });

  it('are not told by a walk that has not seen everything: the request may be what it did not see', () => {
    const held = heldRows(
      `${parent}
      c context.cancelCtx 96 >`,
      ['the stacks of 2 goroutines could not be read'],
    );
    expect(held).toMatchObject({ root: 'global main.base', forsaken: 0, cut: undefined, lost: undefined });
  });

  it('are not told of objects that a request under way holds as well', () => {
    const held = heldRows(`${parent}
      c context.cancelCtx 96 > rowC
      rowC main.Row 1024
      goroutine main.serve
      frame main.serve > cancel
      cancel func() 16 > wrapped
      wrapped main.Request 64 > inner
      inner main.Inner 64 > rowC`);
    expect(held).toMatchObject({ root: 'global main.base', sampledObjects: 3, share: 1, forsaken: 0 });
  });
});

describe('the way to objects', () => {
  it('is one when objects of unknown type on it differ in size only', () => {
    const held = heldRows(`
      global main.pages > small large
      small 4096 bytes with pointers 4096 > rowA
      large 8192 bytes with pointers 8192 > rowB rowC
      rowA main.Row 1024
      rowB main.Row 1024
      rowC main.Row 1024`);
    expect(held).toMatchObject({ root: 'global main.pages', sampledObjects: 3, share: 1 });
  });
});

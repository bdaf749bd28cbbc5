import { describe, expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { forsakenContexts } from './forsaken-contexts.ts';
import { measureRetention } from './measure-retention.ts';

/** Children of one parent by name of the map's node. */
function forsaken(text: string): readonly number[] {
  const graph = drawHeap(text.replaceAll('CHILDREN', 'map[context.canceler]struct {}'));
  return [...forsakenContexts(graph, measureRetention(graph)).values()];
}

describe('contexts that nobody can cancel', () => {
  it('are those that only the map of their parent leads to', () => {
    expect(
      forsaken(`
        global main.base > parent
        parent context.cancelCtx 96 > children
        children CHILDREN 48 > groups
        groups map.group[context.canceler]struct {} 208 > a b
        a context.cancelCtx 96 > parent
        b context.cancelCtx 96 > parent
      `),
    ).toEqual([2]);
  });

  it('are not those whose cancel function waits in a frame, or whose timer will end them', () => {
    expect(
      forsaken(`
        global main.base > parent
        parent context.cancelCtx 96 > children
        children CHILDREN 48 > groups
        groups map.group[context.canceler]struct {} 208 > request timed
        request context.cancelCtx 96 > parent
        timed context.timerCtx 104 > parent
        goroutine main.serve
        frame main.serve > cancel
        cancel func() 16 > request
        timer context.expire > timed
      `),
    ).toEqual([]);
  });

  it('are unknown without dominators', () => {
    const graph = drawHeap(`
      global main.base > children
      children map[context.canceler]struct {} 48 > a
      a context.cancelCtx 96 >
    `);
    const { tree, types } = measureRetention(graph);
    expect(forsakenContexts(graph, { types, tree }).size).toBe(1);
    expect(forsakenContexts(graph, { types, tree: { ...tree, method: 'first-found' } }).size).toBe(0);
  });
});

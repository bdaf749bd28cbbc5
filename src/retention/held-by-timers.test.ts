import { describe, expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { nodeKinds } from '../model/heap-graph.ts';
import { createHeldByTimers } from './held-by-timers.ts';
import { measureRetention } from './measure-retention.ts';

const second = 1e9;

/** Of all `main.Row`: what holds them, when the drawn timers fire in so many seconds. */
function timersOf(text: string, firesIn: readonly number[], method?: 'first-found') {
  const graph = drawHeap(text);
  const all = Array.from({ length: graph.length }, (_, node) => node);
  const node = all.filter((row) => nodeKinds[graph.named.kind[row]!] === 'timer');
  const measured = measureRetention(graph);
  const retention = { ...measured, tree: { ...measured.tree, method: method ?? measured.tree.method } };
  const pending = {
    length: node.length,
    node: Int32Array.from(node),
    periodNs: new Float64Array(node.length),
    firesInNs: Float64Array.from(firesIn, (seconds) => seconds * second),
  };
  return createHeldByTimers(
    graph,
    retention,
    pending,
  )(all.filter((row) => graph.types.name[graph.type[row]!] === 'main.Row'));
}

const four = `
  timer time.AfterFunc main.expire > a
  timer time.AfterFunc main.expire > b
  timer time.AfterFunc main.expire > c
  timer time.AfterFunc main.expire > d
  timer time.Sleep
  a func() 16 > rowA
  b func() 16 > rowB
  c func() 16 > rowC
  d func() 16 > rowD
  rowA main.Row 1024
  rowB main.Row 1024
  rowC main.Row 1024
  rowD main.Row 1024
`;

describe('what only timers hold', () => {
  it('is told with how many they are and when the first of them fires', () => {
    expect(timersOf(four, [60, 40, 90, 70, 1])).toEqual({
      name: 'time.AfterFunc main.expire',
      timers: 4,
      pending: 4,
      firesInMs: 40_000,
    });
  });

  it('may be in the hands of its maker for a moment, as the newest is', () => {
    const held = timersOf(`${four}\n goroutine main.open\n frame main.open > rowD`, [60, 40, 90, 70, 1]);
    expect(held).toMatchObject({ timers: 3, pending: 4 });
  });

  it('is not what a map holds as well', () => {
    const map = `${four}\n global main.open > map\n map map[int]*main.Row 48 > rowA rowB rowC rowD`;
    expect(timersOf(map, [60, 40, 90, 70, 1])).toBeUndefined();
  });

  it('is one timer when one timer holds them all', () => {
    const one = timersOf(
      `
      timer time.AfterFunc main.expire > batch
      timer time.AfterFunc main.expire
      batch []*main.Row 16 > rowA rowB
      rowA main.Row 1024
      rowB main.Row 1024
    `,
      [60, 40],
    );
    expect(one).toMatchObject({ timers: 1, pending: 2 });
  });

  it('fires at a moment that nobody knows when the clock of the target is not known', () => {
    expect(timersOf(four, Array(5).fill(Number.NaN))).toMatchObject({ firesInMs: undefined });
  });

  it('is not known when only first ways were looked at', () => {
    expect(timersOf(four, [60, 40, 90, 70, 1], 'first-found')).toBeUndefined();
  });
});

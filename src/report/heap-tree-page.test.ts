import { describe, expect, it } from 'vitest';
import { drawWalk } from '../../test/drawing/draw-heap.ts';
import { measureRetention } from '../retention/measure-retention.ts';
import { composeTreePage, type HeapTreePage, treeSourceOf } from './heap-tree-page.ts';

const walk = drawWalk(`
  global main.cache > map
  map map[string]*main.Session 48 > s1 s2
  s1 main.Session 64 > data1
  s2 main.Session 64 > data2
  data1 []uint8 1000
  data2 []uint8 1000
  global main.pool > buffer
  buffer []uint8 500
  global main.name > name
  name string 16`);
const source = treeSourceOf(walk, measureRetention(walk.graph));
const page = (row: number, from = 0, most = 10): HeapTreePage => composeTreePage(source, row, from, most);
const drawn = ({ rows }: HeapTreePage): string[] =>
  rows.map((row) => `${row.kind} ${row.name} ${row.count}: ${row.retainedBytes}, ${row.children} below`);

describe('the tree of holders by pages', () => {
  it('begins with the roots, the largest first', () => {
    expect(drawn(page(0))).toEqual([
      'global main.cache 1: 2176, 1 below',
      'global main.pool 1: 500, 1 below',
      'global main.name 1: 16, 1 below',
    ]);
    expect(page(0)).toMatchObject({ path: [], totalBytes: 2692, children: 3, otherBytes: 0 });
  });

  it('goes down row by row and knows the way back', () => {
    const cache = page(page(0).rows[0]!.row);
    const sessions = page(cache.rows[0]!.row);
    expect(drawn(sessions)).toEqual(['type main.Session 2: 2128, 1 below']);
    expect(sessions.path.map(({ name }) => name)).toEqual(['main.cache', 'map[string]*main.Session']);
    expect(sessions).toMatchObject({ ownBytes: 48, retainedBytes: 2176 });
  });

  it('has a part of the rows and what the others retain', () => {
    expect(page(0, 1, 1)).toMatchObject({ from: 1, children: 3, otherBytes: 2192 });
    expect(drawn(page(0, 1, 1))).toEqual(['global main.pool 1: 500, 1 below']);
    expect(page(0, 9, 1).rows).toEqual([]);
  });

  it('looks inside of large rows, past what is a single way', () => {
    expect(page(0).rows[0]!.inside?.map(({ name }) => name)).toEqual(['[]uint8']);
    expect(page(0).rows[2]!.inside).toBeUndefined();
  });

  it('says that a row is not there', () => {
    expect(() => page(99)).toThrow('this heap has no row 99');
  });
});

import { describe, expect, it } from 'vitest';
import type { HeapTreePage } from '../../report/heap-tree-page.ts';
import { cellAt, treemapCells } from './treemap-cells.ts';

const row = (name: string, retainedBytes: number, inside?: readonly [string, number]) => ({
  row: retainedBytes,
  kind: 'type',
  name,
  label: '',
  count: 1,
  objects: 1,
  ownBytes: 0,
  retainedBytes,
  children: inside === undefined ? 0 : 1,
  ...(inside === undefined ? {} : { inside: [{ row: 7, name: inside[0], retainedBytes: inside[1] }] }),
});

const page: HeapTreePage = {
  totalBytes: 1000,
  path: [],
  ownBytes: 0,
  ownObjects: 0,
  retainedBytes: 1000,
  rows: [row('example.com/app/cache.Entry', 500, ['[]uint8', 250]), row('main.small', 250)],
  from: 0,
  children: 9,
  otherBytes: 250,
};

describe('cells of a treemap', () => {
  const cells = treemapCells(page, { widthPx: 400, heightPx: 200, headPx: 20 });

  it('has a cell a row, what is inside of it, and one for the rest', () => {
    expect(cells.map(({ depth, name, row: to }) => `${depth} ${name} ${to}`)).toEqual([
      '0 cache.Entry 500',
      '1 []uint8 7',
      '0 main.small -1',
      '0 all others -1',
    ]);
  });

  it('fills the area by size, and a cell by what is inside', () => {
    const area = (index: number): number => cells[index]!.width * cells[index]!.height;
    expect(area(0)).toBeCloseTo(40_000);
    expect(area(2)).toBeCloseTo(20_000);
    expect(cells[1]!.height).toBeCloseTo((200 - 23) / 2);
  });

  it('finds the innermost cell under the mouse', () => {
    expect(cells[cellAt(cells, 10, 40)]!.name).toBe('[]uint8');
    expect(cells[cellAt(cells, 10, 5)]!.name).toBe('cache.Entry');
    expect(cellAt(cells, 500, 5)).toBe(-1);
  });
});

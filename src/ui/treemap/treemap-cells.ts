// A page of the tree of holders → the cells of a treemap: one for each row, in each the largest of what is inside, and one
// for all that has no cell of its own.
import { formatBytes } from '../../base/format-bytes.ts';
import type { HeapTreePage } from '../../report/heap-tree-page.ts';
import { typeText } from '../../report/heap-words.ts';
import { layOutTreemap, type TreemapArea } from './lay-out-treemap.ts';

export interface TreemapCell extends TreemapArea {
  readonly name: string;
  readonly size: string;
  readonly kind: string;
  readonly depth: 0 | 1;
  /** Row to go to; -1: nothing is below, or it is many rows. */
  readonly row: number;
}

export interface TreemapOptions {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Room above what is inside of a cell, for its name. */
  readonly headPx: number;
}

const gapPx = 3;

export function treemapCells(page: HeapTreePage, { widthPx, heightPx, headPx }: TreemapOptions): TreemapCell[] {
  const others = [
    { name: 'these objects themselves', bytes: page.path.length === 0 ? 0 : page.ownBytes },
    { name: 'all others', bytes: page.otherBytes },
  ].filter(({ bytes }) => bytes > 0);
  const weights = [...page.rows.map((row) => row.retainedBytes), ...others.map(({ bytes }) => bytes)];
  const outer = layOutTreemap(weights, { x: 0, y: 0, width: widthPx, height: heightPx });
  const area = (index: number): TreemapArea => ({
    x: outer.x[index]!,
    y: outer.y[index]!,
    width: outer.width[index]!,
    height: outer.height[index]!,
  });
  const cells: TreemapCell[] = [];
  page.rows.forEach((row, index) => {
    const place = area(index);
    const name = `${row.count > 1 ? `${row.count}× ` : ''}${typeText(row.name)}`;
    const below = row.children > 0 ? row.row : -1;
    cells.push({ ...place, name, size: formatBytes(row.retainedBytes), kind: row.kind, depth: 0, row: below });
    cells.push(...cellsInside(row, place, headPx));
  });
  others.forEach(({ name, bytes }, index) => {
    const place = area(page.rows.length + index);
    cells.push({ ...place, name, size: formatBytes(bytes), kind: 'other', depth: 0, row: -1 });
  });
  return cells;
}

/** As much of the cell as they are of the row; the rest stays free. */
function cellsInside(row: HeapTreePage['rows'][number], place: TreemapArea, headPx: number): TreemapCell[] {
  const width = place.width - 2 * gapPx;
  const whole = place.height - headPx - gapPx;
  if (row.inside === undefined || width < 30 || whole < 16) return [];
  const bytes = row.inside.map(({ retainedBytes }) => retainedBytes);
  const height = (whole * bytes.reduce((sum, value) => sum + value, 0)) / Math.max(1, row.retainedBytes);
  const cells = layOutTreemap(bytes, { x: place.x + gapPx, y: place.y + headPx, width, height });
  return row.inside.map((one, index) => ({
    x: cells.x[index]!,
    y: cells.y[index]!,
    width: cells.width[index]!,
    height: cells.height[index]!,
    name: typeText(one.name),
    size: formatBytes(one.retainedBytes),
    kind: row.kind,
    depth: 1,
    row: one.row,
  }));
}

/** The innermost cell over a point; -1: none. */
export function cellAt(cells: readonly TreemapCell[], x: number, y: number): number {
  for (let index = cells.length - 1; index >= 0; index--) {
    const cell = cells[index]!;
    if (x >= cell.x && y >= cell.y && x < cell.x + cell.width && y < cell.y + cell.height) return index;
  }
  return -1;
}

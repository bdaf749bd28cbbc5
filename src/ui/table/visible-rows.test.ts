import { expect, it } from 'vitest';
import { mostScrollPx, visibleRows } from './visible-rows.ts';

it('draws the rows in sight and a few around them', () => {
  expect(visibleRows(1_000, 20, 2_000, 200)).toEqual({ from: 92, to: 118, abovePx: 1_840, totalPx: 20_000 });
  expect(visibleRows(1_000, 20, 0, 200)).toMatchObject({ from: 0, to: 18, abovePx: 0 });
  expect(visibleRows(5, 20, 0, 200)).toMatchObject({ from: 0, to: 5, totalPx: 100 });
  expect(visibleRows(0, 20, 500, 200)).toMatchObject({ from: 0, to: 0, totalPx: 0 });
});

it('stays within what a browser can scroll', () => {
  expect(visibleRows(50_000_000, 20, 0, 200).totalPx).toBeLessThanOrEqual(mostScrollPx);
  expect(visibleRows(100, 20, 1_000_000, 200)).toMatchObject({ to: 100 });
});

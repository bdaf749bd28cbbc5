// Which rows of a long list are on the screen. All rows have one height, so that a million of them cost what thirty do.

export interface RowWindow {
  /** First row to draw and the one after the last. */
  readonly from: number;
  readonly to: number;
  /** Room above the first drawn row. */
  readonly abovePx: number;
  readonly totalPx: number;
}

/** Browsers do not scroll further than some 16 million pixels (Chromium 33, Firefox 17). */
export const mostScrollPx = 15_000_000;
const moreRows = 8;

export function visibleRows(rows: number, rowPx: number, scrollTopPx: number, heightPx: number): RowWindow {
  const drawable = Math.min(rows, Math.floor(mostScrollPx / rowPx));
  const first = Math.floor(Math.max(0, scrollTopPx) / rowPx);
  const from = Math.max(0, Math.min(first, drawable) - moreRows);
  const to = Math.min(drawable, first + Math.ceil(heightPx / rowPx) + moreRows);
  return { from: Math.min(from, to), to, abovePx: Math.min(from, to) * rowPx, totalPx: drawable * rowPx };
}

// Which frames of a flame graph are on the screen, and where. What is thinner than half a pixel is skipped together with
// all above it, so the work is that of the visible frames.
import type { FlameTree } from './flame-tree.ts';

export interface FlameView {
  /** The row that fills the whole width. */
  readonly zoom: number;
  readonly widthPx: number;
}

/** Visible frames in drawing order; levels count from the bottom of the picture's tree. */
export interface FlameLayout {
  readonly length: number;
  readonly row: Int32Array;
  readonly level: Uint16Array;
  readonly xPx: Float32Array;
  readonly widthPx: Float32Array;
  readonly levels: number;
  /** Rows that are too thin, each of which may stand for many. */
  readonly skipped: number;
}

const thinnestPx = 0.5;

export function layOutFlame(tree: FlameTree, { zoom, widthPx }: FlameView): FlameLayout {
  const row: number[] = [];
  const x: number[] = [];
  const wide: number[] = [];
  let skipped = 0;
  let levels = 0;
  const add = (at: number, xPx: number, framePx: number): void => {
    row.push(at);
    x.push(xPx);
    wide.push(framePx);
    levels = Math.max(levels, tree.depth[at]! + 1);
  };
  const below: number[] = [];
  for (let at = tree.parent[zoom] ?? -1; at >= 0; at = tree.parent[at]!) below.push(at);
  for (const at of below.reverse()) add(at, 0, widthPx);
  const scale = tree.width[zoom]! > 0 ? widthPx / tree.width[zoom]! : 0;
  const origin = tree.start[zoom] ?? 0;
  for (let at = zoom; at < (tree.end[zoom] ?? 0); ) {
    const framePx = at === zoom ? widthPx : tree.width[at]! * scale;
    if (framePx < thinnestPx) {
      skipped++;
      at = tree.end[at]!;
      continue;
    }
    add(at, at === zoom ? 0 : (tree.start[at]! - origin) * scale, framePx);
    at++;
  }
  return {
    length: row.length,
    row: Int32Array.from(row),
    level: Uint16Array.from(row, (at) => tree.depth[at]!),
    xPx: Float32Array.from(x),
    widthPx: Float32Array.from(wide),
    levels,
    skipped,
  };
}

/** The visible frame at a level and a place; -1: none. */
export function frameAtPoint(layout: FlameLayout, level: number, xPx: number): number {
  for (let index = 0; index < layout.length; index++) {
    if (layout.level[index] !== level) continue;
    const left = layout.xPx[index]!;
    if (xPx >= left && xPx < left + layout.widthPx[index]!) return layout.row[index]!;
  }
  return -1;
}

export type FlameStep = 'in' | 'out' | 'next' | 'previous';

/** Where the keyboard goes from a row: to its widest child, its parent, its wider or thinner neighbour. */
export function stepInFlame(tree: FlameTree, row: number, step: FlameStep): number {
  const parent = tree.parent[row]!;
  switch (step) {
    case 'in':
      return row + 1 < tree.end[row]! && tree.width[row + 1]! > 0 ? row + 1 : row;
    case 'out':
      return parent < 0 ? row : parent;
    case 'next': {
      const next = tree.end[row]!;
      return parent >= 0 && next < tree.end[parent]! && tree.width[next]! > 0 ? next : row;
    }
    case 'previous': {
      if (parent < 0) return row;
      let before = parent + 1;
      if (before === row) return row;
      while (tree.end[before]! !== row) before = tree.end[before]!;
      return before;
    }
  }
}

/** Names from the first row to this one. */
export function pathToRow(tree: FlameTree, row: number): string[] {
  const path: string[] = [];
  for (let at = row; at >= 0; at = tree.parent[at]!) path.push(tree.names[tree.name[at]!]!);
  return path.reverse();
}

/** The row that such a path leads to, as far as it is there: a zoom survives another span of time. */
export function rowOfPath(tree: FlameTree, path: readonly string[]): number {
  let row = 0;
  for (const name of path.slice(1)) {
    let child = row + 1;
    while (child < tree.end[row]! && tree.names[tree.name[child]!] !== name) child = tree.end[child]!;
    if (child >= tree.end[row]!) return row;
    row = child;
  }
  return row;
}

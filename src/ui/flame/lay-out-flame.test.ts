import { describe, expect, it } from 'vitest';
import { drawStackChange } from '../../../test/drawing/draw-stack-change.ts';
import { buildFlameTree, type FlameTree } from './flame-tree.ts';
import { type FlameLayout, frameAtPoint, layOutFlame, pathToRow, rowOfPath, stepInFlame } from './lay-out-flame.ts';

const tree = buildFlameTree(
  drawStackChange('main read parse  40', 'main read  20', 'main write  39', 'tiny one two  1'),
  { order: 'callers', width: 'size' },
);

/** A line a level, the first at the top; a cell is as wide as its frame, ten pixels a character. */
function picture(of: FlameTree, layout: FlameLayout, widthPx: number): string[] {
  const lines = Array.from({ length: layout.levels }, () => ' '.repeat(widthPx / 10));
  for (let index = 0; index < layout.length; index++) {
    const level = layout.level[index]!;
    const from = Math.round(layout.xPx[index]! / 10);
    const wide = Math.round(layout.widthPx[index]! / 10);
    const cell = `[${of.names[of.name[layout.row[index]!]!]}`.padEnd(wide, '-').slice(0, wide);
    lines[level] = lines[level]!.slice(0, from) + cell + lines[level]!.slice(from + wide);
  }
  return lines.map((line) => line.trimEnd());
}

const rowNamed = (name: string): number => tree.name.indexOf(tree.names.indexOf(name));

describe('the layout of a flame graph', () => {
  it('places callees on their callers', () => {
    expect(picture(tree, layOutFlame(tree, { zoom: 0, widthPx: 500 }), 500)).toEqual([
      '[all----------------------------------------------',
      '[main---------------------------------------------[',
      '[read-------------------------[write--------------[',
      '[parse--------------                              [',
    ]);
  });

  it('zooms in on a frame and keeps the way to it', () => {
    expect(picture(tree, layOutFlame(tree, { zoom: rowNamed('read'), widthPx: 300 }), 300)).toEqual([
      '[all--------------------------',
      '[main-------------------------',
      '[read-------------------------',
      '[parse--------------',
    ]);
  });

  it('skips what is thinner than half a pixel with all above it', () => {
    const layout = layOutFlame(tree, { zoom: 0, widthPx: 40 });
    expect(Array.from(layout.row, (row) => tree.names[tree.name[row]!])).not.toContain('tiny');
    expect(layout.skipped).toBe(1);
    expect(Array.from(layOutFlame(tree, { zoom: 0, widthPx: 60 }).row, (row) => tree.names[tree.name[row]!])).toContain(
      'two',
    );
  });

  it('finds the frame at a place', () => {
    const layout = layOutFlame(tree, { zoom: 0, widthPx: 1000 });
    const at = (level: number, x: number): string | undefined => tree.names[tree.name[frameAtPoint(layout, level, x)]!];
    expect([at(0, 5), at(2, 5), at(2, 700), at(3, 300)]).toEqual(['all', 'read', 'write', 'parse']);
    expect(frameAtPoint(layout, 3, 700)).toBe(-1);
    expect(frameAtPoint(layout, 9, 5)).toBe(-1);
  });

  it('walks by keys: in, out and between neighbours', () => {
    const names = (steps: string, from: string): string =>
      tree.names[
        tree.name[
          [...steps].reduce(
            (row, step) =>
              stepInFlame(tree, row, step === 'i' ? 'in' : step === 'o' ? 'out' : step === 'n' ? 'next' : 'previous'),
            rowNamed(from),
          )
        ]!
      ]!;
    expect(names('i', 'main')).toBe('read');
    expect(names('n', 'read')).toBe('write');
    expect(names('nn', 'read')).toBe('write');
    expect(names('np', 'read')).toBe('read');
    expect(names('iiii', 'main')).toBe('parse');
    expect(names('oooo', 'parse')).toBe('all');
  });

  it('finds a row again in another tree by its path, as far as it goes', () => {
    const path = pathToRow(tree, rowNamed('parse'));
    expect(path).toEqual(['all', 'main', 'read', 'parse']);
    expect(rowOfPath(tree, path)).toBe(rowNamed('parse'));
    const other = buildFlameTree(drawStackChange('main read  1', 'main write  5'), { order: 'callers', width: 'size' });
    expect(pathToRow(other, rowOfPath(other, path))).toEqual(['all', 'main', 'read']);
  });
});

import { describe, expect, it } from 'vitest';
import { createStackTableBuilder, noStack, type StackIndex } from '../model/stacks.ts';
import { composeStackSeries } from './compose-stack-series.ts';
import type { StackSeries } from './stack-series.ts';

/** `main read  1 2 3`: a stack and its bytes at each moment, a second apart; objects are the same numbers. */
function heapOf(...lines: readonly string[]) {
  const builder = createStackTableBuilder();
  const rows: number[] = [];
  const values: number[][] = [];
  for (const line of lines) {
    const [names, numbers] = line.split(/\s{2,}/) as [string, string];
    let stack: StackIndex = noStack;
    for (const name of names.split(' ')) stack = builder.internStack(stack, builder.internFrame(name, 'a.go', 1));
    rows.push(stack);
    values.push(numbers.split(' ').map(Number));
  }
  const moments = values[0]!.length;
  const columns = Array.from({ length: moments }, (_, moment) => Float64Array.from(values, (row) => row[moment]!));
  return {
    stacks: builder.finish(),
    atMs: Float64Array.from({ length: moments }, (_, moment) => moment * 1000),
    totalSeries: Float64Array.from(columns, (column) => column.reduce((sum, value) => sum + value, 0)),
    stackGrowth: { rows: Int32Array.from(rows), deltaObjects: new Float64Array(0), deltaBytes: new Float64Array(0) },
    stackValues: {
      rows: Int32Array.from(rows),
      inuseBytes: columns,
      inuseObjects: columns,
      allocBytes: undefined,
      allocObjects: undefined,
    },
  };
}

const wish = { mostMoments: 10, mostStacks: 100, ownership: () => 'dependency' as const };

function drawn(series: StackSeries): string[] {
  return series.prefix.map((_, row) => {
    const names: string[] = [];
    for (let at = row; at >= 0; at = series.prefix[at]!)
      names.push(series.frame[at]! < 0 ? '…' : series.frames.function[series.frame[at]!]!);
    return `${names.reverse().join(' ')}: ${series.inuseBytes.map((column) => column[row]).join(' ')}`;
  });
}

const heap = heapOf('main read  10 20 30', 'main write  5 5 5', 'tick  1 1 1', 'main read parse  0 2 4');

describe('stacks over time, to be drawn', () => {
  it('has each stack with its own values', () => {
    const series = composeStackSeries(heap, wish);
    expect(drawn(series)).toEqual([
      'main: 0 0 0',
      'main read: 10 20 30',
      'main write: 5 5 5',
      'tick: 1 1 1',
      'main read parse: 0 2 4',
    ]);
    expect(series).toMatchObject({ atMs: [0, 1000, 2000], smallStacks: 0, timeline: { bytes: [16, 28, 40] } });
    expect(series.allocBytes).toBeUndefined();
  });

  it('adds up what is small below its caller, and loses nothing', () => {
    const series = composeStackSeries(heap, { ...wish, mostStacks: 2 });
    expect(drawn(series)).toEqual([
      'main: 0 0 0',
      'main read: 10 20 30',
      'main …: 5 5 5',
      '…: 1 1 1',
      'main read …: 0 2 4',
    ]);
    expect(series.smallStacks).toBe(3);
  });

  it('takes the moments nearest to those that are asked for', () => {
    expect(composeStackSeries(heap, { ...wish, momentsMs: [1400, 99_999] }).atMs).toEqual([1000, 2000]);
    expect(composeStackSeries(heap, { ...wish, momentsMs: [700, 900] }).atMs).toEqual([1000]);
  });

  it('spreads the moments when there are too many, the first and the last among them', () => {
    const long = heapOf(`main  ${Array.from({ length: 101 }, (_, moment) => moment).join(' ')}`);
    expect(composeStackSeries(long, { ...wish, mostMoments: 5 }).atMs).toEqual([0, 25_000, 50_000, 75_000, 100_000]);
  });

  it('leaves out the stacks of the profiler itself', () => {
    const hidden = { ...heap, stackGrowth: { ...heap.stackGrowth, rows: heap.stackGrowth.rows.slice(0, 2) } };
    expect(composeStackSeries(hidden, wish).inuseBytes[2]!.reduce((sum, value) => sum + value, 0)).toBe(35);
  });
});

import { describe, expect, it } from 'vitest';
import type { StackSeries } from '../../report/stack-series.ts';
import { stacksBetween } from './stacks-between.ts';

const series: StackSeries = {
  schema: 'leakline.stacks/1',
  atMs: [0, 1000, 2000],
  timeline: { atMs: [0, 1000, 2000], bytes: [1, 2, 3] },
  frames: { function: ['main.a'], file: [''], line: [0], own: [0] },
  prefix: [-1],
  frame: [0],
  inuseBytes: [[10], [30], [25]],
  inuseObjects: [[1], [3], [2]],
  allocBytes: [[100], [150], [400]],
  smallStacks: 0,
};

describe('stacks between two moments', () => {
  it('compares what is in use at the moments nearest to the asked ones', () => {
    expect(stacksBetween(series, 'inuse-bytes', 100, 900)).toMatchObject({
      fromMs: 0,
      toMs: 1000,
      before: [10],
      after: [30],
      unit: 'bytes',
    });
    expect(stacksBetween(series, 'inuse-objects', undefined, undefined)).toMatchObject({
      before: [1],
      after: [2],
      unit: 'count',
    });
  });

  it('tells what was allocated in between, with nothing to compare', () => {
    expect(stacksBetween(series, 'alloc-bytes', 1000, 2000)).toMatchObject({ before: undefined, after: [250] });
  });

  it('says that a quantity is not there, and never goes backwards in time', () => {
    expect(stacksBetween(series, 'alloc-objects', 0, 2000)).toBeUndefined();
    expect(stacksBetween(series, 'inuse-bytes', 2000, 0)).toMatchObject({ fromMs: 2000, toMs: 2000 });
  });
});

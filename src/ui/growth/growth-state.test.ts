import { expect, it } from 'vitest';
import { readGrowthState, writeGrowthState } from './growth-state.ts';

it('keeps the state of the view in the URL', () => {
  const state = {
    fromMs: 1_700_000_000_000,
    toMs: 1_700_000_060_000,
    quantity: 'alloc-objects',
    width: 'size',
    order: 'inverted',
    focus: 'main.serve',
    search: 'json',
    zoom: ['all', 'main.main', 'main.serve'],
    sortedBy: 'after',
    descending: false,
  } as const;
  expect(readGrowthState(writeGrowthState(state))).toEqual(state);
});

it('begins with growth of bytes in use, and survives nonsense', () => {
  expect(readGrowthState({})).toEqual({
    fromMs: undefined,
    toMs: undefined,
    quantity: 'inuse-bytes',
    width: 'growth',
    order: 'callers',
    focus: undefined,
    search: '',
    zoom: [],
    sortedBy: 'growth',
    descending: true,
  });
  expect(readGrowthState({ from: 'x', what: 'y', sort: '-z' })).toMatchObject({
    fromMs: undefined,
    quantity: 'inuse-bytes',
    sortedBy: 'name',
  });
});

import { expect, it } from 'vitest';
import { readHeapState } from './heap-state.ts';

it('reads what is shown of a heap from the URL', () => {
  expect(readHeapState('types', { row: '17', after: '200', of: 'main.Session', find: 'se' })).toEqual({
    part: 'types',
    row: 17,
    from: 200,
    of: 'main.Session',
    search: 'se',
  });
});

it('begins with the holders of the whole heap, whatever the URL says', () => {
  expect(readHeapState(undefined, {})).toMatchObject({ part: 'holders', row: 0, from: 0, of: '' });
  expect(readHeapState('nonsense', { row: '-3', after: '1e99' })).toMatchObject({ part: 'holders', row: 0, from: 0 });
});

import { describe, expect, it } from 'vitest';
import { type Intention, noKeys, pressKey } from './keyboard.ts';

/** Keys as they are typed, separated by spaces → what they ask for. */
function type(keys: string, typing = false): Intention[] {
  let state = noKeys;
  return keys.split(' ').flatMap((key) => {
    const next = pressKey(state, { key, typing, modified: false }, ['o', 'f', 'm']);
    state = next.state;
    return next.intention === undefined ? [] : [next.intention];
  });
}

describe('keys', () => {
  it('go to views by number and by letter', () => {
    expect(type('2')).toEqual([{ kind: 'view', index: 1 }]);
    expect(type('g m')).toEqual([{ kind: 'view', index: 2 }]);
    expect(type('g x m')).toEqual([]);
    expect(type('9')).toEqual([]);
  });

  it('ask for help, search, the other theme, and the next row', () => {
    expect(type('? / t j ArrowUp')).toEqual([
      { kind: 'help' },
      { kind: 'search' },
      { kind: 'theme' },
      { kind: 'move', by: 1 },
      { kind: 'move', by: -1 },
    ]);
  });

  it('belong to a text field while one is typed into, except Escape', () => {
    expect(type('2 g o ? Escape', true)).toEqual([{ kind: 'close' }]);
  });

  it('with Ctrl belong to the browser', () => {
    expect(pressKey(noKeys, { key: '1', typing: false, modified: true }, ['o']).intention).toBeUndefined();
  });
});

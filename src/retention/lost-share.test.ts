import { describe, expect, it } from 'vitest';
import { createLostShare } from './lost-share.ts';

/** Of ten sampled objects, nodes 1 to 10: as many as are drawn are lost, each by its array; `!` marks spare slots. */
function share(drawn: string) {
  const lost = drawn.split(' ').filter(Boolean);
  const shareOf = createLostShare({
    length: lost.length,
    node: Int32Array.from(lost, (_, i) => i + 1),
    array: Int32Array.from(lost, (text) => 100 + Number.parseInt(text, 10)),
    isSpare: Uint8Array.from(lost, (text) => (text.endsWith('!') ? 1 : 0)),
    byNumbers: new Uint8Array(lost.length),
  });
  return shareOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

describe('the objects of a stack', () => {
  it('are lost when nearly all are: how many arrays keep them, and how many slots an append would overwrite', () => {
    expect(share('1 1 2 2 3! 3! 4! 4!')).toEqual({ objects: 8, arrays: 4, spare: 4, byNumbers: 0 });
  });

  it('are not lost when many are in use: a drained queue leaves some behind', () => {
    expect(share('1! 1! 1! 1! 1! 1! 1!')).toBeUndefined();
  });

  it('are not known to be lost by a single one', () => {
    const one = createLostShare({
      length: 1,
      node: Int32Array.of(1),
      array: Int32Array.of(100),
      isSpare: Uint8Array.of(0),
      byNumbers: Uint8Array.of(0),
    });
    expect(one([1])).toBeUndefined();
  });
});

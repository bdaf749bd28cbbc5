import { describe, expect, it } from 'vitest';
import type { DrawnObject } from '../../test/drawing/draw-go-memory.ts';
import { type DrawnVariable, drawHeaders } from '../../test/drawing/draw-headers.ts';
import { findLostElements } from './find-lost-elements.ts';
import { many, one, scalar } from './type-table.ts';

/** struct Batch { pending []*Row; last *Row }, *Row, Row { body *Body }. */
const batch = one(0);
const types = [
  { name: 'main.Batch', sizeBytes: 32, targets: [many(1), scalar, scalar, one(2)] },
  { name: '*main.Row', sizeBytes: 8, targets: [one(2)] },
  { name: 'main.Row', sizeBytes: 16, targets: [one(3)] },
  { name: 'main.Body', sizeBytes: 64, targets: [] },
];
const row = { bytes: 16 };
/** Four rows in an array; a test says what sees them. */
const rows = { slots: { bytes: 32, words: ['a', 'b', 'c', 'd'] }, a: row, b: row, c: row, d: row };

/** Each lost object, the array that keeps it, and whether an append of some slice would overwrite its slot. */
function lost(objects: Record<string, DrawnObject>, variables: readonly DrawnVariable[]): readonly string[] {
  const { sources, nameOf } = drawHeaders(types, { ...rows, ...objects }, variables);
  const found = findLostElements(sources);
  return Array.from(found.node, (node, i) =>
    [
      nameOf(node),
      'in',
      nameOf(found.array[i]!),
      found.isSpare[i] === 1 ? 'spare' : 'gone',
      found.byNumbers[i] === 1 ? 'by numbers' : '',
    ]
      .join(' ')
      .trim(),
  ).sort();
}

const held: readonly DrawnVariable[] = [{ to: 'batch', target: batch }];

describe('lost elements', () => {
  it('are behind the length of a slice that was cut: the next append overwrites them', () => {
    expect(lost({ batch: { bytes: 32, words: ['slots', 1, 4] } }, held)).toEqual([
      'b in slots spare',
      'c in slots spare',
      'd in slots spare',
    ]);
  });

  it('are before its beginning: no expression leads there any more', () => {
    expect(lost({ batch: { bytes: 32, words: ['slots+16', 2, 2] } }, held)).toEqual([
      'a in slots gone',
      'b in slots gone',
    ]);
  });

  it('are behind its capacity, with what only they hold', () => {
    const objects = {
      batch: { bytes: 32, words: ['slots', 3, 3] },
      d: { bytes: 16, words: ['body'] },
      body: { bytes: 64, noscan: true },
    };
    expect(lost(objects, held)).toEqual(['body in slots gone', 'd in slots gone']);
  });

  it('can still be had when a longer slice reaches them, whatever else keeps them', () => {
    const objects = {
      batch: { bytes: 32, words: ['slots+8', 1, 2, 0] },
      other: { bytes: 32, words: ['more', 1, 1, 0] },
      more: { bytes: 16, words: ['b', 'c'] },
    };
    expect(lost(objects, [...held, { to: 'other', target: batch }])).toEqual([
      'a in slots gone',
      'c in slots spare',
      'd in slots gone',
    ]);
  });
});

describe('where no types are known, elements are lost', () => {
  const unknown: readonly DrawnVariable[] = [{ to: 'batch' }];

  it('when the capacity behind the pointer fits the array, whose elements are all alike', () => {
    expect(lost({ batch: { bytes: 32, words: [7, 'slots', 1, 4] } }, unknown)).toEqual([
      'b in slots spare by numbers',
      'c in slots spare by numbers',
      'd in slots spare by numbers',
    ]);
  });

  it('all of them, when the slice was cut to nothing', () => {
    expect(lost({ batch: { bytes: 32, words: [7, 'slots', 0, 4] } }, unknown)).toHaveLength(4);
  });

  it('in an array of known type, to which an object of unknown type leads', () => {
    const objects = {
      batch: { bytes: 32, words: [7, 'slots', 1, 4] },
      known: { bytes: 32, words: ['slots', 2, 4, 0] },
    };
    expect(lost(objects, [{ to: 'known', target: batch }, ...unknown])).toEqual([
      'c in slots spare by numbers',
      'd in slots spare by numbers',
    ]);
    expect(
      lost({ ...objects, batch: { bytes: 32, words: [7, 'slots', 1, 2] } }, [
        { to: 'known', target: batch },
        ...unknown,
      ]),
    ).toEqual([]);
  });

  it('but not when it is an object of other make, which counters follow', () => {
    const object = { bytes: 32, words: ['a', 7, 'b', 'c'] };
    expect(lost({ batch: { bytes: 32, words: [7, 'slots', 1, 4] }, slots: object }, unknown)).toEqual([]);
    expect(lost({ batch: { bytes: 32, words: [7, 'slots', 1, 3] } }, unknown)).toEqual([]);
    expect(lost({ batch: { bytes: 32, words: [7, 'slots', 1, 1] } }, unknown)).toEqual([]);
  });

  it('but not while something else leads there without such numbers', () => {
    const objects = { batch: { bytes: 32, words: [7, 'slots', 1, 4] }, plain: { bytes: 16, words: ['slots', 'a'] } };
    expect(lost(objects, [...unknown, { to: 'plain' }])).toEqual([]);
  });
});

describe('elements are not lost', () => {
  it('that a slice shows: a ring buffer sees its whole array, stale slots too', () => {
    expect(lost({ batch: { bytes: 32, words: ['slots', 4, 4] } }, held)).toEqual([]);
  });

  it('that were taken from a free list and are in use', () => {
    const objects = { batch: { bytes: 32, words: ['slots', 3, 4, 'd'] } };
    expect(lost(objects, held)).toEqual([]);
  });

  it('that one of two slices over the array shows', () => {
    const objects = { batch: { bytes: 32, words: ['slots', 1, 4] }, whole: { bytes: 32, words: ['slots', 4, 4] } };
    expect(lost(objects, [...held, { to: 'whole', target: batch }])).toEqual([]);
  });

  it('that were set to nil before the slice was cut', () => {
    const objects = { batch: { bytes: 32, words: ['slots', 1, 4] }, slots: { bytes: 32, words: ['a', 0, 0, 0] } };
    expect(lost(objects, held)).toEqual([]);
  });

  it('while a function has the slice in a variable, whose length may be anywhere', () => {
    const objects = { batch: { bytes: 32, words: ['slots', 1, 4] } };
    expect(lost(objects, [...held, { to: 'slots', target: many(1), kind: 'goroutine' }])).toEqual([]);
  });

  it('while a word of unknown type leads to the array', () => {
    const objects = { batch: { bytes: 32, words: ['slots', 1, 4] }, unknown: { bytes: 8, words: ['slots'] } };
    expect(lost(objects, [...held, { to: 'unknown' }])).toEqual([]);
  });

  it('when the numbers behind the pointer are no length and capacity', () => {
    expect(lost({ batch: { bytes: 32, words: ['slots', 1, 5] } }, held)).toEqual([]);
    expect(lost({ batch: { bytes: 32, words: ['slots', 3, 2] } }, held)).toEqual([]);
  });

  it('when nothing leads to the array, which the collector will free', () => {
    expect(lost({ batch: { bytes: 32, words: ['slots', 1, 4] } }, [])).toEqual([]);
  });
});

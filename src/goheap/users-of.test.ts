import { describe, expect, it } from 'vitest';
import type { DrawnObject } from '../../test/drawing/draw-go-memory.ts';
import { type DrawnVariable, drawHeaders } from '../../test/drawing/draw-headers.ts';
import { slotOfAddress } from './object-index.ts';
import { many, one, scalar } from './type-table.ts';
import { usersOf } from './users-of.ts';

/** Mutex {state, sema uint32}, Guard { mu *Mutex }, Label { text *[8]byte }, Mask { bits []byte }. */
const [mutex, guard, label, mask] = [one(0), one(1), one(2), one(4)];
const types = [
  { name: 'sync.Mutex', sizeBytes: 8, targets: [] },
  { name: 'main.Guard', sizeBytes: 8, targets: [mutex] },
  { name: 'main.Label', sizeBytes: 8, targets: [one(3)] },
  { name: '[8]uint8', sizeBytes: 8, targets: [] },
  { name: 'main.Mask', sizeBytes: 24, targets: [many(5), scalar, scalar] },
  { name: 'uint8', sizeBytes: 1, targets: [] },
];
const block = { block: { bytes: 16, noscan: true } };

/** Who leads to a lock in the second half of the block; undefined when it lies in no block. */
function users(
  objects: Record<string, DrawnObject>,
  variables: readonly DrawnVariable[],
  of = 'block',
): readonly string[] | undefined {
  const { sources, nameOf } = drawHeaders(types, { ...block, ...objects }, variables);
  const { spans, index } = { spans: sources.image.spans, index: sources.index };
  const start = Array.from(spans.start).find((at, row) => {
    const slot = slotOfAddress(index, at);
    return slot >= 0 && spans.elementBytes[row] === (of === 'block' ? 16 : 64) && (spans.spanClass[row]! & 1) === 1;
  })!;
  const sema = start + 12;
  return usersOf(sources, [sema])
    .get(sema)
    ?.map((node) => (node < sources.walked.named ? sources.roots.named.name[node]! : nameOf(node)));
}

describe('who leads to a lock that shares its block', () => {
  it('is whoever points to the lock', () => {
    expect(users({ guard: { bytes: 8, words: ['block+8'] } }, [{ to: 'guard', target: guard }])).toEqual(['guard']);
  });

  it('is not who points to what lies beside it', () => {
    expect(users({ label: { bytes: 8, words: ['block'] } }, [{ to: 'label', target: label }])).toEqual([]);
    expect(users({}, [{ to: 'block', target: mutex }])).toEqual([]);
  });

  it('is a slice only as far as its capacity goes', () => {
    const held: readonly DrawnVariable[] = [{ to: 'mask', target: mask }];
    expect(users({ mask: { bytes: 24, words: ['block', 4, 4] } }, held)).toEqual([]);
    expect(users({ mask: { bytes: 24, words: ['block', 4, 16] } }, held)).toEqual(['mask']);
    expect(users({ mask: { bytes: 24, words: ['block', 4000, 4000] } }, held)).toEqual(['mask']);
  });

  it('is everybody whose type is not known, and every variable of a function', () => {
    expect(users({ some: { bytes: 8, words: ['block'] } }, [{ to: 'some' }])).toEqual(['some']);
    expect(users({}, [{ to: 'block' }])).toEqual(['main.block']);
    expect(users({}, [{ to: 'block', target: mutex, kind: 'goroutine' }])).toEqual(['main.block']);
  });

  it('is not asked of objects that hold one value', () => {
    const alone = { alone: { bytes: 64, noscan: true } };
    expect(users(alone, [{ to: 'alone' }, { to: 'block' }], 'alone')).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { drawMemory } from '../../test/drawing/draw-memory.ts';
import { bucketOfSpecial, readHeapBuckets } from './heap-buckets.ts';
import { layoutForVersion } from './layout-for-version.ts';

const list = 0x10000;
const cycleAddress = 0x10010;
const first = 0x11000;
const second = 0x12000;

interface Cycle {
  readonly allocs: number;
  readonly frees: number;
}

/** A bucket of objects of 64 bytes with two frames; `cycles` are active and the three of future. */
function draw(goVersion: string, cycles: readonly Cycle[], next = 0) {
  const memory = drawMemory();
  const layout = layoutForVersion(goVersion)!;
  const withBytes = layout.structs.memRecordCycle.allocBytes !== undefined;
  const record = cycles.flatMap(({ allocs, frees }) =>
    withBytes ? [allocs, frees, 64 * allocs, 64 * frees] : [allocs, frees],
  );
  memory.words(list, first);
  memory.words(first, 0, next, layout.constants.memProfile, 0, 64, 2, 0x401234, 0x401111, ...record);
  return { memory, layout };
}

const none = { allocs: 0, frees: 0 };
const counts = ({ memory, layout }: ReturnType<typeof draw>, mProfCycle?: number) => {
  const { allocated, allocatedBytes, freed, freedBytes } = readHeapBuckets(memory, layout, {
    mbuckets: list,
    mProfCycle,
  });
  return [allocated[0], allocatedBytes[0], freed[0], freedBytes[0]];
};

describe('buckets of the heap profile', () => {
  it.each(['go1.19.8', 'go1.26.8', 'go1.27.3'])('have sizes, stacks and what is published, in %s', (version) => {
    const drawn = draw(version, [{ allocs: 9, frees: 4 }, none, { allocs: 100, frees: 0 }, none]);
    const buckets = readHeapBuckets(drawn.memory, drawn.layout, { mbuckets: list });
    expect([buckets.length, buckets.sizeBytes[0], [...buckets.pc], buckets.broken]).toEqual([
      1,
      64,
      [0x401234, 0x401111],
      false,
    ]);
    expect(counts(drawn)).toEqual([9, 576, 4, 256]);
  });

  it('count the cycle that is over and was not added yet, as the runtime does when it is asked', () => {
    const drawn = draw('go1.26.8', [{ allocs: 9, frees: 4 }, none, { allocs: 3, frees: 1 }, none]);
    // Cycle 7 is index 1 of the three.
    drawn.memory.words(cycleAddress, 7 * 2);
    expect(counts(drawn, cycleAddress)).toEqual([12, 768, 5, 320]);
  });

  it('count everything in a program that never collected', () => {
    const drawn = draw('go1.26.8', [none, { allocs: 1, frees: 0 }, { allocs: 2, frees: 0 }, none]);
    expect(counts(drawn)).toEqual([3, 192, 0, 0]);
  });

  it('say when the list leads to something that is none', () => {
    const { memory, layout } = draw('go1.26.8', [{ allocs: 1, frees: 0 }, none, none, none], second);
    const buckets = readHeapBuckets(memory, layout, { mbuckets: list });
    expect([buckets.length, buckets.broken]).toEqual([1, true]);
  });

  it('are found from a sampled object', () => {
    const { memory, layout } = draw('go1.26.8', [{ allocs: 1, frees: 0 }, none, none, none]);
    memory.words(0x13000 + layout.structs.specialProfile.b, first);
    const rowOf = bucketOfSpecial(memory, layout, readHeapBuckets(memory, layout, { mbuckets: list }));
    expect([rowOf(0x13000), rowOf(0x14000), rowOf(0)]).toEqual([0, -1, -1]);
  });
});

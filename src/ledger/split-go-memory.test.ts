import { describe, expect, it } from 'vitest';
import type { MemoryStats } from '../model/memory-stats.ts';
import { chooseLiveSource, liveHeapBytes } from './live-heap.ts';
import { splitGoMemory } from './split-go-memory.ts';

const mib = 1024 * 1024;
const stats = (mibs: Partial<Record<keyof MemoryStats, number>>): MemoryStats =>
  ({
    ...Object.fromEntries(
      Object.entries({
        heapAllocBytes: 100,
        heapInuseBytes: 110,
        heapIdleBytes: 30,
        heapReleasedBytes: 10,
        stackInuseBytes: 5,
        stackSysBytes: 5,
        otherSysBytes: 8,
        nextGcBytes: 160,
        ...mibs,
      }).map(([name, value]) => [name, value! * (name === 'gcCycles' ? 1 : mib)]),
    ),
  }) as unknown as MemoryStats;
const arena = (rss: number, more: { lazy?: number; huge?: number } = {}) => ({
  rssBytes: rss * mib,
  lazyFreeBytes: (more.lazy ?? 0) * mib,
  hugePageBytes: (more.huge ?? 0) * mib,
});
const inMib = (split: object | undefined) =>
  Object.fromEntries(Object.entries(split ?? {}).map(([name, bytes]) => [name, Math.round((bytes / mib) * 10) / 10]));

describe('splitGoMemory', () => {
  it('gives each part its bytes when all pages are there', () => {
    expect(inMib(splitGoMemory(stats({}), 80 * mib, arena(135), 0, 6 * mib))).toEqual({
      liveBytes: 80,
      garbageBytes: 20,
      wasteBytes: 10,
      idleBytes: 20,
      stackBytes: 5,
      runtimeBytes: 6,
      untouchedBytes: 0,
      nativeBytes: 0,
      nativeDoubtBytes: 2,
      unexplainedBytes: 0,
      keptByKernelBytes: 0,
    });
  });

  it('calls native what the runtime did not ask for', () => {
    expect(inMib(splitGoMemory(stats({}), 80 * mib, arena(135), 0, 206 * mib))).toMatchObject({
      runtimeBytes: 8,
      nativeBytes: 198,
      nativeDoubtBytes: 0,
    });
  });

  it('names memory that was never written instead of claiming it', () => {
    const split = splitGoMemory(stats({ heapAllocBytes: 200, heapInuseBytes: 200 }), 200 * mib, arena(2.25), 0, 0)!;
    expect(inMib(split)).toMatchObject({ untouchedBytes: 222.8, unexplainedBytes: 0 });
    expect(split.liveBytes + split.garbageBytes + split.wasteBytes + split.idleBytes + split.stackBytes).toBe(
      2.25 * mib,
    );
  });

  it('admits pages in the arenas that nobody accounts for, after the room for work buffers', () => {
    expect(inMib(splitGoMemory(stats({}), 80 * mib, arena(150), 0, 6 * mib))).toMatchObject({
      runtimeBytes: 8,
      unexplainedBytes: 13,
    });
  });

  it('counts returned pages that huge pages or MADV_FREE keep as idle', () => {
    expect(inMib(splitGoMemory(stats({}), 80 * mib, arena(150, { huge: 100 }), 0, 6 * mib))).toMatchObject({
      idleBytes: 30,
      keptByKernelBytes: 10,
      unexplainedBytes: 3,
    });
    expect(inMib(splitGoMemory(stats({}), 80 * mib, arena(145, { lazy: 10 }), 0, 8 * mib))).toMatchObject({
      idleBytes: 30,
      keptByKernelBytes: 10,
      unexplainedBytes: 0,
    });
  });

  it('does not split by half of the numbers', () => {
    expect(splitGoMemory({ ...stats({}), heapIdleBytes: undefined }, 1, arena(1), 0, 0)).toBeUndefined();
  });
});

describe('the live heap', () => {
  const look = (memory: MemoryStats | undefined, profiledMib?: number) => ({
    atMs: 0,
    regions: [],
    totals: undefined,
    process: {} as never,
    pageTableBytes: undefined,
    cgroup: undefined,
    memory,
    profiledLiveBytes: profiledMib === undefined ? undefined : profiledMib * mib,
  });

  it('follows from the next goal of the collector', () => {
    const looks = [look(stats({ stackInuseBytes: 0 }), 82), look(stats({ stackInuseBytes: 0 }))];
    expect(chooseLiveSource(looks, 100)).toBe('next-gc-goal');
    expect(liveHeapBytes(looks[0]!, 'next-gc-goal', 100)).toBe(80 * mib);
    expect(liveHeapBytes(looks[0]!, 'next-gc-goal', 300)).toBe(40 * mib);
    expect(liveHeapBytes(look(stats({ nextGcBytes: 900, stackInuseBytes: 0 })), 'next-gc-goal', 100)).toBe(100 * mib);
  });

  it.each([
    ['a goal that a limit lowers', stats({ nextGcBytes: 100, stackInuseBytes: 0 }), 100 as const],
    ['GOGC=off', stats({ nextGcBytes: 2 ** 31 }), 'off' as const],
    ['GOGC off by the program', stats({ nextGcBytes: 2 ** 31 }), 100 as const],
    ['stacks larger than the heap', stats({ stackInuseBytes: 200 }), 100 as const],
  ])('is taken from the profile with %s', (_, memory, gcPercent) => {
    expect(chooseLiveSource([look(memory, 98)], gcPercent)).toBe('heap-profile');
    expect(chooseLiveSource([look(memory, 98), look(memory)], gcPercent)).toBeUndefined();
  });

  it('is unknown before the first collection, and by the profile before the third', () => {
    expect(chooseLiveSource([look(stats({ gcCycles: 2, nextGcBytes: 2 ** 31 }), 1)], 100)).toBeUndefined();
    expect(chooseLiveSource([look(stats({ gcCycles: 0 }), 1)], 100)).toBeUndefined();
    expect(chooseLiveSource([look(undefined)], 100)).toBeUndefined();
  });
});

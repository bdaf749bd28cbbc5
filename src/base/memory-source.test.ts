import { describe, expect, it } from 'vitest';
import { firstMemoryOf, memoryOfRanges, readExactly, wordReaderOf } from './memory-source.ts';

const range = (start: number, ...bytes: number[]) => ({ start, bytes: Uint8Array.from(bytes) });

describe('memory by address', () => {
  it('reads across ranges that touch, and stops where there is a hole', () => {
    const memory = memoryOfRanges([range(104, 5, 6), range(100, 1, 2, 3, 4), range(200, 9)]);
    expect([...readExactly(memory, 102, 4)!]).toEqual([3, 4, 5, 6]);
    expect(readExactly(memory, 104, 4)).toBeUndefined();
    expect(memory.readInto(104, new Uint8Array(4))).toBe(2);
    expect(memory.readInto(99, new Uint8Array(4))).toBe(0);
  });

  it('takes from the first memory what it has at the address, and the rest from the next', () => {
    const memory = firstMemoryOf([memoryOfRanges([range(100, 1, 2)]), memoryOfRanges([range(98, 7, 7, 7, 7, 7, 7)])]);
    expect([...readExactly(memory, 100, 4)!]).toEqual([1, 2, 7, 7]);
    expect(readExactly(memory, 102, 4)).toBeUndefined();
  });

  it('knows words above 2^53 for no addresses, and remembers that something was missing', () => {
    const reader = wordReaderOf(
      memoryOfRanges([range(0x1000, 0x10, 0, 0, 0, 0xc0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255)]),
    );
    expect(reader.word(0x1000)).toBe(0xc000000010);
    expect(reader.word(0x1008)).toBeNaN();
    expect(reader.int32(0x1008)).toBe(-1);
    expect(reader.took()).toBe(true);
    expect(reader.word(0x2000)).toBe(0);
    expect([reader.took(), reader.took()]).toEqual([false, true]);
  });
});

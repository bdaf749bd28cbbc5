import { describe, expect, it } from 'vitest';
import { partByNumbers } from './part-by-numbers.ts';

/** What a pointer to the start of a slot of 9472 bytes is, with these numbers behind it. */
function read(length: number, capacity: number, room = 9472): string {
  const part = partByNumbers(9472, room, length, capacity);
  return part === undefined ? 'no reading' : `${part.kind} of ${part.elementBytes}`;
}

describe('numbers behind a pointer', () => {
  it('are length and capacity of a slice when the capacity reaches the end of the slot', () => {
    expect(read(20, 9000)).toBe('slice of 1');
    expect(read(1, 2250)).toBe('slice of 4');
    expect(read(0, 9000)).toBe('slice of 1');
    expect(read(3, 9472 / 64)).toBe('slice of 64');
    expect(read(100, 8900, 8972)).toBe('slice of 1');
  });

  it('are the length of a string when the second is a pointer, or no capacity', () => {
    expect(read(29, -1)).toBe('string of 1');
    expect(read(29, 7)).toBe('string of 1');
    expect(read(29, 0x1000_0000_0000)).toBe('string of 1');
  });

  it('are neither when the capacity fits only a few large elements, as counters do', () => {
    expect(read(4, 12)).toBe('no reading');
    expect(read(20, 20)).toBe('no reading');
  });

  it('are neither when nothing is there, or more than the slot has', () => {
    expect(read(0, -1)).toBe('no reading');
    expect(read(0, 0)).toBe('no reading');
    expect(read(9473, -1)).toBe('no reading');
    expect(read(Number.NaN, 9000)).toBe('no reading');
  });
});

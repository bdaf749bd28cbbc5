import { describe, expect, it } from 'vitest';
import { type MemorySource, memoryOfRanges } from '../base/memory-source.ts';
import type { GoModule } from './module-data.ts';
import { rememberConstants } from './remember-constants.ts';

const blockBytes = 16 * 1024;

/** Types from 1 to 3 blocks, code from 8 to 9; counts the reads that go through. */
function program(bytes = new Uint8Array(16 * blockBytes).map((_, i) => i * 7)) {
  let reads = 0;
  const ranges = memoryOfRanges([{ start: 0, bytes }]);
  const memory: MemorySource = {
    readInto(address, into) {
      reads++;
      return ranges.readInto(address, into);
    },
  };
  const module = { types: blockBytes, etypes: 3 * blockBytes, text: 8 * blockBytes, etext: 9 * blockBytes } as GoModule;
  const remembered = rememberConstants(memory, [module]);
  const read = (address: number, length: number): Uint8Array | string => {
    const into = new Uint8Array(length);
    const count = remembered.readInto(address, into);
    return count === length ? into : `${count} of ${length}`;
  };
  return { bytes, read, reads: () => reads };
}

describe('constants of a program', () => {
  it('are read once, in blocks, and across their borders', () => {
    const { bytes, read, reads } = program();
    for (const at of [blockBytes, blockBytes + 8, 2 * blockBytes - 12, 3 * blockBytes - 24]) {
      expect(read(at, 24)).toEqual(bytes.slice(at, at + 24));
    }
    expect(reads()).toBe(2);
  });

  it('are not what changes: that is read each time', () => {
    const { bytes, read, reads } = program();
    const at = 5 * blockBytes;
    expect(read(at, 8)).toEqual(bytes.slice(at, at + 8));
    bytes[at] = 99;
    expect((read(at, 8) as Uint8Array)[0]).toBe(99);
    expect(reads()).toBe(2);
  });

  it('end where the memory ends', () => {
    const { read } = program(new Uint8Array(2.5 * blockBytes));
    expect(read(2.5 * blockBytes - 8, 16)).toBe('8 of 16');
  });
});

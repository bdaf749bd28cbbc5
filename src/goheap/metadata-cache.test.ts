import { describe, expect, it } from 'vitest';
import { type MemorySource, memoryOfRanges } from '../base/memory-source.ts';
import { createMetadataCache } from './metadata-cache.ts';

const chunk = 65_536;

/** Two chunks from 0x100000 on; each byte says which chunk it is in. Counts how often memory is asked. */
function drawMemory(): { memory: MemorySource; bytes: Uint8Array; reads: () => number } {
  const bytes = new Uint8Array(2 * chunk).map((_, at) => (at < chunk ? 1 : 2));
  const inner = memoryOfRanges([{ start: 0x100000, bytes }]);
  let count = 0;
  return {
    bytes,
    reads: () => count,
    memory: {
      readInto(address, into) {
        count++;
        return inner.readInto(address, into);
      },
    },
  };
}

describe('metadata cache', () => {
  it('reads a chunk once and gives records out of it', () => {
    const { memory, reads } = drawMemory();
    const cache = createMetadataCache(memory);
    expect(cache.bytes()[cache.locate(0x100010, 8)]).toBe(1);
    cache.locate(0x100020, 160);
    expect(reads()).toBe(1);
  });

  it('puts a record together that lies across two chunks, whatever the order of reading was', () => {
    const { memory } = drawMemory();
    const cache = createMetadataCache(memory);
    cache.locate(0x100000 + chunk, 8);
    const at = cache.locate(0x100000 + chunk - 2, 4);
    expect([...cache.bytes().subarray(at, at + 4)]).toEqual([1, 1, 2, 2]);
    const into = new Uint8Array(4);
    expect(cache.readInto(0x100000 + chunk - 2, into)).toBe(4);
    expect([...into]).toEqual([1, 1, 2, 2]);
  });

  it('sees what changed only after it is refreshed', () => {
    const { memory, bytes } = drawMemory();
    const cache = createMetadataCache(memory);
    cache.locate(0x100000, 8);
    bytes[0] = 42;
    expect(cache.bytes()[cache.locate(0x100000, 8)]).toBe(1);
    cache.refresh();
    expect(cache.bytes()[cache.locate(0x100000, 8)]).toBe(42);
  });

  it('learns nothing new once it is frozen', () => {
    const { memory } = drawMemory();
    const cache = createMetadataCache(memory);
    cache.locate(0x100000, 8);
    cache.freeze();
    expect(cache.locate(0x100000 + chunk, 8)).toBe(-1);
    expect(cache.readInto(0x100000 + chunk - 4, new Uint8Array(8))).toBe(4);
  });

  it('takes memory that is not there for zeros, and no address for none', () => {
    const { memory } = drawMemory();
    const cache = createMetadataCache(memory);
    expect(cache.bytes()[cache.locate(0x900000, 8)]).toBe(0);
    expect([cache.locate(0, 8), cache.locate(Number.NaN, 8), cache.locate(2 ** 60, 8)]).toEqual([-1, -1, -1]);
  });
});

// A source of memory as the decoders of goheap read it: whole ranges or nothing.
import type { MemorySource } from '../base/memory-source.ts';
import type { Memory } from './memory.ts';

/** A length from damaged memory must not become an allocation. */
const mostReadBytes = 256 * 1024 * 1024;

export function memoryOf(source: MemorySource): Memory {
  return {
    read(address, length) {
      if (!(address >= 0) || !(length >= 0 && length <= mostReadBytes)) return undefined;
      const bytes = new Uint8Array(length);
      return source.readInto(address, bytes) === length ? bytes : undefined;
    },
  };
}

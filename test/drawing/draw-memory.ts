// Memory of a program, drawn as words at addresses.
import type { Memory } from '../../src/goheap/memory.ts';

export interface DrawnMemory extends Memory {
  /** Words of 8 bytes behind each other, from an address on. */
  words(address: number, ...values: readonly number[]): void;
  bytes(address: number, values: Uint8Array | readonly number[]): void;
}

const start = 0x10000;

/** 64 KiB from 0x10000 on, all zero. */
export function drawMemory(): DrawnMemory {
  const all = new Uint8Array(1 << 16);
  const view = new DataView(all.buffer);
  return {
    words(address, ...values) {
      for (const [i, value] of values.entries()) view.setBigUint64(address - start + 8 * i, BigInt(value), true);
    },
    bytes: (address, values) => all.set(values, address - start),
    read: (address, length) =>
      address >= start && length >= 0 && address + length <= start + all.length
        ? all.slice(address - start, address - start + length)
        : undefined,
  };
}

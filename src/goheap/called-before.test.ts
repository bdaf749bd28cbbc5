import { describe, expect, it } from 'vitest';
import { calledBefore } from './called-before.ts';
import type { Memory } from './memory.ts';

/** Code at 0x401000; the return address is behind it. */
function called(...code: readonly number[]): number | undefined {
  const memory: Memory = {
    read: (address, length) =>
      address >= 0x401000 && address + length <= 0x401000 + code.length
        ? Uint8Array.from(code.slice(address - 0x401000, address - 0x401000 + length))
        : undefined,
  };
  return calledBefore(memory, 0x401000 + code.length);
}

describe('calledBefore', () => {
  it('is what a direct call goes to, forward and back', () => {
    expect(called(0x90, 0xe8, 0x10, 0, 0, 0)).toBe(0x401016);
    expect(called(0xe8, 0xf0, 0xff, 0xff, 0xff)).toBe(0x400ff5);
  });

  it('is not known of a call through a register', () => {
    expect(called(0x90, 0x90, 0x90, 0xff, 0xd0)).toBeUndefined();
  });

  it('is not known where no code can be read', () => {
    expect(called(0xe8, 0x10)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { findCodeReferences } from './code-references.ts';
import type { Memory } from './memory.ts';
import type { GoModule } from './module-data.ts';
import { createUsedBy } from './used-by.ts';

const text = 0x401000;
const data = 0x500000;
const bss = 0x501000;

/** An instruction at `at` bytes into the code: its bytes up to the offset, what it refers to, bytes behind the offset. */
type Drawn = readonly [at: number, head: readonly number[], target: number, tail?: readonly number[]];

function assemble(length: number, instructions: readonly Drawn[]): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x90);
  for (const [at, head, target, tail = []] of instructions) {
    const next = text + at + head.length + 4 + tail.length;
    const offset = new Uint8Array(new Int32Array([target - next]).buffer);
    bytes.set([...head, ...offset, ...tail], at);
  }
  return bytes;
}

const load = [0x48, 0x8b, 0x05];
const leaRax = [0x48, 0x8d, 0x05];
const compareByte = [0x80, 0x3d];
const storeImmediate = [0x48, 0xc7, 0x05];

describe('references from code to variables', () => {
  it('counts from behind the instruction, whatever operands follow', () => {
    const code = assemble(64, [
      [0, load, bss + 8],
      [16, compareByte, bss + 16, [0]],
      [32, storeImmediate, bss + 24, [1, 0, 0, 0]],
      [48, leaRax, bss + 64],
    ]);
    const { target, takesAddress } = findCodeReferences({ bytes: code, address: text }, data, bss + 4096);
    expect([...target].map((address) => address - bss)).toEqual([8, 16, 24, 64]);
    expect([...takesAddress]).toEqual([0, 0, 0, 1]);
  });

  it('leaves out what does not lead into data', () => {
    const code = assemble(32, [
      [0, load, text + 5],
      [16, load, bss + 8192],
    ]);
    expect(findCodeReferences({ bytes: code, address: text }, data, bss + 4096).length).toBe(0);
  });
});

describe('variables without names', () => {
  const code = assemble(128, [
    [0, load, bss + 8],
    [32, leaRax, bss + 0x40],
    [64, load, bss + 8],
    [96, load, data + 16],
  ]);
  const memory: Memory = {
    read: (address, length) =>
      address >= text && address + length <= text + code.length
        ? code.subarray(address - text, address - text + length)
        : undefined,
  };
  const module = { text, etext: text + code.length, data, edata: data + 64, bss, ebss: bss + 4096, end: bss + 4096 };
  const { variableAt } = createUsedBy({
    memory,
    module: module as GoModule,
    functionName: (pc) => ['runtime.park', 'main.fill', 'main.init', ''][(pc - text) >> 5]!,
  });

  it('are named by where they are and who uses them, the program first', () => {
    expect(variableAt(bss + 8)).toEqual({ name: 'bss+0x8 used by main.init, runtime.park', address: bss + 8 });
  });

  it('reach from where code takes their address', () => {
    expect(variableAt(bss + 0x100)).toEqual({ name: 'bss+0x40 used by main.fill', address: bss + 0x40 });
    // What is loaded is one word; the next has nothing to do with it.
    expect(variableAt(bss + 16)).toBeUndefined();
    // Nor is code that has no name worth naming.
    expect(variableAt(data + 16)).toBeUndefined();
  });
});

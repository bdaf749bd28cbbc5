import { expect, it } from 'vitest';
import { byteSourceOf } from '../../base/byte-source.ts';
import type { Elf, ElfSection } from '../elf/read-elf.ts';
import { readElfSymbols, symbolAddresses, symbolAt } from './elf-symbols.ts';

const section = (name: string, offset: number, bytes: number): ElfSection => ({
  name,
  type: 0,
  flags: 0,
  address: 0,
  offset,
  bytes,
});
const elf: Elf = {
  machine: 'amd64',
  littleEndian: true,
  positionIndependent: true,
  segments: [],
  sections: [section('.dynsym', 0, 72), section('.dynstr', 72, 64)],
};

/** malloc at 0x1000 (32 bytes), free undefined, a variable named data at 0x2000. */
function draw(): Uint8Array {
  const bytes = new Uint8Array(136);
  const view = new DataView(bytes.buffer);
  const symbol = (row: number, name: number, type: number, home: number, address: number, size: number): void => {
    view.setUint32(row * 24, name, true);
    bytes[row * 24 + 4] = 0x10 | type;
    view.setUint16(row * 24 + 6, home, true);
    view.setBigUint64(row * 24 + 8, BigInt(address), true);
    view.setBigUint64(row * 24 + 16, BigInt(size), true);
  };
  symbol(0, 1, 2, 12, 0x1000, 32);
  symbol(1, 22, 2, 0, 0, 0);
  symbol(2, 27, 1, 12, 0x2000, 8);
  new TextEncoder().encodeInto('\0malloc@@GLIBC_2.2.5\0\0free\0data\0', bytes.subarray(72));
  return bytes;
}

it('reads functions that are defined, without their versions', async () => {
  const symbols = await readElfSymbols(byteSourceOf(draw()), elf);
  expect(symbols.names).toEqual(['malloc']);
  expect(symbolAddresses(symbols, ['malloc', 'free'])).toEqual(new Map([['malloc', 0x1000]]));
  expect([0xfff, 0x1000, 0x101f, 0x1020].map((at) => symbolAt(symbols, at))).toEqual([
    undefined,
    'malloc',
    'malloc',
    undefined,
  ]);
});

it('takes what there is of a table that was cut', async () => {
  for (let length = 0; length < 136; length++) {
    const symbols = await readElfSymbols(byteSourceOf(draw().subarray(0, length)), elf);
    expect(symbols.names.length).toBeLessThanOrEqual(1);
  }
});

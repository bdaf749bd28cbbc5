import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { RegionKind } from '../classify-regions.ts';
import type { KnownRegion } from './find-pointers.ts';
import { findStrings, shapeOf } from './find-strings.ts';
import { readContents } from './read-contents.ts';

const page = 4096;
const piece = (bytes: Uint8Array, address = 0x7f00_0000_0000) => ({ address, bytes });

function known(kind: RegionKind, name: string, startAddress: number, bytes: number, inode = 0): KnownRegion {
  return {
    kind,
    region: {
      startAddress,
      endAddress: startAddress + bytes,
      permissions: 'rw-p',
      inode,
      name,
      rssBytes: bytes,
      anonymousBytes: bytes,
      swapBytes: 0,
      lazyFreeBytes: 0,
      hugePageBytes: 0,
      hugetlbBytes: 0,
      noReserve: false,
    },
  };
}

/** Records of `bytes` each, the words of `record` at their beginnings, then a counter. */
function records(bytes: number, count: number, ...record: number[]): Uint8Array {
  const memory = new Uint8Array(Math.ceil((bytes * count) / page) * page);
  const view = new DataView(memory.buffer);
  for (let at = 0; at < count; at++) {
    for (const [index, word] of record.entries()) view.setBigUint64(at * bytes + index * 8, BigInt(word), true);
    view.setBigUint64(at * bytes + record.length * 8, BigInt(at + 1), true);
  }
  return memory;
}

describe('readContents', () => {
  it('tells zeros, noise, text and repetition', () => {
    const text = Buffer.from('GET /api/v1/users/4711 HTTP/1.1\r\n'.repeat(1000)).subarray(0, 8 * page - page);
    expect(readContents([], []).kind).toBe('nothing-read');
    expect(readContents([piece(new Uint8Array(8 * page))], []).kind).toBe('zero');
    const noise = readContents([piece(randomBytes(8 * page))], []);
    expect(noise).toMatchObject({ kind: 'compressed-or-encrypted', bytes: { denseShare: 1, zeroShare: 0 } });
    expect(noise.bytes.entropyBitsPerByte).toBeGreaterThan(7.9);
    expect(readContents([piece(text)], [])).toMatchObject({ kind: 'text' });
    const block = randomBytes(page).map((byte) => byte & 0x0f);
    expect(readContents([piece(Buffer.concat([block, block, block]))], []).kind).toBe('repeated');
  });

  it('finds what records point to, and how large they are', () => {
    const heap = 0x5500_0000_0000;
    const library = 0x7f11_0000_0000;
    const regions = [
      known('brk', '[heap]', heap, 1 << 20),
      known('exe-and-libraries', '/lib/libimage.so', library, 1 << 20, 9),
    ];
    const contents = readContents([piece(records(96, 500, library + 0x1230, heap + 64))], regions);
    expect(contents.kind).toBe('linked-structures');
    expect(contents.pointers.record).toEqual({ bytes: 96, count: 499 });
    expect(contents.pointers.intoImages).toEqual([
      { address: library + 0x1230, name: '/lib/libimage.so', offset: 0x1230, count: 500 },
    ]);
    expect(contents.pointers.targets.map(({ name, count }) => [name, count])).toEqual([
      ['/lib/libimage.so', 500],
      ['[heap]', 500],
    ]);
  });

  it('finds records without pointers', () => {
    expect(readContents([piece(records(1040, 100, 0x411))], [])).toMatchObject({
      kind: 'records',
      pointers: { record: { bytes: 1040, count: 99 }, pointerShare: 0 },
    });
  });

  it('takes pieces of any length', () => {
    for (const bytes of [1, 7, 8, 9, page - 1, page + 1, 3 * page + 5])
      expect(readContents([piece(randomBytes(bytes))], []).bytes.bytes).toBe(bytes);
  });

  it('knows formats by their beginning', () => {
    const memory = new Uint8Array(page);
    for (const at of [64, 1024, 2048]) memory.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], at);
    expect(readContents([piece(memory)], []).marks).toEqual([{ format: 'PNG', count: 3 }]);
  });
});

describe('findStrings', () => {
  it('sums up strings by their text and by their shape', () => {
    const memory = Buffer.from(`\0user-000017\0\0user-000018\0user-000017\0\x01ab\0${'x'.repeat(3)}\0`);
    const found = findStrings([piece(memory)]);
    expect(found.count).toBe(3);
    expect(found.textShare).toBeCloseTo(33 / memory.length);
    expect(found.byShape).toEqual([{ shape: 'a{4}-9{6}', example: 'user-000017', count: 3, bytes: 33 }]);
    expect(found.byText[0]).toMatchObject({ example: 'user-000017', count: 2 });
  });

  it('gives shapes that tell no text', () => {
    expect(shapeOf('https://db1.example.com/?q=7')).toBe('a{5}://a{2}9.a{7}.a{3}/?a=9');
  });
});

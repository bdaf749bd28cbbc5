import { describe, expect, it } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeSnapshot, encodeSnapshot, type HeapSnapshot } from './snapshot-format.ts';

const drawn: HeapSnapshot = {
  facts: {
    loadBias: 0,
    takenAtMs: 1_700_000_000_000,
    pauseMs: 12.5,
    stopped: 'signal',
    nowNs: 123,
    addresses: { mheap_: 0x5a0000, firstmoduledata: 0x590000, allgs: 0x5a1000, allp: 0x5a1018 },
    threads: [{ tid: 7, sp: 0x7000, pc: 0x401000 }],
    movedOn: [0xc000001000],
    fileBytes: 4,
  },
  parts: [
    { of: 'memory', start: 0xc000000000, bytes: Uint8Array.from([1, 2, 3]) },
    { of: 'file', start: 0, bytes: Uint8Array.from([127, 69, 76, 70]) },
  ],
};

const plain = ({ facts, parts }: HeapSnapshot) => ({
  facts,
  parts: parts.map((one) => ({ ...one, bytes: [...one.bytes] })),
});

describe('heap snapshot', () => {
  it('gives back what was saved', () => {
    expect(plain(decodeSnapshot(encodeSnapshot(drawn)))).toEqual(plain(drawn));
  });

  it('knows other files by their first bytes', () => {
    expect(() => decodeSnapshot(new TextEncoder().encode('PK\u0003\u0004 something else'))).toThrow(
      /expected a heap snapshot of leakline at byte 0/,
    );
  });

  it('answers cuts and flipped bits with an error or other bytes, never with a crash', () => {
    const whole = encodeSnapshot(drawn);
    for (let at = 0; at < whole.length; at++) {
      expect(() => decodeSnapshot(whole.subarray(0, at))).toThrow(DecodeError);
      for (const bit of [1, 8, 128]) {
        const bytes = whole.slice();
        bytes[at]! ^= bit;
        try {
          decodeSnapshot(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }
  });
});

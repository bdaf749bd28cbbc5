import { describe, expect, it } from 'vitest';
import { byteSourceOf } from '../../base/byte-source.ts';
import { DecodeError } from '../../base/errors.ts';
import { goFramesAt } from './go-frames.ts';
import { addressOfFunction, buildPclntab, functionRowAt, readPclntabHeader } from './pclntab.ts';

const text = 0x401000;

/**
 * A table of Go 1.20 as the linker lays it out: main.outer at 0 (lines 10 and 11, the second inlined from main.inner) and
 * main.last at 32. Offsets of the parts are chosen by hand: names 72, units 128, files 144, pc tables 176, functions 208.
 */
function drawTable(): Uint8Array {
  const bytes = new Uint8Array(400);
  const view = new DataView(bytes.buffer);
  const put = (at: number, ...values: readonly number[]): void => {
    for (const [i, value] of values.entries()) view.setUint32(at + 4 * i, value, true);
  };
  const word = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  const ascii = (at: number, value: string): void => void new TextEncoder().encodeInto(value, bytes.subarray(at));
  put(0, 0xfffffff1);
  bytes.set([0, 0, 1, 8], 4);
  for (const [i, value] of [2, 1, 0, 72, 128, 144, 176, 208].entries()) word(8 + 8 * i, value);
  ascii(72, '\0main.outer\0main.inner\0main.last\0');
  put(128, 0);
  ascii(144, 'main.go\0');
  // (value delta zig-zag, pc delta): file 0 for 64 bytes; line 10 for 16, 11 for 16; inlined call none for 16, 0 for 16.
  bytes.set([0, 2, 64, 0], 176);
  bytes.set([22, 16, 2, 16, 0], 184);
  bytes.set([0, 16, 2, 16, 0], 192);
  put(208, 0, 40, 32, 120, 64);
  // entryOff nameOff args deferreturn pcsp pcfile pcln npcdata cuOffset startLine funcID nfuncdata pcdata×3 funcdata×4
  put(248, 0, 1, 0, 0, 0, 1, 8, 3, 0, 9, 0x04000000, 0, 0, 16, 0xffffffff, 0xffffffff, 0xffffffff, 0);
  put(328, 32, 23, 0, 0, 0, 1, 8, 0, 0, 20, 0);
  return bytes;
}

/** funcID, nameOff, parentPc, startLine of the one inlined call: main.inner, called at offset 4. */
const trees = byteSourceOf(Uint8Array.from([0, 0, 0, 0, 12, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0]));

const tableOf = (bytes: Uint8Array) => buildPclntab(readPclntabHeader(bytes), bytes, text);

describe('pclntab', () => {
  it('names the function, the file and the line of an address', async () => {
    const table = tableOf(drawTable());
    expect(await goFramesAt({ table, inlineTrees: undefined }, text + 3)).toEqual([
      { functionName: 'main.outer', file: 'main.go', line: 10 },
    ]);
    expect(addressOfFunction(table, 'main.last')).toBe(text + 32);
    expect(addressOfFunction(table, 'main.las')).toBeUndefined();
  });

  it('puts an inlined call in front of the function that it was inlined into', async () => {
    const symbols = { table: tableOf(drawTable()), inlineTrees: { source: trees, fileOffset: 0 } };
    expect(await goFramesAt(symbols, text + 20)).toEqual([
      { functionName: 'main.inner', file: 'main.go', line: 11 },
      { functionName: 'main.outer', file: 'main.go', line: 10 },
    ]);
  });

  it('knows what is not Go code', () => {
    const table = tableOf(drawTable());
    expect([text - 1, text, text + 31, text + 32, text + 63, text + 64].map((at) => functionRowAt(table, at))).toEqual([
      -1, 0, 0, 1, 1, -1,
    ]);
  });

  it('answers damage with an error or with other names, never with a crash', async () => {
    const whole = drawTable();
    for (let at = 0; at < whole.length; at++) {
      for (const bit of [1, 16, 128]) {
        const bytes = whole.slice();
        bytes[at]! ^= bit;
        try {
          await goFramesAt({ table: tableOf(bytes), inlineTrees: { source: trees, fileOffset: 0 } }, text + 20);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
      expect(() => tableOf(whole.slice(0, Math.min(at, 227)))).toThrow(DecodeError);
    }
  });
});

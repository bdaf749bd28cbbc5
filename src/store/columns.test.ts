import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DecodeError } from '../base/errors.ts';
import { decodeColumn, encodeColumn } from './columns.ts';
import { packColumns, unpackColumn } from './pack-columns.ts';

const roundTrip = (values: readonly number[]): readonly number[] => [
  ...decodeColumn(encodeColumn(Float64Array.from(values)), values.length),
];

describe('columns of numbers', () => {
  it('come back exactly, whatever double they hold', () => {
    const number = fc.oneof(
      fc.integer(),
      fc.maxSafeInteger(),
      fc.double(),
      fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 51, -(2 ** 51), 2 ** 53, 1e300),
    );
    // Runs of equal values, as counters have them.
    const column = fc
      .array(fc.tuple(number, fc.integer({ min: 1, max: 40 })), { maxLength: 60 })
      .map((runs) => runs.flatMap(([value, times]) => Array<number>(times).fill(value)));
    fc.assert(fc.property(column, (values) => roundTrip(values).every((value, row) => Object.is(value, values[row]))));
    fc.assert(fc.property(column, (values) => roundTrip(values).length === values.length));
  });

  it('take little room when little changes', () => {
    const growing = Float64Array.from({ length: 256 }, (_, row) => 5_000_000 + Math.floor(row / 8) * 4096);
    expect(encodeColumn(growing).length).toBeLessThan(256);
    expect(encodeColumn(new Float64Array(256).fill(123456)).length).toBe(9);
    expect(encodeColumn(new Float64Array(256).fill(Number.NaN)).length).toBe(9);
  });

  it('of other bytes are an error with an offset, and never more memory than asked for', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 0, max: 300 }), (bytes, length) => {
        try {
          expect(decodeColumn(bytes, length)).toHaveLength(length);
          unpackColumn(bytes, 0, length);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }),
    );
  });

  it('that were cut or lengthened are an error', () => {
    const bytes = encodeColumn(Float64Array.from([1, 5, 5, 5, 9]));
    expect(() => decodeColumn(bytes.subarray(0, -1), 5)).toThrow(DecodeError);
    expect(() => decodeColumn(bytes, 4)).toThrow(DecodeError);
    expect(() => decodeColumn(bytes, 6)).toThrow(DecodeError);
  });

  it('lie side by side, each to be read alone', () => {
    const columns = [
      [1, 2, 3],
      [Number.NaN, 7, Number.NaN],
      [0.5, 0.25, 0],
    ].map((column) => Float64Array.from(column));
    const pack = packColumns(columns);
    for (const [row, column] of columns.entries()) expect(unpackColumn(pack, row, 3)).toEqual(column);
    expect(() => unpackColumn(pack, 3, 3)).toThrow(DecodeError);
  });
});

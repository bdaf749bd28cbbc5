// Several columns of one length in one piece, each of which can be read without the others:
// u32 count, count + 1 u32 offsets from the end of the offsets, then the encoded columns. Little endian.
import { DecodeError } from '../base/errors.ts';
import { decodeColumn, encodeColumn } from './columns.ts';

export function packColumns(columns: readonly Float64Array[]): Uint8Array {
  const encoded = columns.map(encodeColumn);
  const headBytes = 4 * (columns.length + 2);
  const bytes = new Uint8Array(encoded.reduce((total, column) => total + column.length, headBytes));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, columns.length, true);
  let at = 0;
  for (const [row, column] of encoded.entries()) {
    view.setUint32(4 + 4 * row, at, true);
    bytes.set(column, headBytes + at);
    at += column.length;
  }
  view.setUint32(4 + 4 * columns.length, at, true);
  return bytes;
}

/** Column `row` of a pack, `length` values. Throws DecodeError. */
export function unpackColumn(pack: Uint8Array, row: number, length: number): Float64Array {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const count = pack.length >= 8 ? view.getUint32(0, true) : 0;
  const headBytes = 4 * (count + 2);
  if (row >= count || headBytes > pack.length) throw broken(0, `a pack with column ${row}`);
  const start = headBytes + view.getUint32(4 + 4 * row, true);
  const end = headBytes + view.getUint32(8 + 4 * row, true);
  if (start > end || end > pack.length) throw broken(4 + 4 * row, 'a column within the pack');
  return decodeColumn(pack.subarray(start, end), length);
}

const broken = (offset: number, expected: string): DecodeError =>
  new DecodeError('columns of a store', offset, expected, { advice: 'The store is damaged: copy it again.' });

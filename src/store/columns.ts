// One column of numbers over time ↔ few bytes. Counters and sizes change little from one capture to the next, often not at
// all, so whole numbers are kept as differences with runs of "no change"; anything else as it is. NaN = not captured.
//
//   byte 0        then
//   0 constant    float64 LE, n times
//   1 whole       varints of zigzag differences; a difference of 0 is followed by how many more 0 come after it
//   2 any         n float64 LE
//   3 with holes  a bitmap of n bits (1 = captured), then a column of the captured values
import { DecodeError } from '../base/errors.ts';

const constant = 0;
const whole = 1;
const any = 2;
const withHoles = 3;
/** Differences of such numbers, doubled by zigzag, are still exact in a double. */
const largestWhole = 2 ** 51;

export function encodeColumn(values: Float64Array): Uint8Array {
  const { length } = values;
  if (length > 0 && values.every((value) => Object.is(value, values[0]))) {
    const bytes = new Uint8Array(9);
    bytes[0] = constant;
    new DataView(bytes.buffer).setFloat64(1, values[0]!, true);
    return bytes;
  }
  const present = values.filter((value) => !Number.isNaN(value));
  if (present.length < length) {
    const inner = encodeColumn(present);
    const bitmapBytes = Math.ceil(length / 8);
    const bytes = new Uint8Array(1 + bitmapBytes + inner.length);
    bytes[0] = withHoles;
    for (let row = 0; row < length; row++) {
      if (!Number.isNaN(values[row]!)) bytes[1 + (row >> 3)]! |= 1 << (row & 7);
    }
    bytes.set(inner, 1 + bitmapBytes);
    return bytes;
  }
  return values.every(isWhole) ? encodeWhole(values) : encodeAny(values);
}

const isWhole = (value: number): boolean =>
  Number.isInteger(value) && Math.abs(value) <= largestWhole && !Object.is(value, -0);

function encodeAny(values: Float64Array): Uint8Array {
  const bytes = new Uint8Array(1 + values.length * 8);
  bytes[0] = any;
  const view = new DataView(bytes.buffer);
  for (let row = 0; row < values.length; row++) view.setFloat64(1 + row * 8, values[row]!, true);
  return bytes;
}

function encodeWhole(values: Float64Array): Uint8Array {
  // A varint of 54 bits takes at most 8 bytes; a run of zeros takes its two varints from at least two rows or one.
  const bytes = new Uint8Array(1 + values.length * 8 + 8);
  bytes[0] = whole;
  let at = 1;
  const put = (value: number): void => {
    let rest = value;
    while (rest >= 128) {
      bytes[at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    bytes[at++] = rest;
  };
  let before = 0;
  for (let row = 0; row < values.length; row++) {
    const difference = values[row]! - before;
    before = values[row]!;
    if (difference !== 0) put(difference > 0 ? difference * 2 : difference * -2 - 1);
    else {
      let more = 0;
      while (row + 1 < values.length && values[row + 1] === before) {
        more++;
        row++;
      }
      put(0);
      put(more);
    }
  }
  return bytes.slice(0, at);
}

/** `length` values; throws DecodeError when the bytes are not a column of that many. */
export function decodeColumn(bytes: Uint8Array, length: number): Float64Array {
  const values = new Float64Array(length);
  const kind = bytes[0];
  if (kind === constant) {
    need(bytes, 9);
    return values.fill(viewOf(bytes).getFloat64(1, true));
  }
  if (kind === any) {
    need(bytes, 1 + length * 8);
    const view = viewOf(bytes);
    for (let row = 0; row < length; row++) values[row] = view.getFloat64(1 + row * 8, true);
    return values;
  }
  if (kind === withHoles) {
    const bitmapBytes = Math.ceil(length / 8);
    if (bytes.length < 1 + bitmapBytes) throw broken(bytes.length, `${1 + bitmapBytes} bytes`);
    let captured = 0;
    for (let row = 0; row < length; row++) captured += (bytes[1 + (row >> 3)]! >> (row & 7)) & 1;
    const inner = decodeColumn(bytes.subarray(1 + bitmapBytes), captured);
    let next = 0;
    for (let row = 0; row < length; row++) {
      values[row] = (bytes[1 + (row >> 3)]! >> (row & 7)) & 1 ? inner[next++]! : Number.NaN;
    }
    return values;
  }
  if (kind === whole) return decodeWhole(bytes, values);
  throw broken(0, 'a kind of column');
}

function decodeWhole(bytes: Uint8Array, values: Float64Array): Float64Array {
  let at = 1;
  const take = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length && scale < 2 ** 63; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw broken(at, 'a varint');
  };
  let before = 0;
  for (let row = 0; row < values.length; ) {
    const coded = take();
    if (coded === 0) {
      const run = take() + 1;
      if (run > values.length - row) throw broken(at, `a run of at most ${values.length - row}`);
      values.fill(before, row, row + run);
      row += run;
    } else {
      before += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2;
      values[row++] = before;
    }
  }
  if (at !== bytes.length) throw broken(at, 'the end of the column');
  return values;
}

function need(bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) throw broken(bytes.length, `${length} bytes`);
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const broken = (offset: number, expected: string): DecodeError =>
  new DecodeError('column of a store', offset, expected, { advice: 'The store is damaged: copy it again.' });

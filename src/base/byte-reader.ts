// Reads base-128 varints and length-prefixed spans from bytes, never past an end: what protobuf messages are made of.
// Source of the encoding: protobuf.dev/programming-guides/encoding. JavaScript numbers are exact to 2^53 only, so every
// 64-bit read either is exact or says that it is not; nothing is rounded silently.
import { DecodeError } from './errors.ts';

export interface ByteReader {
  readonly bytes: Uint8Array;
  /** What is being read, for errors. */
  readonly format: string;
  /** Offset of the next byte. */
  at: number;
}

/** Wire types; 3 and 4 (groups) are not used by any format here and are refused. */
export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
export const wireFixed32 = 5;

/** An unsigned varint as an exact number; above 2^53 it is `undefined` and the reader stands behind it. */
export function readUnsigned(reader: ByteReader, end: number): number | undefined {
  const value = readVarint(reader, end);
  return typeof value === 'number' ? value : undefined;
}

/** An int64 (two's complement, as protobuf's `int64`) as an exact number; `undefined` when it has none. */
export function readSigned(reader: ByteReader, end: number): number | undefined {
  const value = readVarint(reader, end);
  if (typeof value === 'number') return value;
  const number = Number(BigInt.asIntN(64, value));
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * All 64 bits: a number up to 2^53, a bigint above. A varint that crosses `end` or has more than ten bytes is a
 * DecodeError. Most values stay numbers, because a bigint for each would cost more than the rest of decoding.
 */
export function readVarint(reader: ByteReader, end: number): number | bigint {
  const { bytes } = reader;
  const start = reader.at;
  let low = 0; // bits 0-27
  let middle = 0; // bits 28-55
  let high = 0; // bits 56-63
  for (let index = 0; index < 10; index++) {
    const at = start + index;
    if (at >= end) throw new DecodeError(reader.format, start, 'a whole varint');
    const byte = bytes[at]!;
    const bits = byte & 0x7f;
    if (index < 4) low |= bits << (7 * index);
    else if (index < 8) middle |= bits << (7 * (index - 4));
    else high |= bits << (7 * (index - 8));
    if (byte < 0x80) {
      reader.at = at + 1;
      const number = low + middle * 2 ** 28;
      if (high === 0 && number <= Number.MAX_SAFE_INTEGER) return number;
      return BigInt(low) | (BigInt(middle) << 28n) | (BigInt(high & 0xff) << 56n);
    }
  }
  throw new DecodeError(reader.format, start, 'a varint of at most ten bytes');
}

/** A varint that must fit 31 bits: tags, lengths, counts and table indexes. */
export function readSmall(reader: ByteReader, end: number, what: string): number {
  const { bytes } = reader;
  let at = reader.at;
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    if (at >= end) throw new DecodeError(reader.format, reader.at, what);
    const byte = bytes[at++]!;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      reader.at = at;
      return value;
    }
  }
  const start = reader.at;
  const wide = readUnsigned(reader, end);
  if (wide === undefined || wide > 0x7fffffff) throw new DecodeError(reader.format, start, what);
  return wide;
}

/** Reads a length and returns the end of the span that follows; the reader stands at its start. */
export function readSpan(reader: ByteReader, end: number): number {
  const start = reader.at;
  const length = readSmall(reader, end, 'a length');
  if (length > end - reader.at) {
    throw new DecodeError(reader.format, start, `at most ${end - reader.at} bytes (the length says ${length})`);
  }
  return reader.at + length;
}

/** Steps over a field whose tag was read and whose content does not matter. */
export function skipField(reader: ByteReader, end: number, wireType: number): void {
  const start = reader.at;
  if (wireType === wireVarint) readVarint(reader, end);
  else if (wireType === wireBytes) reader.at = readSpan(reader, end);
  else if (wireType === wireFixed64) reader.at += 8;
  else if (wireType === wireFixed32) reader.at += 4;
  else throw new DecodeError(reader.format, start, `a field of a known wire type (it is ${wireType})`);
  if (reader.at > end) throw new DecodeError(reader.format, start, 'a whole field');
}

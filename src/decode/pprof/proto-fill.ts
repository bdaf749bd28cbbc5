// Second pass over a protobuf profile: samples, locations and functions into the columns that the first pass sized.
// The loop over samples is where decoding spends its time, so it reads one- to four-byte varints by itself and leaves
// the rest to the reader.
import type { ByteReader } from '../../base/byte-reader.ts';
import { readSigned, readSmall, readSpan, readUnsigned, skipField } from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';
import type { ProtoCounts } from './proto-count.ts';
import { skipUnknown } from './proto-count.ts';
import type { RowOfId } from './row-of-id.ts';
import { rowOf } from './row-of-id.ts';

export interface FilledColumns {
  readonly values: Float64Array[];
  readonly locationStart: Int32Array;
  readonly location: Int32Array;
  /** Bytes of each label message as [start, end) pairs, and the CSR over them; undefined when not wanted. */
  readonly labelStart: Int32Array | undefined;
  readonly labelSpans: Int32Array;
  readonly lineStart: Int32Array;
  readonly lineFunction: Int32Array;
  readonly lineNumber: Int32Array;
  readonly address: Float64Array;
  /** Rows of the string table. */
  readonly functionName: Int32Array;
  readonly functionFile: Int32Array;
  /** Locations whose address has no exact number (above 2^53: kernel code); their address reads 0. */
  readonly inexactAddresses: number;
}

export function fillProto(
  reader: ByteReader,
  counts: ProtoCounts,
  locationRows: RowOfId,
  functionRows: RowOfId,
  wantLabels: boolean,
): FilledColumns {
  const types = counts.sampleTypeSpans.length / 2;
  const strings = counts.stringSpans.length / 2;
  const end = reader.bytes.length;
  const labels = wantLabels ? counts.sampleLabels : 0;
  const filled = {
    values: Array.from({ length: types }, () => new Float64Array(counts.samples)),
    locationStart: new Int32Array(counts.samples + 1),
    location: new Int32Array(counts.sampleLocations),
    labelStart: labels > 0 ? new Int32Array(counts.samples + 1) : undefined,
    labelSpans: new Int32Array(2 * labels),
    lineStart: new Int32Array(counts.locationIds.length + 1),
    lineFunction: new Int32Array(counts.lines),
    lineNumber: new Int32Array(counts.lines),
    address: new Float64Array(counts.locationIds.length),
    functionName: new Int32Array(counts.functionIds.length),
    functionFile: new Int32Array(counts.functionIds.length),
    inexactAddresses: 0,
  };
  const next = { sample: 0, location: 0, label: 0, row: 0, line: 0, function: 0 };
  while (reader.at < end) {
    const tag = readSmall(reader, end, 'a field of a profile');
    if (tag === 0x12) fillSample(reader, readSpan(reader, end), filled, next, locationRows);
    else if (tag === 0x22) fillLocation(reader, readSpan(reader, end), filled, next, functionRows);
    else if (tag === 0x2a) fillFunction(reader, readSpan(reader, end), filled, next, strings);
    else skipField(reader, end, tag & 7);
  }
  return { ...filled, location: filled.location.subarray(0, next.location) };
}

type Filling = { -readonly [K in keyof FilledColumns]: FilledColumns[K] };
type Next = { sample: number; location: number; label: number; row: number; line: number; function: number };

function fillSample(reader: ByteReader, end: number, filled: Filling, next: Next, locationRows: RowOfId): void {
  const { bytes } = reader;
  const { values, location, labelStart } = filled;
  const { dense } = locationRows;
  const start = reader.at;
  const sample = next.sample;
  let locationAt = next.location;
  let type = 0;
  while (reader.at < end) {
    const tag = bytes[reader.at++]!;
    if (tag === 0x0a) {
      const spanEnd = readSpan(reader, end);
      let at = reader.at;
      while (at < spanEnd) {
        const idAt = at;
        // Ids of one to three bytes in no order: a branch on each length is mispredicted half the time and would cost
        // twice as much as computing all three. Reading past the span is harmless; crossing it shows below.
        const first = bytes[at]!;
        const second = bytes[at + 1]! | 0;
        const third = bytes[at + 2]! | 0;
        const two = first >>> 7;
        const three = two & (second >>> 7);
        let id = (first & 0x7f) | (((second & 0x7f) << 7) & -two) | (((third & 0x7f) << 14) & -three);
        at += 1 + two + three;
        if ((three & (third >>> 7)) !== 0) {
          reader.at = idAt;
          id = readUnsigned(reader, spanEnd) ?? -1;
          at = reader.at;
        }
        const row = id >= 0 && id < dense.length ? dense[id]! : rowOf(locationRows, id);
        if (row < 0) throw undefinedLocation(reader, idAt, id);
        location[locationAt++] = row;
      }
      if (at !== spanEnd) throw new DecodeError(reader.format, start, 'whole location ids in a sample');
      reader.at = at;
    } else if (tag === 0x12) {
      const spanEnd = readSpan(reader, end);
      while (reader.at < spanEnd) type = fillValue(reader, spanEnd, values, sample, type);
    } else if (tag === 0x08) {
      const idAt = reader.at;
      const id = readUnsigned(reader, end) ?? -1;
      const row = id < 0 ? -1 : rowOf(locationRows, id);
      if (row < 0) throw undefinedLocation(reader, idAt, id);
      location[locationAt++] = row;
    } else if (tag === 0x10) {
      type = fillValue(reader, end, values, sample, type);
    } else if (tag === 0x1a) {
      const spanEnd = readSpan(reader, end);
      if (labelStart !== undefined) {
        filled.labelSpans[2 * next.label] = reader.at;
        filled.labelSpans[2 * next.label + 1] = spanEnd;
        next.label++;
      }
      reader.at = spanEnd;
    } else {
      reader.at--;
      skipUnknown(reader, end);
    }
  }
  if (type !== values.length) {
    throw new DecodeError(reader.format, start, `${values.length} values in a sample (it has ${type})`);
  }
  next.sample = sample + 1;
  next.location = locationAt;
  filled.locationStart[sample + 1] = locationAt;
  if (labelStart !== undefined) labelStart[sample + 1] = next.label;
}

const undefinedLocation = (reader: ByteReader, at: number, id: number): DecodeError =>
  new DecodeError(reader.format, at, `a location id that is defined (${id} is not)`);

function fillValue(reader: ByteReader, end: number, values: Float64Array[], sample: number, type: number): number {
  const start = reader.at;
  const value = readShortValue(reader, end) ?? readSigned(reader, end);
  if (value === undefined) throw new DecodeError(reader.format, start, 'a value between -2^53 and 2^53');
  if (type >= values.length) {
    throw new DecodeError(reader.format, start, `at most ${values.length} values in a sample`);
  }
  values[type]![sample] = value;
  return type + 1;
}

/** A varint of at most four bytes, which most counts and sizes are; undefined, and nothing read, when it is longer. */
function readShortValue(reader: ByteReader, end: number): number | undefined {
  const { bytes, at } = reader;
  if (at + 4 > end) return undefined;
  let value = bytes[at]!;
  let size = 1;
  if (value > 0x7f) {
    const second = bytes[at + 1]!;
    value = (value & 0x7f) | ((second & 0x7f) << 7);
    size = 2;
    if (second > 0x7f) {
      const third = bytes[at + 2]!;
      value |= (third & 0x7f) << 14;
      size = 3;
      if (third > 0x7f) {
        const fourth = bytes[at + 3]!;
        if (fourth > 0x7f) return undefined;
        value |= fourth << 21;
        size = 4;
      }
    }
  }
  reader.at = at + size;
  return value;
}

function fillLocation(reader: ByteReader, end: number, filled: Filling, next: Next, functionRows: RowOfId): void {
  while (reader.at < end) {
    const tag = readSmall(reader, end, 'a field of a location');
    if (tag === 0x18) {
      const address = readUnsigned(reader, end);
      if (address === undefined) filled.inexactAddresses++;
      filled.address[next.row] = address ?? 0;
    } else if (tag === 0x22) {
      fillLine(reader, readSpan(reader, end), filled, next, functionRows);
    } else {
      skipField(reader, end, tag & 7);
    }
  }
  filled.lineStart[++next.row] = next.line;
}

function fillLine(reader: ByteReader, end: number, filled: Filling, next: Next, functionRows: RowOfId): void {
  let functionRow = -1;
  let lineNumber = 0;
  while (reader.at < end) {
    const start = reader.at;
    const tag = readSmall(reader, end, 'a field of a line');
    if (tag === 0x08) {
      const id = readUnsigned(reader, end) ?? -1;
      functionRow = id < 0 ? -1 : rowOf(functionRows, id);
      if (functionRow < 0 && id !== 0) {
        throw new DecodeError(reader.format, start, `a function id that is defined (${id} is not)`);
      }
    } else if (tag === 0x10) {
      const line = readSigned(reader, end);
      // A line that no file can have is unknown, not a reason to refuse the profile.
      lineNumber = line !== undefined && line > 0 && line <= 0x7fffffff ? line : 0;
    } else {
      skipField(reader, end, tag & 7);
    }
  }
  filled.lineFunction[next.line] = functionRow;
  filled.lineNumber[next.line] = lineNumber;
  next.line++;
}

function fillFunction(reader: ByteReader, end: number, filled: Filling, next: Next, strings: number): void {
  let systemName = 0;
  while (reader.at < end) {
    const start = reader.at;
    const tag = readSmall(reader, end, 'a field of a function');
    if (tag === 0x10 || tag === 0x18 || tag === 0x20) {
      const index = readSmall(reader, end, 'an index of the string table');
      if (index >= strings) {
        throw new DecodeError(reader.format, start, `an index of the string table below ${strings} (it is ${index})`);
      }
      if (tag === 0x10) filled.functionName[next.function] = index;
      else if (tag === 0x18) systemName = index;
      else filled.functionFile[next.function] = index;
    } else {
      skipField(reader, end, tag & 7);
    }
  }
  if (filled.functionName[next.function] === 0) filled.functionName[next.function] = systemName;
  next.function++;
}

// First pass over a protobuf profile: how many rows will each table have, which ids do locations and functions carry,
// and where do the strings lie. After it, every column is allocated once, and no size comes from anything but bytes that
// are really there. Only the column of the samples' locations is sized by a bound, the bytes of their lists: what is not
// filled is never touched, so it costs addresses and no memory.
// Source of the format: github.com/google/pprof proto/profile.proto.
import type { ByteReader } from '../../base/byte-reader.ts';
import {
  readSmall,
  readSpan,
  readUnsigned,
  readVarint,
  skipField,
  wireBytes,
  wireVarint,
} from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';

export interface ProtoCounts {
  samples: number;
  /** Upper bounds: the bytes of packed lists, in which every number takes at least one. */
  sampleLocations: number;
  sampleValues: number;
  sampleLabels: number;
  lines: number;
  /** Ids in the order of appearance; row i of the table has id i of this list. */
  locationIds: number[];
  functionIds: number[];
  /** [start, end) pairs of the strings' bytes. */
  stringSpans: number[];
  /** [start, end) pairs. */
  sampleTypeSpans: number[];
  mappingSpans: number[];
  /** Every other field of the profile (period, time, comments, …) as (tag, start, end), in order. */
  headerFields: number[];
}

/** More sample types than any writer has: the limit keeps a hostile profile from asking for thousands of columns. */
const maxSampleTypes = 64;

export function countProto(reader: ByteReader): ProtoCounts {
  const end = reader.bytes.length;
  const counts: ProtoCounts = {
    samples: 0,
    sampleLocations: 0,
    sampleValues: 0,
    sampleLabels: 0,
    lines: 0,
    locationIds: [],
    functionIds: [],
    stringSpans: [],
    sampleTypeSpans: [],
    mappingSpans: [],
    headerFields: [],
  };
  while (reader.at < end) {
    const fieldStart = reader.at;
    const tag = readSmall(reader, end, 'a field of a profile');
    if ((tag & 7) !== wireBytes) {
      const field = tag >>> 3;
      if (field >= 1 && field <= 6) throw new DecodeError(reader.format, fieldStart, `field ${field} as a message`);
      const start = reader.at;
      skipField(reader, end, tag & 7);
      counts.headerFields.push(tag, start, reader.at);
      continue;
    }
    const spanEnd = readSpan(reader, end);
    switch (tag >>> 3) {
      case 1:
        counts.sampleTypeSpans.push(reader.at, spanEnd);
        if (counts.sampleTypeSpans.length > 2 * maxSampleTypes) {
          throw new DecodeError(reader.format, fieldStart, `at most ${maxSampleTypes} sample types`);
        }
        break;
      case 2:
        countSample(reader, spanEnd, counts);
        break;
      case 3:
        counts.mappingSpans.push(reader.at, spanEnd);
        break;
      case 4:
        counts.locationIds.push(countLocation(reader, spanEnd, counts));
        break;
      case 5:
        counts.functionIds.push(readId(reader, spanEnd, 'function'));
        break;
      case 6:
        counts.stringSpans.push(reader.at, spanEnd);
        break;
      default:
        counts.headerFields.push(tag, reader.at, spanEnd);
    }
    reader.at = spanEnd;
  }
  return counts;
}

function countSample(reader: ByteReader, end: number, counts: ProtoCounts): void {
  const { bytes } = reader;
  counts.samples++;
  while (reader.at < end) {
    const tag = bytes[reader.at++]!;
    if (tag === 0x0a || tag === 0x12) {
      // The second pass reads the numbers; looking at each byte here as well would make decoding a third slower.
      const spanEnd = readSpan(reader, end);
      if (tag === 0x0a) counts.sampleLocations += spanEnd - reader.at;
      else counts.sampleValues += spanEnd - reader.at;
      reader.at = spanEnd;
    } else if (tag === 0x1a) {
      reader.at = readSpan(reader, end);
      counts.sampleLabels++;
    } else if (tag === 0x08 || tag === 0x10) {
      readVarint(reader, end);
      if (tag === 0x08) counts.sampleLocations++;
      else counts.sampleValues++;
    } else {
      reader.at--;
      skipUnknown(reader, end);
    }
  }
}

function countLocation(reader: ByteReader, end: number, counts: ProtoCounts): number {
  const start = reader.at;
  let id: number | undefined;
  while (reader.at < end) {
    const tag = readSmall(reader, end, 'a field of a location');
    if (tag === ((1 << 3) | wireVarint)) id = readUnsigned(reader, end);
    else {
      if (tag === ((4 << 3) | wireBytes)) counts.lines++;
      skipField(reader, end, tag & 7);
    }
  }
  if (id === undefined || id === 0) throw new DecodeError(reader.format, start, 'a location with an id');
  return id;
}

function readId(reader: ByteReader, end: number, what: string): number {
  const start = reader.at;
  let id: number | undefined;
  while (reader.at < end) {
    const tag = readSmall(reader, end, `a field of a ${what}`);
    if (tag === ((1 << 3) | wireVarint)) id = readUnsigned(reader, end);
    else skipField(reader, end, tag & 7);
  }
  if (id === undefined || id === 0) throw new DecodeError(reader.format, start, `a ${what} with an id`);
  return id;
}

/** A field of a message that this decoder does not know; a tag of it may have several bytes. */
export function skipUnknown(reader: ByteReader, end: number): void {
  const start = reader.at;
  const tag = readSmall(reader, end, 'a field of a sample');
  if (tag >>> 3 === 0) throw new DecodeError(reader.format, start, 'a field number above 0');
  skipField(reader, end, tag & 7);
}

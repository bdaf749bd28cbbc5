// The small messages of a protobuf profile: value types, mappings, and the scalar fields around the tables.
// Source of the format: github.com/google/pprof proto/profile.proto.
import type { ByteReader } from '../../base/byte-reader.ts';
import { readSigned, readSmall, readSpan, readUnsigned, readVarint, skipField } from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';
import type { Mapping, ValueType } from '../../model/profile.ts';
import type { StringTable } from './string-table.ts';

export interface ProtoHeader {
  readonly defaultSampleType: string;
  readonly periodType: ValueType | undefined;
  readonly period: number;
  readonly timeMs: number;
  readonly durationMs: number;
  readonly comments: readonly string[];
  readonly warnings: readonly string[];
}

/** `fields` are (tag, start, end) triples; a scalar that comes twice counts with its last value, as in protobuf. */
export function readHeader(reader: ByteReader, fields: readonly number[], strings: StringTable): ProtoHeader {
  let defaultSampleType = '';
  let periodType: ValueType | undefined;
  let period = 0;
  let timeMs = 0;
  let durationMs = 0;
  const comments: string[] = [];
  const warnings: string[] = [];
  for (let index = 0; index < fields.length; index += 3) {
    const tag = fields[index]!;
    const end = fields[index + 2]!;
    reader.at = fields[index + 1]!;
    if (tag === 0x38) {
      // Go never writes it; other writers name allocator frames that pprof hides.
      if (readString(reader, end, strings) !== '')
        warnings.push('The profile asks to hide some frames; they are shown.');
    } else if (tag === 0x48) timeMs = readNanosAsMs(reader, end);
    else if (tag === 0x50) durationMs = readNanosAsMs(reader, end);
    else if (tag === 0x5a) periodType = readValueType(reader, reader.at, end, strings);
    else if (tag === 0x60) period = Math.max(0, readSigned(reader, end) ?? 0);
    else if (tag === 0x68) comments.push(readString(reader, end, strings));
    else if (tag === 0x6a) while (reader.at < end) comments.push(readString(reader, end, strings));
    else if (tag === 0x70) defaultSampleType = readString(reader, end, strings);
  }
  return { defaultSampleType, periodType, period, timeMs, durationMs, comments, warnings };
}

export function readValueType(reader: ByteReader, start: number, end: number, strings: StringTable): ValueType {
  let type = '';
  let unit = '';
  reader.at = start;
  while (reader.at < end) {
    const tag = readSmall(reader, end, 'a field of a value type');
    if (tag === 0x08) type = readString(reader, end, strings);
    else if (tag === 0x10) unit = readString(reader, end, strings);
    else skipField(reader, end, tag & 7);
  }
  return { type, unit };
}

/** Undefined for the kernel's own pages (`[vsyscall]`): their addresses have no exact number and no Go code. */
export function readMapping(reader: ByteReader, start: number, end: number, strings: StringTable): Mapping | undefined {
  const mapping = { start: 0, limit: 0, file: '', buildId: '' };
  let exact = true;
  reader.at = start;
  while (reader.at < end) {
    const tag = readSmall(reader, end, 'a field of a mapping');
    if (tag === 0x10 || tag === 0x18) {
      const address = readUnsigned(reader, end);
      if (address === undefined) exact = false;
      else if (tag === 0x10) mapping.start = address;
      else mapping.limit = address;
    } else if (tag === 0x28) mapping.file = readString(reader, end, strings);
    else if (tag === 0x30) mapping.buildId = readString(reader, end, strings);
    else if ((tag & 7) === 2) reader.at = readSpan(reader, end);
    else skipField(reader, end, tag & 7);
  }
  return exact ? mapping : undefined;
}

export function readString(reader: ByteReader, end: number, strings: StringTable): string {
  const start = reader.at;
  const index = readSmall(reader, end, 'an index of the string table');
  if (index >= strings.length && index > 0) {
    throw new DecodeError(
      reader.format,
      start,
      `an index of the string table below ${strings.length} (it is ${index})`,
    );
  }
  return strings.at(index);
}

/** Nanoseconds since 1970 pass 2^53, so they are divided before they become a number. */
function readNanosAsMs(reader: ByteReader, end: number): number {
  const nanos = BigInt.asIntN(64, BigInt(readVarint(reader, end)));
  return nanos <= 0n ? 0 : Number(nanos / 1_000_000n);
}

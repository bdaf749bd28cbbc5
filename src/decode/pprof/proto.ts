// Decodes an unpacked protobuf profile into columns: one pass that counts, one that fills.
// Source of the format: github.com/google/pprof proto/profile.proto; the checks are those of its profile.CheckValid.
// A profile of a million samples has four numbers and some fifteen locations a sample: columns hold them in a hundred
// megabytes, objects would need a gigabyte.
import type { ByteReader } from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';
import type { ProfileTable } from '../../model/profile.ts';
import { kindOf, languageWarning } from './profile-kind.ts';
import { countProto } from './proto-count.ts';
import { fillProto } from './proto-fill.ts';
import { readHeader, readMapping, readValueType } from './proto-header.ts';
import { readLabels } from './proto-labels.ts';
import { rowsOfIds } from './row-of-id.ts';
import { stringTableOf } from './string-table.ts';

const format = 'pprof';

export function decodeProto(bytes: Uint8Array, wantLabels: boolean): ProfileTable {
  // Offsets are kept in Int32 columns.
  if (bytes.length > 0x7fffffff) throw new DecodeError(format, 0x7fffffff, 'the end of the profile');
  const reader: ByteReader = { bytes, format, at: 0 };
  const counts = countProto(reader);
  const types = counts.sampleTypeSpans.length / 2;
  if (types === 0) throw new DecodeError(format, 0, 'a profile with sample types');
  if (counts.samples * types > counts.sampleValues) {
    throw new DecodeError(
      format,
      0,
      `${types} values in each of ${counts.samples} samples (${counts.sampleValues} are there)`,
    );
  }
  const strings = stringTableOf(bytes, counts.stringSpans, format);
  const locationRows = rowsOfIds(counts.locationIds, format, 'location');
  const functionRows = rowsOfIds(counts.functionIds, format, 'function');
  reader.at = 0;
  const filled = fillProto(reader, counts, locationRows, functionRows, wantLabels);

  const sampleTypes = pairs(counts.sampleTypeSpans).map(([start, end]) => readValueType(reader, start, end, strings));
  const mappings = pairs(counts.mappingSpans).flatMap(([start, end]) => readMapping(reader, start, end, strings) ?? []);
  const header = readHeader(reader, counts.headerFields, strings);
  const functions = {
    length: counts.functionIds.length,
    name: (row: number) => strings.at(filled.functionName[row]!),
    file: (row: number) => strings.at(filled.functionFile[row]!),
  };
  const kind = kindOf(sampleTypes);
  const warnings = [...header.warnings];
  if (filled.inexactAddresses > 0) {
    warnings.push(`${filled.inexactAddresses} locations have addresses above 2^53; they are read as 0.`);
  }
  const language = languageWarning(kind, functions, counts.locationIds.length);
  if (language !== undefined) warnings.push(language);
  return {
    kind,
    sampleTypes,
    defaultSampleType: header.defaultSampleType,
    periodType: header.periodType,
    period: header.period,
    timeMs: header.timeMs,
    durationMs: header.durationMs,
    scaled: true,
    samples: {
      length: counts.samples,
      values: filled.values,
      locationStart: filled.locationStart,
      location: filled.location,
      labelStart: filled.labelStart,
      labels: readLabels(reader, filled.labelSpans, strings),
    },
    locations: {
      length: counts.locationIds.length,
      lineStart: filled.lineStart,
      lineFunction: filled.lineFunction,
      lineNumber: filled.lineNumber,
      address: filled.address,
    },
    functions,
    mappings,
    comments: header.comments,
    warnings,
  };
}

function pairs(spans: readonly number[]): [number, number][] {
  return Array.from({ length: spans.length / 2 }, (_, index) => [spans[2 * index]!, spans[2 * index + 1]!]);
}

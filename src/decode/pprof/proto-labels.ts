// Labels of samples: `bytes: 48` on heap samples (the size of the objects), pprof.Do labels on goroutines.
// Equal labels share one object, because a heap profile has a label on every sample and few different ones.
import type { ByteReader } from '../../base/byte-reader.ts';
import { readSmall, readVarint, skipField } from '../../base/byte-reader.ts';
import { DecodeError } from '../../base/errors.ts';
import type { Label } from '../../model/profile.ts';
import type { StringTable } from './string-table.ts';

export function readLabels(reader: ByteReader, spans: Int32Array, strings: StringTable): readonly Label[] {
  const labels: Label[] = new Array(spans.length / 2);
  const known = new Map<string, Label>();
  for (let index = 0; index < labels.length; index++) {
    let key = 0;
    let text = 0;
    let unit = 0;
    let number: number | bigint = 0;
    reader.at = spans[2 * index]!;
    const end = spans[2 * index + 1]!;
    while (reader.at < end) {
      const tag = readSmall(reader, end, 'a field of a label');
      if (tag === 0x08) key = readIndex(reader, end, strings);
      else if (tag === 0x10) text = readIndex(reader, end, strings);
      else if (tag === 0x18) number = readVarint(reader, end);
      else if (tag === 0x20) unit = readIndex(reader, end, strings);
      else skipField(reader, end, tag & 7);
    }
    const identity = `${key} ${text} ${unit} ${number}`;
    let label = known.get(identity);
    if (label === undefined) {
      const value = text > 0 ? strings.at(text) : `${signed(number)}${unit > 0 ? ` ${strings.at(unit)}` : ''}`;
      label = { key: strings.at(key), value };
      known.set(identity, label);
    }
    labels[index] = label;
  }
  return labels;
}

function readIndex(reader: ByteReader, end: number, strings: StringTable): number {
  const start = reader.at;
  const index = readSmall(reader, end, 'an index of the string table');
  if (index >= strings.length && index > 0) {
    throw new DecodeError(
      reader.format,
      start,
      `an index of the string table below ${strings.length} (it is ${index})`,
    );
  }
  return index;
}

function signed(number: number | bigint): string {
  return typeof number === 'number' ? String(number) : BigInt.asIntN(64, number).toString();
}

// Decodes Go's count profiles in text form: goroutine, goroutineleak and threadcreate with debug=1.
//
//   goroutine profile: total 7
//   6 @ 0x43e2ce 0x40a12d 0x4b0e6c
//   # labels: {"worker":"mailer"}
//   #	0x4b0e6b	main.worker+0x4b	/srv/main.go:12
//
// Source of the format: runtime/pprof/pprof.go printCountProfile, runtime/pprof/label.go labelMap.String.
import { DecodeError } from '../../base/errors.ts';
import type { Label, ProfileKind, ProfileTable } from '../../model/profile.ts';
import { languageWarning } from './profile-kind.ts';
import { textLines } from './text-lines.ts';
import { createTextTableBuilder, parseAddress } from './text-table.ts';

export type CountKind = Extract<ProfileKind, 'goroutine' | 'goroutineleak' | 'threadcreate'>;

const recordLine = /^(\d+) @((?: 0x[0-9a-f]+)*) *$/;

export function decodeCountText(bytes: Uint8Array, kind: CountKind): ProfileTable {
  const format = `Go ${kind} profile text`;
  const headerLine = new RegExp(`^${kind} profile: total (\\d+)$`);
  const builder = createTextTableBuilder(1);
  let total: number | undefined;
  let counted = 0;
  let record:
    | { count: number; labels: Label[]; addresses: string; frames: number[]; hasFrameLines: boolean }
    | undefined;
  const addressRow = (text: string): number[] => {
    const address = parseAddress(text);
    return address === undefined ? [] : [builder.internAddress(address)];
  };
  const close = () => {
    if (record === undefined) return;
    const locations = record.hasFrameLines ? record.frames : record.addresses.split(' ').flatMap(addressRow);
    builder.addSample([record.count], locations, record.labels);
    record = undefined;
  };
  for (const { text, offset } of textLines(bytes, format)) {
    if (total === undefined) {
      if (text.trim() === '') continue;
      total = exact(headerLine.exec(text)?.[1], format, offset);
    } else if (text.startsWith('#\t')) {
      const row = builder.internFrameLine(text);
      if (record !== undefined) {
        record.hasFrameLines = true;
        if (row >= 0) record.frames.push(row);
      }
    } else if (text.startsWith('# labels: ')) {
      record?.labels.push(...parseLabels(text.slice('# labels: '.length)));
    } else if (text.trim() === '') {
      close();
    } else if (!text.startsWith('#')) {
      close();
      const match = recordLine.exec(text);
      if (match === null) throw new DecodeError(format, offset, 'a record `count @ addresses`');
      const count = exact(match[1], format, offset);
      counted += count;
      record = { count, labels: [], addresses: match[2]!, frames: [], hasFrameLines: false };
    }
  }
  close();
  if (total === undefined) throw new DecodeError(format, 0, `the line \`${kind} profile: total N\``);
  const tables = builder.finish();
  const warnings: string[] = [];
  if (counted !== total) {
    warnings.push(`The ${kind} profile text is cut off or was changed: its records hold ${counted} of ${total}.`);
  }
  const language = languageWarning(kind, tables.functions, tables.locations.length);
  if (language !== undefined) warnings.push(language);
  return {
    kind,
    sampleTypes: [{ type: kind, unit: 'count' }],
    defaultSampleType: '',
    periodType: { type: kind, unit: 'count' },
    period: 1,
    timeMs: 0,
    durationMs: 0,
    scaled: true,
    ...tables,
    mappings: [],
    comments: [],
    warnings,
  };
}

/** `{"a":"b", "c":"d"}`, quoted as Go's %q does; what JSON cannot unquote stays as it is. */
function parseLabels(text: string): Label[] {
  const labels: Label[] = [];
  for (const match of text.matchAll(/("(?:[^"\\]|\\.)*"): ?("(?:[^"\\]|\\.)*")/g)) {
    labels.push({ key: unquote(match[1]!), value: unquote(match[2]!) });
  }
  return labels;
}

function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

function exact(text: string | undefined, format: string, offset: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new DecodeError(format, offset, 'a count');
  return value;
}

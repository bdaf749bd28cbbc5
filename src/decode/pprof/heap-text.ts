// Decodes Go's heap profile in text form (/debug/pprof/heap?debug=1) into the same table as its protobuf form.
//
//   heap profile: 3: 1536 [9: 4608] @ heap/1048576          in-use objects: bytes [allocated …] @ heap/2×rate
//   1: 512 [3: 1536] @ 0x4b0e6c 0x43a1f2                     one record, raw samples
//   #	0x4b0e6b	main.grow+0x4b	/srv/main.go:12
//
// Source of the format: runtime/pprof/pprof.go writeHeapInternal and printStackRecord. The values are raw samples; they
// are scaled up here as runtime/pprof/protomem.go does for the protobuf form, so that both forms say the same.
// The `# runtime.MemStats` trailer is read elsewhere.
import { DecodeError } from '../../base/errors.ts';
import type { Label, ProfileTable } from '../../model/profile.ts';
import { languageWarning } from './profile-kind.ts';
import { scaleHeapSample } from './scale-heap-sample.ts';
import { textLines } from './text-lines.ts';
import { createTextTableBuilder, parseAddress } from './text-table.ts';

const format = 'Go heap profile text';
const headerLine = /^heap profile: *(\d+): *(\d+) *\[ *(\d+): *(\d+) *\] *@ *(\S+)/;
const recordLine = /^ *(-?\d+): *(-?\d+) *\[ *(\d+): *(\d+) *\] *@((?: 0x[0-9a-f]+)*) *$/;

export function decodeHeapText(bytes: Uint8Array): ProfileTable {
  let period: number | undefined;
  let inuseBytes = 0;
  let headerInuseBytes = 0;
  let ended = false;
  const builder = createTextTableBuilder(4);
  let record: { values: number[]; label: Label[]; addresses: string; frames: number[] } | undefined;
  const close = () => {
    if (record === undefined) return;
    // Without frame lines (a stripped copy of the text) the addresses are all there is.
    const locations = record.frames.length > 0 ? record.frames : record.addresses.split(' ').flatMap(addressRow);
    builder.addSample(record.values, locations, record.label);
    record = undefined;
  };
  const addressRow = (text: string): number[] => {
    const address = parseAddress(text);
    return address === undefined ? [] : [builder.internAddress(address)];
  };
  for (const { text, offset } of textLines(bytes, format)) {
    if (period === undefined) {
      if (text.trim() === '') continue;
      const header = headerLine.exec(text);
      period = samplingPeriodBytes(header?.[5], offset);
      headerInuseBytes = exact(header?.[2], offset);
    } else if (text.startsWith('# runtime.MemStats')) {
      ended = true;
      break;
    } else if (text.startsWith('#\t')) {
      const row = builder.internFrameLine(text);
      if (row >= 0) record?.frames.push(row);
    } else if (text.trim() === '') {
      close();
    } else if (!text.startsWith('#')) {
      close();
      const match = recordLine.exec(text);
      if (match === null)
        throw new DecodeError(format, offset, 'a record `objects: bytes [objects: bytes] @ addresses`');
      const [inObjects, inBytes, objects, size] = [1, 2, 3, 4].map((group) => exact(match[group], offset)) as Four;
      inuseBytes += inBytes;
      const [allocatedObjects, allocatedBytes] = scaleHeapSample(objects, size, period);
      const [inuseObjects, inuseScaledBytes] = scaleHeapSample(inObjects, inBytes, period);
      record = {
        values: [allocatedObjects, allocatedBytes, inuseObjects, inuseScaledBytes],
        label: objects > 0 ? [{ key: 'bytes', value: String(Math.trunc(size / objects)) }] : [],
        addresses: match[5]!,
        frames: [],
      };
    }
  }
  close();
  if (period === undefined) throw new DecodeError(format, 0, 'the line `heap profile: …`');
  const tables = builder.finish();
  const warnings: string[] = [];
  if (!ended || inuseBytes !== headerInuseBytes) {
    const sums = `${inuseBytes} of ${headerInuseBytes} sampled bytes`;
    warnings.push(`The heap profile text is cut off or was changed: its records hold ${sums}.`);
  }
  const language = languageWarning('heap', tables.functions, tables.locations.length);
  if (language !== undefined) warnings.push(language);
  return {
    kind: 'heap',
    sampleTypes: [
      { type: 'alloc_objects', unit: 'count' },
      { type: 'alloc_space', unit: 'bytes' },
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    defaultSampleType: '',
    periodType: { type: 'space', unit: 'bytes' },
    period,
    timeMs: 0,
    durationMs: 0,
    scaled: true,
    ...tables,
    mappings: [],
    comments: [],
    warnings,
  };
}

type Four = [number, number, number, number];

/** Go writes `heap/` and twice the rate; gperftools `heapprofile`, tcmalloc and jemalloc `heap_v2/…` or `heapz_v2/…`. */
function samplingPeriodBytes(source: string | undefined, offset: number): number {
  const rate = /^heap\/(\d+)$/.exec(source ?? '');
  if (rate === null) {
    const found = source === undefined ? '' : ` (\`@ ${source}\` is written by another allocator)`;
    throw new DecodeError(format, offset, `\`heap profile: … @ heap/N\` as Go writes it${found}`, {
      advice: 'Only heap profiles of Go programs can be read in text form.',
    });
  }
  return Math.trunc(exact(rate[1], offset) / 2);
}

function exact(text: string | undefined, offset: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new DecodeError(format, offset, 'a number below 2^53');
  return value;
}

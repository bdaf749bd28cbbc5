// A heap profile like the one of /debug/pprof/heap, made from a process's memory. Source: runtime/pprof/protomem.go
// writeHeapProto and runtime/pprof/proto.go appendLocsForStack: one sample a bucket, values scaled up by its average size,
// frames of the runtime in front of the first other one left out.
import { type Captured, captured, notCaptured } from '../base/captured.ts';
import { type GoSymbols, goFramesAt } from '../decode/pclntab/go-frames.ts';
import { scaleHeapSample } from '../decode/pprof/scale-heap-sample.ts';
import type { Label, ProfileTable } from '../model/profile.ts';
import type { Frame } from '../model/stacks.ts';
import type { HeapBuckets } from './heap-buckets.ts';
import { type Memory, wordAt } from './memory.ts';

export interface HeapProfileOptions {
  readonly buckets: HeapBuckets;
  readonly rate: SamplingRate;
  readonly symbols: GoSymbols;
  readonly loadBias: number;
  /** Wall clock of the moment, ms since 1970. */
  readonly timeMs: number;
}

export interface SamplingRate {
  /** Mean bytes between samples; undefined when it could not be read. */
  readonly bytes: number | undefined;
  /** The linker found nothing in the program that reads the profile. Undefined when unknown. */
  readonly disabledByLinker: boolean | undefined;
}

/** What runtime.MemProfileRate is unless the program sets it. */
const defaultRateBytes = 512 * 1024;

export function readSamplingRate(
  memory: Memory,
  places: { readonly MemProfileRate?: number | undefined; readonly disableMemoryProfiling?: number | undefined },
): SamplingRate {
  const rate = places.MemProfileRate === undefined ? undefined : memory.read(places.MemProfileRate, 8);
  const flag = places.disableMemoryProfiling === undefined ? undefined : memory.read(places.disableMemoryProfiling, 1);
  const bytes = rate === undefined ? Number.NaN : wordAt(rate, 0);
  return {
    bytes: Number.isNaN(bytes) ? undefined : bytes,
    disabledByLinker: flag === undefined ? undefined : flag[0] === 1,
  };
}

/** Why the program has no profile; undefined when it has one. `buckets`: how many there are, undefined when not known. */
export function samplingGap(rate: SamplingRate, buckets: number | undefined): string | undefined {
  if (rate.disabledByLinker === true) {
    return (
      'the linker turned memory profiling off, because nothing in this program reads the profile: import ' +
      'net/http/pprof or runtime/pprof, or call runtime.MemProfile'
    );
  }
  if (rate.bytes === 0) return 'the program set runtime.MemProfileRate to 0: allocations are not sampled';
  return buckets === 0 ? 'no allocation has been sampled yet, or memory profiling is off' : undefined;
}

/** Not captured when the program does not sample: says whether the linker or the program itself decided so. */
export async function makeHeapProfile(options: HeapProfileOptions): Promise<Captured<ProfileTable>> {
  const { buckets, rate } = options;
  const gap = samplingGap(rate, buckets.length);
  if (gap !== undefined) return notCaptured(gap);
  const rateBytes = rate.bytes ?? defaultRateBytes;
  const warnings: string[] = [];
  if (rate.bytes === undefined) {
    warnings.push(
      'runtime.MemProfileRate could not be read: values are scaled for its default, one sample per 512 KiB.',
    );
  }
  if (buckets.broken) warnings.push('The list of the heap profile ends too early: some allocations are missing.');
  const stacks = await nameStacks(options);
  const values = Array.from({ length: 4 }, () => new Float64Array(buckets.length));
  const labels: Label[] = [];
  const labelStart = new Int32Array(buckets.length + 1);
  for (let row = 0; row < buckets.length; row++) {
    const allocated = buckets.allocated[row]!;
    const allocatedBytes = buckets.allocatedBytes[row]!;
    const live = allocated - buckets.freed[row]!;
    const scaled = [
      ...scaleHeapSample(allocated, allocatedBytes, rateBytes),
      ...scaleHeapSample(live, allocatedBytes - buckets.freedBytes[row]!, rateBytes),
    ];
    for (const [column, value] of scaled.entries()) values[column]![row] = value;
    if (allocated > 0) labels.push({ key: 'bytes', value: String(Math.trunc(allocatedBytes / allocated)) });
    labelStart[row + 1] = labels.length;
  }
  return captured({
    kind: 'heap',
    sampleTypes: [
      { type: 'alloc_objects', unit: 'count' },
      { type: 'alloc_space', unit: 'bytes' },
      { type: 'inuse_objects', unit: 'count' },
      { type: 'inuse_space', unit: 'bytes' },
    ],
    defaultSampleType: 'inuse_space',
    periodType: { type: 'space', unit: 'bytes' },
    period: rateBytes,
    timeMs: options.timeMs,
    durationMs: 0,
    scaled: true,
    samples: {
      length: buckets.length,
      values,
      locationStart: stacks.locationStart,
      location: stacks.location,
      labelStart: labels.length > 0 ? labelStart : undefined,
      labels,
    },
    locations: stacks.locations,
    functions: stacks.functions,
    mappings: [],
    comments: [],
    warnings,
  });
}

/** Each return address is one frame: the runtime wrote one for each inlined call, too. */
async function nameStacks({ buckets, symbols, loadBias }: HeapProfileOptions) {
  const location: number[] = [];
  const locationStart = new Int32Array(buckets.length + 1);
  const rowOfPc = new Map<number, number>();
  const rowOfFunction = new Map<string, number>();
  const functionNames: string[] = [];
  const files: string[] = [];
  const lineFunction: number[] = [];
  const lineNumber: number[] = [];
  const address: number[] = [];
  const functionRow = ({ functionName, file }: Frame): number => {
    const key = `${functionName}\n${file}`;
    const known = rowOfFunction.get(key);
    if (known !== undefined) return known;
    rowOfFunction.set(key, functionNames.push(functionName) - 1);
    files.push(file);
    return functionNames.length - 1;
  };
  const locationRow = async (pc: number): Promise<number> => {
    const known = rowOfPc.get(pc);
    if (known !== undefined) return known;
    const frame = (await goFramesAt(symbols, pc - loadBias - 1))[0] ?? { functionName: '', file: '', line: 0 };
    lineFunction.push(frame.functionName === '' ? -1 : functionRow(frame));
    lineNumber.push(frame.line);
    rowOfPc.set(pc, address.push(pc) - 1);
    return address.length - 1;
  };
  const nameOf = (row: number): string => functionNames[lineFunction[row]!] ?? '';
  for (let row = 0; row < buckets.length; row++) {
    const frames: number[] = [];
    for (let i = buckets.pcStart[row]!; i < buckets.pcStart[row + 1]!; i++) {
      const frame = await locationRow(buckets.pc[i]!);
      if (nameOf(frame) !== 'runtime.goexit') frames.push(frame);
    }
    const first = frames.findIndex((frame) => !/^(internal\/)?runtime[./]/.test(nameOf(frame)));
    location.push(...frames.slice(Math.max(0, first)));
    locationStart[row + 1] = location.length;
  }
  return {
    location: Int32Array.from(location),
    locationStart,
    locations: {
      length: address.length,
      lineStart: Int32Array.from({ length: address.length + 1 }, (_, i) => i),
      lineFunction: Int32Array.from(lineFunction),
      lineNumber: Int32Array.from(lineNumber),
      address: Float64Array.from(address),
    },
    functions: {
      length: functionNames.length,
      name: (row: number) => functionNames[row]!,
      file: (row: number) => files[row]!,
    },
  };
}

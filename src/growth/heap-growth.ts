// A series of heap profiles → growth per blamed line, function and package, and of the whole live heap.
// In-use values are as of the last completed collection (runtime/mprof.go), so captures between two collections repeat
// each other and count once.
import type { GrowthEstimate, HeapAggregate, HeapGrowth, HeapSite, StackValues } from '../model/growth.ts';
import { type OwnershipOf, packageOf } from '../model/ownership.ts';
import type { ProfileTable } from '../model/profile.ts';
import { frameAt, noStack } from '../model/stacks.ts';
import { createBlame, ownersOf, profilerStacks } from './blame.ts';
import { estimateGrowth } from './estimate-growth.ts';
import { type MergedProfiles, mergeProfiles } from './merge-profiles.ts';

export interface HeapCapture {
  readonly atMs: number;
  readonly profile: ProfileTable;
  /** A collection ended since the capture before: forced, or counted by the runtime; undefined when nobody knows. */
  readonly collected: boolean | undefined;
}

const siteMaterialBytes = 64 * 1024;
const totalMaterialBytes = 1024 * 1024;
const mostAllocating = 200;
/** Share of the window without a collection from which on growth is not called growing. */
const silentShare = 0.4;

/** At least one capture; throws KnownError when the profiles do not have the columns of a Go heap profile. */
export function measureHeapGrowth(captures: readonly HeapCapture[], ownership: OwnershipOf): HeapGrowth {
  const merged = mergeProfiles(captures.map((capture) => capture.profile));
  const columns = columnsOf(merged);
  const hidden = profilerStacks(merged.stacks);
  const entries = Array.from({ length: merged.rows.length }, (_, entry) => entry).filter(
    (entry) => hidden[merged.rows[entry]!] === 0,
  );
  const kept = distinctMoments(captures, columns, entries);
  const at = (index: number): number => kept[index]!;
  const atMs = Float64Array.from(kept, (index) => captures[index]!.atMs);
  const sum = (column: readonly Float64Array[], rows: readonly number[]): Float64Array =>
    Float64Array.from(kept, (_, k) => rows.reduce((total, entry) => total + column[at(k)]![entry]!, 0));
  const silentMs = captures.at(-1)!.atMs - atMs.at(-1)!;
  const periodBytes = captures[0]!.profile.period;
  const seconds = Math.max(1e-9, (atMs.at(-1)! - atMs[0]!) / 1000);

  const blame = createBlame(merged.stacks, ownership);
  const owners = ownersOf(merged.stacks, ownership);
  const bySite = new Map<number, number[]>();
  for (const entry of entries) {
    const frame = blame(merged.rows[entry]!);
    const list = bySite.get(frame);
    if (list === undefined) bySite.set(frame, [entry]);
    else list.push(entry);
  }

  const sites = [...bySite].map(([frame, rows]): HeapSite => {
    const blamed = frameAt(merged.stacks.frames, frame);
    const bytesSeries = sum(columns.inuseBytes, rows);
    const objectsSeries = sum(columns.inuseObjects, rows);
    const raw =
      merged.rawSamples === undefined
        ? undefined
        : evidenceOf(sum(merged.rawSamples, rows), bytesSeries, objectsSeries, periodBytes);
    const last = kept.length - 1;
    const allocated = (column: readonly Float64Array[] | undefined): number =>
      column === undefined ? 0 : rows.reduce((total, e) => total + column[at(last)]![e]! - column[at(0)]![e]!, 0);
    const allocObjects = allocated(columns.allocObjects);
    const keptObjects = objectsSeries[last]! - objectsSeries[0]!;
    const order = (entry: number): number => columns.inuseBytes[at(last)]![entry]! - columns.inuseBytes[at(0)]![entry]!;
    return {
      key: `${blamed.functionName}:${blamed.line}`,
      blamed,
      ownership: owners[frame]!,
      stackRows: [...rows].sort((a, b) => order(b) - order(a)).map((entry) => merged.rows[entry]!),
      bytes: heedSilence(
        estimateGrowth({ atMs, values: bytesSeries, rawSamples: raw }, { materialDelta: siteMaterialBytes }),
        silentMs,
      ),
      objects: estimateGrowth({ atMs, values: objectsSeries, rawSamples: raw }, { materialDelta: 1 }),
      bytesSeries,
      objectsSeries,
      allocBytesPerSecond: allocated(columns.allocBytes) / seconds,
      allocObjectsPerSecond: allocObjects / seconds,
      keptShare: allocObjects > 0 ? Math.max(0, Math.min(1, keptObjects / allocObjects)) : undefined,
      meanObjectBytes: objectsSeries[last]! > 0 ? bytesSeries[last]! / objectsSeries[last]! : undefined,
    };
  });
  const totalSeries = sum(columns.inuseBytes, entries);
  const totalRaw = merged.rawSamples === undefined ? undefined : sum(merged.rawSamples, entries);
  const growthOf = (entry: number): number =>
    columns.inuseBytes[at(kept.length - 1)]![entry]! - columns.inuseBytes[at(0)]![entry]!;
  return {
    stacks: merged.stacks,
    atMs,
    total: heedSilence(
      estimateGrowth({ atMs, values: totalSeries, rawSamples: totalRaw }, { materialDelta: totalMaterialBytes }),
      silentMs,
    ),
    totalSeries,
    sites: sites.sort((a, b) => b.bytes.delta - a.bytes.delta || b.bytes.last - a.bytes.last),
    functions: aggregate(merged, entries, growthOf, (name) => name),
    packages: aggregate(merged, entries, growthOf, packageOf),
    samplingPeriodBytes: periodBytes,
    stackGrowth: {
      rows: Int32Array.from(entries, (entry) => merged.rows[entry]!),
      deltaBytes: Float64Array.from(entries, growthOf),
      deltaObjects: Float64Array.from(
        entries,
        (entry) => columns.inuseObjects[at(kept.length - 1)]![entry]! - columns.inuseObjects[at(0)]![entry]!,
      ),
    },
    stackValues: valuesOf(merged, columns, kept),
    allocatingStackRows: allocatingRows(merged, columns, entries, kept),
  };
}

/** The columns of the kept moments, as they are: nothing is copied. */
function valuesOf(merged: MergedProfiles, columns: HeapColumns, kept: readonly number[]): StackValues {
  const pick = (column: readonly Float64Array[]): readonly Float64Array[] => kept.map((capture) => column[capture]!);
  return {
    rows: merged.rows,
    inuseBytes: pick(columns.inuseBytes),
    inuseObjects: pick(columns.inuseObjects),
    allocBytes: columns.allocBytes === undefined ? undefined : pick(columns.allocBytes),
    allocObjects: columns.allocObjects === undefined ? undefined : pick(columns.allocObjects),
  };
}

interface HeapColumns {
  readonly inuseBytes: readonly Float64Array[];
  readonly inuseObjects: readonly Float64Array[];
  readonly allocBytes: readonly Float64Array[] | undefined;
  readonly allocObjects: readonly Float64Array[] | undefined;
}

function columnsOf(merged: MergedProfiles): HeapColumns {
  const column = (...names: string[]): readonly Float64Array[] | undefined => {
    const index = merged.sampleTypes.findIndex((type) => names.includes(type.type));
    return index < 0 ? undefined : merged.values.map((capture) => capture[index]!);
  };
  const zero = merged.values.map(() => new Float64Array(merged.rows.length));
  return {
    inuseBytes: column('inuse_space', 'space') ?? zero,
    inuseObjects: column('inuse_objects', 'objects') ?? zero,
    allocBytes: column('alloc_space'),
    allocObjects: column('alloc_objects'),
  };
}

/**
 * Captures whose in-use values repeat the one before say nothing new when no collection ended in between; a live heap
 * that collections found unchanged is a fact.
 */
function distinctMoments(
  captures: readonly HeapCapture[],
  columns: HeapColumns,
  entries: readonly number[],
): readonly number[] {
  const kept: number[] = [];
  captures.forEach((capture, index) => {
    const before = kept.at(-1);
    if (before !== undefined) {
      if (capture.atMs <= captures[before]!.atMs) return;
      const now = columns.inuseBytes[index]!;
      const then = columns.inuseBytes[before]!;
      const objects = columns.inuseObjects;
      const repeats = entries.every((e) => now[e] === then[e] && objects[index]![e] === objects[before]![e]);
      if (repeats && capture.collected !== true && !isQuiet(columns, entries, kept)) return;
    }
    kept.push(index);
  });
  return kept;
}

/** So far every kept capture is equal: a program at rest, not one between two collections. */
function isQuiet(columns: HeapColumns, entries: readonly number[], kept: readonly number[]): boolean {
  const first = columns.inuseBytes[kept[0]!]!;
  const last = columns.inuseBytes[kept.at(-1)!]!;
  return entries.every((entry) => first[entry] === last[entry]);
}

/** Without a collection in the later part of the window, nobody knows whether growth went on. */
function heedSilence(estimate: GrowthEstimate, silentMs: number): GrowthEstimate {
  if (estimate.shape !== 'growing' || silentMs < silentShare * (estimate.spanMs + silentMs)) return estimate;
  return {
    ...estimate,
    shape: 'unclear',
    why: `no garbage collection ended in the last ${Math.round(silentMs / 1000)} s of the window; --gc always forces them`,
    watchLongerMs: Math.max(estimate.spanMs + silentMs, 30_000),
  };
}

/** Raw samples, or the bytes of objects so large that the sampler misses none of them, in sampling periods. */
function evidenceOf(raw: Float64Array, bytes: Float64Array, objects: Float64Array, periodBytes: number): Float64Array {
  if (periodBytes <= 1) return raw;
  return raw.map((count, index) =>
    objects[index]! > 0 && bytes[index]! / objects[index]! > 2 * periodBytes
      ? Math.max(count, bytes[index]! / periodBytes)
      : count,
  );
}

/** Flat and cumulated growth by a name of the frames; recursion counts once. */
function aggregate(
  merged: MergedProfiles,
  entries: readonly number[],
  growthOf: (entry: number) => number,
  nameOf: (functionName: string) => string,
): readonly HeapAggregate[] {
  const { stacks } = merged;
  const ids = new Map<string, number>();
  const nameId = Int32Array.from(stacks.frames.functionName, (functionName) => {
    const name = nameOf(functionName);
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, ids.size);
    return ids.size - 1;
  });
  const flat = new Float64Array(ids.size);
  const cumulated = new Float64Array(ids.size);
  const changed = new Uint8Array(ids.size);
  /** Entry + 1 in which the name was counted last. */
  const counted = new Int32Array(ids.size);
  for (const entry of entries) {
    const growth = growthOf(entry);
    if (growth === 0) continue;
    const leaf = merged.rows[entry]!;
    flat[nameId[stacks.frame[leaf]!]!]! += growth;
    for (let row = leaf; row !== noStack; row = stacks.prefix[row]!) {
      const name = nameId[stacks.frame[row]!]!;
      if (counted[name] === entry + 1) continue;
      counted[name] = entry + 1;
      changed[name] = 1;
      cumulated[name]! += growth;
    }
  }
  return [...ids]
    .filter(([, id]) => changed[id] === 1)
    .map(([name, id]) => ({ name, flatDeltaBytes: flat[id]!, cumDeltaBytes: cumulated[id]! }))
    .sort((a, b) => b.cumDeltaBytes - a.cumDeltaBytes);
}

function allocatingRows(
  merged: MergedProfiles,
  columns: HeapColumns,
  entries: readonly number[],
  kept: readonly number[],
): readonly number[] {
  const column = columns.allocBytes ?? columns.inuseBytes;
  const first = column[kept[0]!]!;
  const last = column[kept.at(-1)!]!;
  return entries
    .filter((entry) => last[entry]! > first[entry]!)
    .sort((a, b) => last[b]! - first[b]! - (last[a]! - first[a]!))
    .slice(0, mostAllocating)
    .map((entry) => merged.rows[entry]!);
}

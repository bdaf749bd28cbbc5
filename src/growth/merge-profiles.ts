// N profiles of one kind → one table of stacks, and per capture the values of each stack. The first step of every
// growth analysis: samples of the same stack are added up, and captures become comparable row by row.
import { KnownError } from '../base/errors.ts';
import type { ProfileTable, ValueType } from '../model/profile.ts';
import type { FrameIndex, StackIndex, StackTable } from '../model/stacks.ts';
import { createStackTableBuilder, noStack } from '../model/stacks.ts';
import { framesOfLocations } from './location-frames.ts';

export interface MergedProfiles {
  readonly stacks: StackTable;
  /** One entry for each different stack that has samples: its row of `stacks`. */
  readonly rows: Int32Array;
  readonly sampleTypes: readonly ValueType[];
  /** values[capture][type][entry], in the unit of the sample type; 0 where a capture does not have the stack. */
  readonly values: readonly (readonly Float64Array[])[];
  /**
   * Heap profiles: rawSamples[capture][entry], how many in-use objects the sampler really saw (the estimates divided
   * by their scale); the Poisson error of a value comes from it. Undefined for other kinds.
   */
  readonly rawSamples: readonly Float64Array[] | undefined;
  /** entryOfSample[capture][sample]: where a sample of that profile went. */
  readonly entryOfSample: readonly Int32Array[];
}

/** Labels are not kept. Profiles of different sample types are a KnownError. */
export function mergeProfiles(profiles: readonly ProfileTable[]): MergedProfiles {
  const sampleTypes = commonSampleTypes(profiles);
  const builder = createStackTableBuilder();
  const entryOf = createEntryColumn();
  const rows: number[] = [];
  const sampleEntries = profiles.map((profile) => {
    const frames = framesOfLocations(profile, builder.internFrame);
    const { length, location, locationStart } = profile.samples;
    const entries = new Int32Array(length);
    // Neighbouring samples often share their callers: what is equal from the root on is not looked up again.
    const known: number[] = [];
    let previousStart = 0;
    let previousEnd = 0;
    for (let sample = 0; sample < length; sample++) {
      const start = locationStart[sample]!;
      const end = locationStart[sample + 1]!;
      let shared = 0;
      const most = Math.min(end - start, previousEnd - previousStart);
      while (shared < most && location[end - 1 - shared] === location[previousEnd - 1 - shared]) shared++;
      let stack = (shared === 0 ? noStack : known[shared - 1]!) as StackIndex;
      for (let at = end - 1 - shared; at >= start; at--) {
        const row = location[at]!;
        for (let frame = frames.start[row + 1]! - 1; frame >= frames.start[row]!; frame--) {
          stack = builder.internStack(stack, frames.frame[frame]! as FrameIndex);
        }
        known[end - 1 - at] = stack;
      }
      previousStart = start;
      previousEnd = end;
      entries[sample] = entryOf(stack, rows);
    }
    return entries;
  });
  const values = profiles.map((profile, capture) =>
    profile.samples.values.map((column) => {
      const sums = new Float64Array(rows.length);
      const entries = sampleEntries[capture]!;
      for (let sample = 0; sample < entries.length; sample++) sums[entries[sample]!]! += column[sample]!;
      return sums;
    }),
  );
  return {
    stacks: builder.finish(),
    rows: Int32Array.from(rows),
    sampleTypes,
    values,
    rawSamples: profiles.every((profile) => profile.kind === 'heap' && profile.scaled)
      ? profiles.map((profile, capture) => rawSamplesOf(profile, sampleEntries[capture]!, rows.length))
      : undefined,
    entryOfSample: sampleEntries,
  };
}

function commonSampleTypes(profiles: readonly ProfileTable[]): readonly ValueType[] {
  const first = profiles[0];
  if (first === undefined) return [];
  const spell = (profile: ProfileTable) =>
    profile.sampleTypes.map((valueType) => `${valueType.type}/${valueType.unit}`).join(', ');
  const other = profiles.find((profile) => spell(profile) !== spell(first));
  if (other !== undefined) {
    throw new KnownError('E-PROFILE-MIX', `profiles of different kinds: ${spell(first)} and ${spell(other)}`, {
      advice: 'Compare profiles of one kind, for example heap with heap.',
    });
  }
  return first.sampleTypes;
}

/** Stack row → entry, entries in order of appearance; the empty stack (-1) may have one, too. */
function createEntryColumn(): (stack: number, rows: number[]) => number {
  let entries = new Int32Array(1024);
  return (stack, rows) => {
    const at = stack + 1;
    if (at >= entries.length) {
      const wider = new Int32Array(Math.max(at + 1, entries.length * 2));
      wider.set(entries);
      entries = wider;
    }
    const held = entries[at]!;
    if (held !== 0) return held - 1;
    rows.push(stack);
    entries[at] = rows.length;
    return rows.length - 1;
  };
}

/**
 * Undoes runtime/pprof's scaling per sample, where size and scale are still exact: a record of Go's has objects of
 * one size, and after adding up stacks that size would be gone.
 */
function rawSamplesOf(profile: ProfileTable, entries: Int32Array, length: number): Float64Array {
  const raw = new Float64Array(length);
  const objectsType = profile.sampleTypes.findIndex((valueType) => valueType.type === 'inuse_objects');
  const bytesType = profile.sampleTypes.findIndex((valueType) => valueType.type === 'inuse_space');
  const objects = profile.samples.values[objectsType];
  const bytes = profile.samples.values[bytesType];
  if (objects === undefined || bytes === undefined) return raw;
  const rate = profile.period;
  for (let sample = 0; sample < entries.length; sample++) {
    const count = objects[sample]!;
    if (count === 0) continue;
    const share = rate <= 1 ? 1 : 1 - Math.exp(-bytes[sample]! / count / rate);
    // At least one object was seen wherever anything is estimated; cutting to whole numbers hides that for large ones.
    raw[entries[sample]!]! += Math.max(1, Math.round(Math.abs(count) * share)) * Math.sign(count);
  }
  return raw;
}

// The fast road for two profiles: how much more does each function hold now? The numbers are those of
// `go tool pprof -top -diff_base BASE CURRENT`: flat is what the function's own frame ends with, cum counts a sample
// once for every different function on its stack. Nothing is interned but function names, so it costs one pass.
import { KnownError } from '../base/errors.ts';
import type { ProfileTable } from '../model/profile.ts';
import { framesOfLocations } from './location-frames.ts';

export interface FunctionDelta {
  readonly name: string;
  /** Differences current − base, in the unit of the sample type. */
  readonly flat: number;
  readonly cum: number;
}

export interface ProfileDiff {
  readonly sampleType: string;
  readonly unit: string;
  /** The largest |flat| first, then the largest |cum|, then by name. Functions without any difference are left out. */
  readonly functions: readonly FunctionDelta[];
  /** Sum over all samples of current − base. */
  readonly total: number;
}

/** `base` undefined compares with nothing: the values of `current` themselves. */
export function diffProfiles(base: ProfileTable | undefined, current: ProfileTable, sampleType: string): ProfileDiff {
  const names = new Map<string, number>();
  const intern = (name: string): number => {
    let row = names.get(name);
    if (row === undefined) {
      row = names.size;
      names.set(name, row);
    }
    return row;
  };
  const currentTotals = totalsOf(current, sampleType, intern);
  const baseTotals = base === undefined ? undefined : totalsOf(base, sampleType, intern);
  const functions: FunctionDelta[] = [];
  for (const [name, row] of names) {
    const flat = (currentTotals.flat[row] ?? 0) - (baseTotals?.flat[row] ?? 0);
    const cum = (currentTotals.cum[row] ?? 0) - (baseTotals?.cum[row] ?? 0);
    if (flat !== 0 || cum !== 0) functions.push({ name, flat, cum });
  }
  functions.sort(
    (a, b) =>
      Math.abs(b.flat) - Math.abs(a.flat) ||
      Math.abs(b.cum) - Math.abs(a.cum) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
  const unit = current.sampleTypes[typeIndex(current, sampleType)]!.unit;
  return { sampleType, unit, functions, total: currentTotals.total - (baseTotals?.total ?? 0) };
}

interface Totals {
  readonly flat: Float64Array;
  readonly cum: Float64Array;
  readonly total: number;
}

function totalsOf(profile: ProfileTable, sampleType: string, intern: (name: string) => number): Totals {
  const { location, locationStart, length, values } = profile.samples;
  const column = values[typeIndex(profile, sampleType)]!;
  const { start, frame } = framesOfLocations(profile, intern);
  let names = 0;
  for (const row of frame) if (row >= names) names = row + 1;
  const flat = new Float64Array(names);
  const cum = new Float64Array(names);
  /** Sample + 1 that counted the function last. */
  const seen = new Int32Array(names);
  let total = 0;
  for (let sample = 0; sample < length; sample++) {
    const value = column[sample]!;
    if (value === 0) continue;
    total += value;
    const first = locationStart[sample]!;
    const end = locationStart[sample + 1]!;
    if (first < end) flat[frame[start[location[first]!]!]!]! += value;
    for (let at = first; at < end; at++) {
      const row = location[at]!;
      for (let index = start[row]!; index < start[row + 1]!; index++) {
        const name = frame[index]!;
        if (seen[name] === sample + 1) continue;
        seen[name] = sample + 1;
        cum[name]! += value;
      }
    }
  }
  return { flat, cum, total };
}

function typeIndex(profile: ProfileTable, sampleType: string): number {
  const index = profile.sampleTypes.findIndex((valueType) => valueType.type === sampleType);
  if (index >= 0) return index;
  const types = profile.sampleTypes.map((valueType) => valueType.type).join(', ');
  throw new KnownError('E-SAMPLE-TYPE', `the profile has no ${sampleType} (it has ${types})`);
}

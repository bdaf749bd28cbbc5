// What the series itself needs to know of a profile: its total, to show progress and to pace captures, and whether it
// is the kind that was asked for.
import { CaptureError } from '../base/errors.ts';
import type { ProfileKind, ProfileTable } from '../model/profile.ts';

/** Sum of one value column, e.g. `inuse_space`; undefined when the profile has no such column. */
export function totalOf(profile: ProfileTable, sampleType: string): number | undefined {
  const column = profile.sampleTypes.findIndex((type) => type.type === sampleType);
  const values = profile.samples.values[column];
  if (values === undefined) return undefined;
  let sum = 0;
  for (let row = 0; row < profile.samples.length; row += 1) sum += values[row]!;
  return sum;
}

/** Throws CaptureError when an endpoint or a file gives another kind of profile. */
export function expectKind(profile: ProfileTable, wanted: ProfileKind, where: string): void {
  if (profile.kind === wanted) return;
  throw wrongKind(profile, where, `expected a ${wanted} profile`);
}

/** Says what a profile is, and which one to take. */
export function wrongKind(profile: ProfileTable, where: string, expected: string): CaptureError {
  const types = profile.sampleTypes.map((type) => type.type).join(', ') || 'none';
  const is =
    profile.kind === 'other'
      ? `a profile with the sample types ${types}`
      : `a ${profile.kind === 'cpu' ? 'CPU' : profile.kind} profile`;
  return new CaptureError('E-CAPTURE-KIND', `${where}: this is ${is}; ${expected}`, {
    advice: 'Memory is in the heap profile: take /debug/pprof/heap (and /debug/pprof/goroutine beside it).',
  });
}

// Labels that goroutines carry (`pprof.Do`), by group: a request, a tenant or a job that leaked goroutines belong to.
import type { GoroutineLabel } from '../model/growth.ts';
import type { ProfileTable } from '../model/profile.ts';

/** Values of a group that are kept; a label with an id each would be as long as the group. */
const mostLabels = 10;

/** `entryOfSample` tells where each sample of the profile went, `groupOf` whose group that is; undefined: nobody's. */
export function countLabels<Group>(
  { samples }: Pick<ProfileTable, 'samples'>,
  entryOfSample: Int32Array,
  groupOf: (entry: number) => Group | undefined,
): ReadonlyMap<Group, readonly GoroutineLabel[]> {
  const { labelStart, labels, values } = samples;
  const counted = new Map<Group, Map<string, GoroutineLabel>>();
  if (labelStart === undefined) return new Map();
  for (let sample = 0; sample < samples.length; sample++) {
    if (labelStart[sample] === labelStart[sample + 1]) continue;
    const group = groupOf(entryOfSample[sample]!);
    if (group === undefined) continue;
    const of = counted.get(group) ?? new Map<string, GoroutineLabel>();
    counted.set(group, of);
    for (let at = labelStart[sample]!; at < labelStart[sample + 1]!; at++) {
      const { key, value } = labels[at]!;
      const name = `${key}=${value}`;
      of.set(name, { key, value, count: (of.get(name)?.count ?? 0) + values[0]![sample]! });
    }
  }
  return new Map(
    [...counted].map(([group, of]) => [
      group,
      [...of.values()].sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, mostLabels),
    ]),
  );
}

// A decoded heap profile → what the store keeps of it beside the bytes: the values of each stack.
import { mergeProfiles } from '../growth/merge-profiles.ts';
import type { ProfileTable } from '../model/profile.ts';
import type { HeapValue, RecordedHeap } from '../model/recording.ts';

const columnOf: Readonly<Record<string, HeapValue>> = {
  inuse_space: 'inuse-bytes',
  inuse_objects: 'inuse-objects',
  alloc_space: 'alloc-bytes',
  alloc_objects: 'alloc-objects',
};

/** Undefined for another kind, and for text of which the values are samples and no estimates. */
export function recordedHeap(profile: ProfileTable): RecordedHeap | undefined {
  if (profile.kind !== 'heap' || !profile.scaled) return undefined;
  const { stacks, rows, sampleTypes, values } = mergeProfiles([profile]);
  const columns: Partial<Record<HeapValue, Float64Array>> = {};
  for (const [column, { type }] of sampleTypes.entries()) {
    const name = columnOf[type];
    if (name !== undefined) columns[name] = values[0]![column]!;
  }
  return { stacks, rows, columns };
}

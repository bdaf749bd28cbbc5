// Which source files a diagnosis would like to read: those of the program's own frames on the stacks that grew, that
// allocate most, or on which goroutines pile up, the most important first.
import type { GoroutineGrowth, HeapGrowth } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import { type Frame, framesOf } from '../model/stacks.ts';

const mostSites = 40;
const mostGroups = 40;
const mostAllocating = 100;

export function wantedSourceFiles(
  heap: HeapGrowth | undefined,
  goroutines: GoroutineGrowth | undefined,
  ownership: OwnershipOf,
): readonly string[] {
  const files = new Set<string>();
  const add = (frame: Frame): void => {
    if (frame.file !== '' && ownership(frame) === 'main') files.add(frame.file);
  };
  for (const group of goroutines?.groups.slice(0, mostGroups) ?? []) {
    group.exampleStack.forEach(add);
    if (group.createdBy !== undefined) add(group.createdBy);
  }
  if (heap !== undefined) {
    for (const site of heap.sites.slice(0, mostSites)) {
      for (const row of site.stackRows.slice(0, 4)) framesOf(heap.stacks, row).forEach(add);
    }
    for (const row of heap.allocatingStackRows.slice(0, mostAllocating)) framesOf(heap.stacks, row).forEach(add);
  }
  return [...files];
}

// Growth that a GC trace shows where there is no heap profile: how much, and of what kind, but of no line.
import type { Captured } from '../base/captured.ts';
import type { GrowthEstimate, MemoryTrend } from '../model/growth.ts';
import type { DiagnosisInput } from './diagnosis-input.ts';

/** A program's first collections are those of its start; walks begin when somebody looks, and count what lives exactly. */
const leastCycles = 8;
const leastWalks = 5;

export const leastPoints = (walk: DiagnosisInput['walk']): number =>
  walk.kind === 'captured' ? leastWalks : leastCycles;
/** Goroutines that pile up drag heap along: from this share on the stacks are the cause. */
const stackShareOfCause = 0.1;

export interface TracedGrowth {
  readonly of: 'heap' | 'stacks';
  readonly bytes: GrowthEstimate;
}

/** The live heap as of each collection; undefined when nothing traced it. */
export function tracedHeap(memory: Captured<MemoryTrend>): GrowthEstimate | undefined {
  return memory.kind === 'captured' ? memory.value.quantities.get('heap-live')?.estimate : undefined;
}

/** Where the live heap is known from: a log says it, or walks of a process without a profile. */
export const tracedBy = (walk: DiagnosisInput['walk']): string =>
  walk.kind === 'captured' ? 'walks of it' : 'its GC trace';

/** What grows for certain; undefined when nothing does, or too few collections were traced. */
export function tracedGrowth({ memory, walk }: Pick<DiagnosisInput, 'memory' | 'walk'>): TracedGrowth | undefined {
  const heap = tracedHeap(memory);
  if (memory.kind === 'not-captured' || heap === undefined || heap.captures < leastPoints(walk)) return undefined;
  const stacks = memory.value.quantities.get('stack-inuse')?.estimate;
  const grows = (estimate: GrowthEstimate): boolean => estimate.shape === 'growing' && estimate.perSecondLow > 0;
  const heapGrows = grows(heap);
  if (stacks !== undefined && grows(stacks) && (!heapGrows || stacks.delta >= stackShareOfCause * heap.delta))
    return { of: 'stacks', bytes: stacks };
  return heapGrows ? { of: 'heap', bytes: heap } : undefined;
}

/** The stacks of all goroutines together, as traced, do not grow: whatever few dumps show, they do not pile up. */
export function stacksStandStill(memory: Captured<MemoryTrend>): boolean {
  const stacks = memory.kind === 'captured' ? memory.value.quantities.get('stack-inuse')?.estimate : undefined;
  return (
    stacks !== undefined && stacks.captures >= leastCycles && stacks.shape !== 'growing' && stacks.shape !== 'unclear'
  );
}

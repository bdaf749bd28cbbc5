// Two looks at the mappings of a process → what of its memory grew, in classes that a reader of a native trace knows.
import type { MemoryRegion } from '../model/ledger.ts';
import type { NativeClassGrowth } from '../model/native.ts';
import { classifyRegions, type RegionKind } from './classify-regions.ts';

export interface NativeLook {
  readonly regions: readonly MemoryRegion[];
  readonly threads: number | undefined;
}

const classOf: Record<RegionKind, NativeClassGrowth['class']> = {
  brk: 'malloc-heap',
  'glibc-arena': 'malloc-heap',
  anonymous: 'mappings',
  'go-runtime': 'mappings',
  'thread-stack': 'thread-stacks',
  file: 'file-mappings',
  shmem: 'shared-memory',
  'go-arena': 'go-heap',
  'exe-and-libraries': 'program',
};

/** The largest growth first; empty without two looks. */
export function nativeClasses(
  first: NativeLook | undefined,
  last: NativeLook | undefined,
  program: { readonly exe: string | undefined; readonly isGo: boolean; readonly stackLimitBytes: number | undefined },
): readonly NativeClassGrowth[] {
  if (first === undefined || last === undefined || first === last) return [];
  const before = bytesByClass(first, program);
  const after = bytesByClass(last, program);
  return [...new Set(Object.values(classOf))]
    .map((one) => ({ class: one, firstBytes: before.get(one) ?? 0, lastBytes: after.get(one) ?? 0 }))
    .filter((one) => one.firstBytes > 0 || one.lastBytes > 0)
    .sort((a, b) => b.lastBytes - b.firstBytes - (a.lastBytes - a.firstBytes));
}

function bytesByClass(
  { regions, threads }: NativeLook,
  program: Parameters<typeof nativeClasses>[2],
): ReadonlyMap<NativeClassGrowth['class'], number> {
  const kinds = classifyRegions(regions, { ...program, threads });
  const sums = new Map<NativeClassGrowth['class'], number>();
  regions.forEach((region, i) => {
    const one = classOf[kinds[i]!];
    sums.set(one, (sums.get(one) ?? 0) + region.rssBytes + region.swapBytes);
  });
  return sums;
}

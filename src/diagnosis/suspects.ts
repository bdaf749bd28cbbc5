// From everything that was measured to the few things worth explaining: heap sites and goroutine groups that grow, each
// with its stacks spelled out and with what the source says of them. Rules look at suspects, not at raw tables.
import type { GoroutineGroup, GoroutineGrowth, GrowthEstimate, HeapGrowth, HeapSite } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import type { BlockingFacts, Keep, SourceFacts, ValueFlow } from '../model/source-facts.ts';
import { type Frame, framesOf } from '../model/stacks.ts';

export interface HeapSuspect {
  readonly key: string;
  readonly site: HeapSite;
  /** Leaf first; the stack that grew most first. At most `maxStacks`. */
  readonly stacks: readonly (readonly Frame[])[];
  /** What the source says of where the values of these stacks go; empty without source. */
  readonly flows: readonly ValueFlow[];
  /** Keepers of all flows, those that outlive their function first. */
  readonly keeps: readonly Keep[];
  /** Frames of the main module on the main stack, innermost first; at most 6. */
  readonly userFrames: readonly Frame[];
}

export interface GoroutineSuspect {
  readonly key: string;
  readonly group: GoroutineGroup;
  /** Leaf first, without frames of package runtime. */
  readonly stack: readonly Frame[];
  readonly blocking: BlockingFacts | undefined;
  /** The go statement: from a dump, else from the source. */
  readonly spawn: Frame | undefined;
}

const maxStacks = 6;

/** A site must grow by this much over the window before it is worth a word: below it, a page of a hash table moved. */
const materialBytes = 64 * 1024;

/** With this few captures nothing can be called growing; what is larger at the end is worth a hint all the same. */
const fewCaptures = 4;

function grows(growth: GrowthEstimate, leastDelta: number): boolean {
  if (growth.delta < leastDelta) return false;
  if (growth.shape === 'growing') return growth.perSecondLow > 0;
  return growth.shape === 'unclear' && growth.captures <= fewCaptures && growth.deltaLow > 0;
}

/** More lines than this are no longer explained one by one; the totals and the growth list still hold them all. */
const mostSuspects = 120;

export function growingHeapSites(heap: HeapGrowth): readonly HeapSite[] {
  return heap.sites.filter((site) => grows(site.bytes, materialBytes)).slice(0, mostSuspects);
}

export function heapSuspects(
  heap: HeapGrowth,
  source: SourceFacts,
  ownership: OwnershipOf,
  sites: readonly HeapSite[] = growingHeapSites(heap),
): readonly HeapSuspect[] {
  return sites.map((site) => {
    const stacks = site.stackRows.slice(0, maxStacks).map((row) => framesOf(heap.stacks, row));
    const flows = stacks.flatMap((stack) => source.flowOf(stack) ?? []);
    const main = stacks[0] ?? [];
    return {
      key: site.key,
      site,
      stacks,
      flows,
      keeps: distinctKeeps(flows.flatMap((flow) => flow.keeps)),
      userFrames: main.filter((frame) => ownership(frame) === 'main').slice(0, 6),
    };
  });
}

function distinctKeeps(keeps: readonly Keep[]): readonly Keep[] {
  const seen = new Map<string, Keep>();
  for (const keep of keeps) {
    const key = `${keep.kind} ${keep.site.file}:${keep.site.line} ${keep.container?.name ?? ''}`;
    if (!seen.has(key)) seen.set(key, keep);
  }
  return [...seen.values()].sort((a, b) => lifetimeRank(a) - lifetimeRank(b));
}

/** 0: outlives the program's work (package variable), 3: ends with its function. */
function lifetimeRank(keep: Keep): number {
  switch (keep.container?.scope) {
    case 'package':
      return 0;
    case 'field':
    case 'parameter':
      return 1;
    case 'unknown':
    case undefined:
      return 2;
    case 'local':
      return 3;
  }
}

/** Groups whose number grows, and not because goroutines of a neighbouring group went one line or one call further. */
export function growingGroups(groups: readonly GoroutineGroup[]): ReadonlySet<GoroutineGroup> {
  const fallen = new Map<string, number>();
  const place = ({ blocked }: GoroutineGroup): string => `${blocked.functionName}:${blocked.line}`;
  for (const group of groups) {
    if (group.count.delta < 0) fallen.set(place(group), (fallen.get(place(group)) ?? 0) - group.count.delta);
  }
  return new Set(
    groups.filter((group) => {
      if ((group.provenLeaked ?? 0) >= 20) return true;
      return grows(group.count, 3) && (fallen.get(place(group)) ?? 0) < 0.7 * group.count.delta;
    }),
  );
}

export function goroutineSuspects(
  growth: GoroutineGrowth,
  source: SourceFacts,
  keep: (group: GoroutineGroup) => boolean,
): readonly GoroutineSuspect[] {
  return growth.groups.filter(keep).map((group) => {
    const stack = group.exampleStack.filter((frame) => !frame.functionName.startsWith('runtime.'));
    return {
      key: group.key,
      group,
      stack,
      blocking: source.blockingAt(stack),
      spawn: group.createdBy ?? source.spawnOf(group.entry),
    };
  });
}

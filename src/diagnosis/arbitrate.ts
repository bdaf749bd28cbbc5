// Many rules may speak of one leak; the reader shall read of it once. From candidates to findings:
//
//   1. each candidate gets its confidence
//   2. the best candidate takes what it explains; a candidate whose main subject is taken falls away
//   3. goroutine findings take the heap growth that they drag along, as consequences
//   4. growth that only the fallback explains joins a finding of the same story, where there is one
//   5. memory outside the Go heap joins the finding whose objects or threads keep it (merge-outside.ts)
//
// "Best" is confidence, then how specific the cause is: a cut slice in a growing list is first of all a cut slice.
import type { GrowthEstimate } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import { confidenceOf } from './confidence.ts';
import { dependenceOf } from './dependents.ts';
import { mergeOutside } from './merge-outside.ts';
import type { Candidate, Rule } from './rule.ts';
import { outerFunction } from './sites.ts';
import type { GoroutineSuspect, HeapSuspect } from './suspects.ts';

export interface RuledCandidate {
  readonly rule: Rule;
  readonly candidate: Candidate;
}

/** A candidate that won, with everything that it explains. */
export interface Story {
  readonly rule: Rule;
  readonly candidate: Candidate;
  readonly confidence: number;
  /** What the confidence was computed from. */
  readonly growth: GrowthEstimate;
  /** Its own subjects. */
  readonly heap: readonly HeapSuspect[];
  readonly goroutines: readonly GoroutineSuspect[];
  /** Heap growth that it drags along. */
  readonly consequences: readonly HeapSuspect[];
  /** Memory outside the Go heap that it drags along: stories that are not told apart. */
  readonly outside: readonly Story[];
}

interface Draft extends Omit<Story, 'heap' | 'goroutines' | 'consequences' | 'outside'> {
  heap: HeapSuspect[];
  goroutines: GoroutineSuspect[];
  consequences: HeapSuspect[];
  outside: Story[];
  score: number;
}

export function arbitrate(
  all: readonly RuledCandidate[],
  heapSuspects: readonly HeapSuspect[],
  groups: readonly GoroutineSuspect[],
  ownership: OwnershipOf,
): readonly Story[] {
  const heapByKey = new Map(heapSuspects.map((suspect) => [suspect.key, suspect]));
  const groupByKey = new Map(groups.map((suspect) => [suspect.key, suspect]));
  const drafts = all
    .flatMap(({ rule, candidate }): Draft[] => {
      const heap = candidate.heapKeys.flatMap((key) => heapByKey.get(key) ?? []);
      const goroutines = candidate.goroutineKeys.flatMap((key) => groupByKey.get(key) ?? []);
      const growth = growthOf(candidate, heap, goroutines);
      if (growth === undefined) return [];
      const confidence = confidenceOf({ growth, pattern: candidate.pattern, evidence: candidate.evidence });
      const score = confidence + candidate.specificity * 0.06;
      return [{ rule, candidate, confidence, growth, heap, goroutines, consequences: [], outside: [], score }];
    })
    .sort((a, b) => b.score - a.score || b.growth.delta - a.growth.delta);

  const taken = new Set<string>();
  const stories: Draft[] = [];
  const fallbacks: Draft[] = [];
  // Piles of goroutines first: what they allocate is theirs, whatever else could be said of it.
  for (const draft of [
    ...drafts.filter((d) => d.goroutines.length > 0),
    ...drafts.filter((d) => d.goroutines.length === 0),
  ]) {
    if (draft.candidate.specificity === 0) {
      fallbacks.push(draft);
      continue;
    }
    const main = mainKey(draft);
    if (main === undefined || taken.has(main)) continue;
    draft.heap = draft.heap.filter((suspect) => !taken.has(suspect.key));
    draft.goroutines = draft.goroutines.filter((suspect) => !taken.has(suspect.key));
    for (const suspect of [...draft.heap, ...draft.goroutines]) taken.add(suspect.key);
    if (draft.candidate.outside !== undefined) taken.add(draft.candidate.outside.key);
    stories.push(draft);
    takeDependents(draft, heapSuspects, drafts, taken, ownership);
  }
  for (const draft of fallbacks) {
    const suspect = draft.heap[0];
    // Growth that the runtime itself measured, with no line to it.
    if (suspect === undefined && draft.candidate.measured !== undefined) stories.push(draft);
    if (suspect === undefined || taken.has(suspect.key)) continue;
    taken.add(suspect.key);
    const story = stories.find((candidate) => sameStory(suspect, candidate));
    if (story === undefined) stories.push(draft);
    else story.consequences.push(suspect);
  }
  return mergeOutside(stories);
}

function mainKey(draft: Draft): string | undefined {
  if (draft.candidate.outside !== undefined) return draft.candidate.outside.key;
  if (draft.candidate.kind !== 'go-heap') {
    const pile = largest(draft.goroutines, (suspect) => suspect.group.count.delta)?.key;
    return pile ?? (draft.candidate.measured && `measured:${draft.candidate.measured.what}`);
  }
  return largest(draft.heap, (suspect) => suspect.site.bytes.delta)?.key;
}

function growthOf(
  candidate: Candidate,
  heap: readonly HeapSuspect[],
  goroutines: readonly GoroutineSuspect[],
): GrowthEstimate | undefined {
  if (candidate.measured !== undefined) return candidate.measured.bytes;
  const site = largest(heap, (suspect) => suspect.site.bytes.delta)?.site.bytes;
  const group = largest(goroutines, (suspect) => suspect.group.count.delta)?.group.count;
  return candidate.kind === 'go-heap' ? (site ?? group) : (group ?? site);
}

function takeDependents(
  draft: Draft,
  heapSuspects: readonly HeapSuspect[],
  drafts: readonly Draft[],
  taken: Set<string>,
  ownership: OwnershipOf,
): void {
  if (draft.candidate.kind === 'go-heap') return;
  for (const suspect of heapSuspects) {
    if (taken.has(suspect.key)) continue;
    const dependence = draft.goroutines
      .map((pile) => dependenceOf(suspect, pile, ownership))
      .find((d) => d !== undefined);
    if (dependence === undefined) continue;
    // What the creator allocates may have a better explanation of its own (a context that is never cancelled).
    const explained = drafts.some(
      (other) => other.candidate.specificity >= 2 && other.heap.includes(suspect) && other.goroutines.length === 0,
    );
    if (dependence === 'creator' && explained) continue;
    taken.add(suspect.key);
    draft.consequences.push(suspect);
  }
}

/** Unexplained growth belongs to a finding when it is allocated in, or called from, the same functions. */
function sameStory(suspect: HeapSuspect, story: Draft): boolean {
  const functions = new Set([
    ...story.candidate.sites.map((site) => outerFunction(site.function)),
    ...story.heap.flatMap((other) => other.userFrames.slice(0, 2).map((frame) => outerFunction(frame.functionName))),
  ]);
  functions.delete('main.main');
  return suspect.userFrames.slice(0, 2).some((frame) => functions.has(outerFunction(frame.functionName)));
}

function largest<T>(items: readonly T[], value: (item: T) => number): T | undefined {
  let best: T | undefined;
  for (const item of items) if (best === undefined || value(item) > value(best)) best = item;
  return best;
}

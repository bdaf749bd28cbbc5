// Joins groups of goroutines with the heap walk: those that nothing can wake are proven leaked, on any Go version.

import type { GoroutineGroup } from '../model/growth.ts';
import type { HeapFacts } from '../model/heap-facts.ts';
import type { Frame } from '../model/stacks.ts';

/** A group whose proof the runtime itself gave keeps it. */
export function withProofs(groups: readonly GoroutineGroup[], facts: HeapFacts | undefined): readonly GoroutineGroup[] {
  if (facts === undefined || facts.stuck.kind === 'not-captured' || facts.failedChecks.length > 0) return groups;
  const counts = new Map<string, number>();
  for (const { frames, state, count } of facts.stuck.value) {
    const key = keyOf(frames, state);
    counts.set(key, (counts.get(key) ?? 0) + count);
  }
  return groups.map((group) => {
    if ((group.provenLeaked ?? 0) > 0) return group;
    const count = counts.get(keyOf(group.exampleStack, group.state));
    // The walk is later than the last capture: it may have met some more.
    return count === undefined ? group : { ...group, provenLeaked: count, provenBy: 'heap-walk' };
  });
}

/** Profiles and walks differ in how they name the runtime's own frames; profiles leave out the compiler's wrappers. */
const left = /^(runtime|internal\/sync)\.|\.(gowrap|deferwrap)\d+$|·dwrap·\d+$|-fm$/;

const keyOf = (frames: readonly Frame[], state: string): string =>
  `${state.replace(/ \(.*\)$/, '')}: ${frames
    .filter(({ functionName }) => !left.test(functionName))
    .map(({ functionName, line }) => `${functionName}:${line}`)
    .join(' < ')}`;

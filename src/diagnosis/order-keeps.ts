// The source may show several keepers of a value; the heap shows which one it is. Those that stand on the way from the root
// come first, so that rules, which take the first that fits, tell the right one.
import type { HeapFacts, HeldObjects } from '../model/heap-facts.ts';
import type { Keep } from '../model/source-facts.ts';
import type { HeapSuspect } from './suspects.ts';
import { heldOf } from './walk-story.ts';

export function orderKeeps(suspects: readonly HeapSuspect[], facts: HeapFacts | undefined): readonly HeapSuspect[] {
  if (facts === undefined || facts.failedChecks.length > 0) return suspects;
  return suspects.map((suspect) => {
    if (suspect.keeps.length < 2) return suspect;
    const held = heldOf(facts, suspect);
    const names = held === undefined ? undefined : namesOf(held);
    if (names === undefined) return suspect;
    const isOnWay = (keep: Keep): boolean => names.has(lastName(keep.container?.expression ?? ''));
    return {
      ...suspect,
      keeps: [...suspect.keeps.filter(isOnWay), ...suspect.keeps.filter((keep) => !isOnWay(keep))],
    };
  });
}

/** `.known`, `var buf`, `global main.cache` → known, buf, cache. */
function namesOf({ root, steps }: HeldObjects): ReadonlySet<string> {
  return new Set(
    [root.replace(/ \(one of \d+\)$/, ''), ...steps.map((step) => step.label)]
      .map(lastName)
      .filter((name) => name !== ''),
  );
}

const lastName = (text: string): string => /(\w+)$/.exec(text)?.[1] ?? '';

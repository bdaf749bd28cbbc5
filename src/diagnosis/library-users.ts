// Goroutines that a library starts have no line of the program on their stack (net/http's readLoop, database/sql's
// awaitDone). Who called the library shows in what was *allocated* during the window, kept or not: each call allocates.
import type { HeapGrowth } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import type { FunctionFacts, SourceFacts, Unreleased } from '../model/source-facts.ts';
import { type Frame, framesOf } from '../model/stacks.ts';
import { callerInto } from './stack-patterns.ts';

export interface LibraryUser {
  readonly frame: Frame;
  /** How many of the busiest allocating stacks go through this line. */
  readonly stacks: number;
}

/** Lines of the program that called into `pattern` during the window, the busiest first. */
export function libraryUsers(heap: HeapGrowth, pattern: RegExp, ownership: OwnershipOf): readonly LibraryUser[] {
  const users = new Map<string, { frame: Frame; stacks: number }>();
  for (const row of heap.allocatingStackRows) {
    const caller = callerInto(framesOf(heap.stacks, row), pattern, ownership);
    if (caller === undefined) continue;
    const key = `${caller.functionName}:${caller.line}`;
    const known = users.get(key);
    if (known === undefined) users.set(key, { frame: caller, stacks: 1 });
    else known.stacks++;
  }
  return [...users.values()].sort((a, b) => b.stacks - a.stacks);
}

export interface UnreleasedUse {
  readonly function: FunctionFacts;
  readonly unreleased: Unreleased;
  /** Whether the profile saw this function call the library. */
  readonly seen: boolean;
}

/**
 * Places that acquire a resource of these kinds and do not release it: first in functions that the profile saw at
 * work, then, when none of those is guilty by its source, anywhere in the sources of the program.
 */
export function unreleasedUses(
  source: SourceFacts,
  users: readonly LibraryUser[],
  kinds: readonly Unreleased['kind'][],
): readonly UnreleasedUse[] {
  const seen = users.flatMap((user) => {
    const facts = source.functionAround(user.frame);
    return facts === undefined ? [] : matching(facts, kinds, true);
  });
  if (seen.length > 0) return distinct(seen);
  return distinct(source.functions().flatMap((facts) => matching(facts, kinds, false)));
}

function matching(facts: FunctionFacts, kinds: readonly Unreleased['kind'][], seen: boolean): UnreleasedUse[] {
  return facts.unreleased
    .filter((unreleased) => kinds.includes(unreleased.kind))
    .map((unreleased) => ({ function: facts, unreleased, seen }));
}

function distinct(uses: readonly UnreleasedUse[]): readonly UnreleasedUse[] {
  const seen = new Set<string>();
  return uses.filter((use) => {
    const key = `${use.unreleased.site.file}:${use.unreleased.site.line}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

// Functions that run at the start of the program only, as far as their package shows all of their callers.
import type { GoFunction } from '../go-function.ts';
import { loopAround } from '../syntax.ts';
import type { PackageFacts } from './package-facts.ts';
import { runsOnce } from './releases.ts';

const deepest = 4;

/** Called by main and init themselves, outside of loops and function literals, or by functions of which that is true. */
export function runsAtStart(facts: PackageFacts, fn: GoFunction | undefined, depth = 0): boolean {
  if (fn === undefined) return true;
  if (fn.outer !== undefined || depth > deepest) return false;
  if (runsOnce(fn)) return true;
  const isSeenByOthers = /^[A-Z]/.test(fn.name) && (facts.package.name !== 'main' || fn.receiverType !== undefined);
  const uses = facts.mentions(fn.name);
  if (isSeenByOthers || uses.length === 0) return false;
  return uses.every((use) => {
    const isCall = use.field === 'function' && use.parent?.kind === 'call_expression';
    return isCall && loopAround(use) === undefined && runsAtStart(facts, facts.functionOf(use), depth + 1);
  });
}

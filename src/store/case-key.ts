// By what a target is known again: the recorder may restart, the target may restart, and both go on with the same case.
import type { TargetFacts } from '../model/target.ts';

/** A pid is a name for one process only; everything else names a service that comes back. */
export function caseKeyOf(target: TargetFacts): string {
  const base = `${target.kind} ${target.label}`;
  return target.kind === 'pid' ? `${base} ${target.startedAtMs ?? ''}` : base;
}

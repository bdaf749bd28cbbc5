// Why a walk may not prove anything: what it says is unreachable may be reached through what it did not read.
import type { HeapGoroutines, HeapWalk, SelfCheck } from '../../model/heap-graph.ts';
import type { GoroutineRoots } from '../goroutine-roots.ts';

/** Objects whose type cannot be read are searched word by word: that finds more references, not fewer. */
const harmless: ReadonlySet<string> = new Set(['types of objects']);

export function doubtsOf(
  stopped: HeapWalk['stopped'],
  checks: readonly SelfCheck[],
  goroutines: HeapGoroutines,
  roots: GoroutineRoots,
): string[] {
  let unread = 0;
  for (let row = 0; row < goroutines.length; row++) {
    if (roots.frames[row] === 0 && goroutines.stackBytes[row]! > 0) unread++;
  }
  return [
    ...(stopped === 'not-stopped' ? ['the process ran on while it was read: references may have moved unseen'] : []),
    ...checks
      .filter(({ ok, name }) => !ok && !harmless.has(name))
      .map(({ name, detail }) => `the walk contradicts itself (${name}: ${detail})`),
    ...(unread === 0 ? [] : [`the stacks of ${unread} goroutines could not be read`]),
  ];
}

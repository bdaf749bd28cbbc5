// What a walk could not look at, each a clause that says what may be missing because of it.
import type { HeapImage } from './heap-image.ts';

export function gapsOf({ target, goroutines, threads }: HeapImage, oddTimerLists: number): string[] {
  const { addresses, layout } = target;
  const gaps: string[] = [];
  if (addresses.allp === undefined) gaps.push('timers have no names: runtime.allp was not found');
  if (oddTimerLists > 0) gaps.push('timers have no names: this build of the runtime keeps them elsewhere');
  if (addresses.semtable === undefined) {
    gaps.push('who waits for which lock is not known: runtime.semtable was not found');
  }
  if (addresses.allfin === undefined) {
    gaps.push('what only queued finalizers hold may be missing: runtime.allfin was not found');
  }
  if (addresses.gcCleanups === undefined && layout.structs.cleanupQueue !== undefined) {
    gaps.push('what only queued cleanups hold may be missing: runtime.gcCleanups was not found');
  }
  let unseen = 0;
  for (let row = 0; row < goroutines.length; row++) {
    const thread = threads[goroutines.thread[row]!];
    if (goroutines.onThread[row] === 1 && thread?.registers === undefined) unseen++;
  }
  if (unseen > 0) gaps.push(`${unseen} goroutines were running: what only their registers held is not seen`);
  let lost = 0;
  for (let row = 0; row < goroutines.length; row++) lost += goroutines.lost[row]!;
  if (lost > 0)
    gaps.push(`${lost} goroutines were running nobody knows where: their whole stacks were searched for pointers`);
  return gaps;
}

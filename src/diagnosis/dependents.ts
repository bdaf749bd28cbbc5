// Heap growth that a pile of goroutines drags along: their own allocations, what their creator made for them, and the
// runtime's book-keeping. It is told with the goroutines, not as leaks of its own.
import { type OwnershipOf, packageOf } from '../model/ownership.ts';
import { outerFunction } from './sites.ts';
import type { GoroutineSuspect, HeapSuspect } from './suspects.ts';

export type Dependence = 'own' | 'creator' | undefined;

const runtimeGoroutine =
  /^runtime\.(malg|newproc1?|allgadd|gfget|stackalloc|acquireSudog|newm|allocm|mcommoninit|startm)/;

/**
 * How a heap suspect hangs on a goroutine pile.
 *   own      allocated by these goroutines (or by the runtime for them): gone with them
 *   creator  allocated by the function that starts them, at a comparable rate
 */
export function dependenceOf(heap: HeapSuspect, pile: GoroutineSuspect, ownership: OwnershipOf): Dependence {
  for (const stack of heap.stacks) {
    if (stack.some((frame) => runtimeGoroutine.test(frame.functionName))) return 'own';
    const outermost = stack.findLast((frame) => frame.functionName !== 'runtime.goexit');
    if (outermost === undefined) continue;
    const entry = pile.group.entry;
    if (ownership(entry) === 'main') {
      if (outermost.functionName === entry.functionName) return 'own';
      continue;
    }
    // A library's goroutine serves many purposes (net/http.(*conn).serve runs every handler): only what the library
    // itself allocates for it belongs to it.
    const blamed = heap.site.blamed;
    if (
      ownership(blamed) !== 'main' &&
      stack.some((frame) => packageOf(frame.functionName) === packageOf(entry.functionName))
    ) {
      return 'own';
    }
    if (outermost.functionName === entry.functionName && onStack(blamed.functionName, pile)) return 'own';
  }
  return fromCreator(heap, pile) && comparableRate(heap, pile) ? 'creator' : undefined;
}

function onStack(functionName: string, pile: GoroutineSuspect): boolean {
  return pile.stack.some((frame) => frame.functionName === functionName);
}

function fromCreator(heap: HeapSuspect, pile: GoroutineSuspect): boolean {
  const creator = pile.spawn?.functionName ?? outerFunction(pile.group.entry.functionName);
  if (creator === '' || creator === 'main.main') {
    // main starts everything; only its go statement's own line counts.
    return pile.spawn !== undefined && heap.userFrames[0]?.line === pile.spawn.line;
  }
  return heap.userFrames.slice(0, 2).some((frame) => outerFunction(frame.functionName) === outerFunction(creator));
}

/** Between a third of an object and thirty objects a goroutine. */
function comparableRate(heap: HeapSuspect, pile: GoroutineSuspect): boolean {
  const goroutines = pile.group.count.perSecond;
  const objects = heap.site.objects.perSecond;
  return goroutines > 0 && objects / goroutines > 1 / 3 && objects / goroutines < 30;
}

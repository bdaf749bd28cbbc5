// Where the stacks that threads stand on end. What lies behind is somebody else's: other stacks, free pages with old strings.
import { type MemorySource, wordReaderOf } from '../base/memory-source.ts';
import type { GoroutineTable } from './goroutine-table.ts';
import type { GoTarget } from './heap-image.ts';
import { arenaBytes, type PageIndex, pageBytes } from './span-table.ts';

export interface StackBounds {
  readonly low: number;
  readonly high: number;
}

/** p.status of a P that a thread uses. Source: runtime/runtime2.go _Prunning. */
const processorRunning = 1;
const mostProcessors = 1 << 16;

/**
 * Stacks of the schedulers of threads that have a P; undefined when nobody knows the list of Ps. Source:
 * runtime/runtime2.go p.m; g0 is the first field of an m.
 */
export function schedulerStacks(memory: MemorySource, { layout, addresses }: GoTarget): StackBounds[] | undefined {
  if (addresses.allp === undefined) return undefined;
  const { p, g } = layout.structs;
  const reader = wordReaderOf(memory);
  const list = reader.word(addresses.allp);
  const count = Math.min(mostProcessors, reader.word(addresses.allp + 8) || 0);
  const stacks: StackBounds[] = [];
  for (let i = 0; i < count; i++) {
    const processor = reader.word(list + 8 * i);
    if (reader.uint32(processor + p.status) !== processorRunning) continue;
    const g0 = reader.word(reader.word(processor + p.m));
    stacks.push({ low: reader.word(g0 + g.stackLo), high: reader.word(g0 + g.stackHi) });
  }
  return stacks;
}

/** Stacks of goroutines that are on a thread. */
export function threadedStacks(goroutines: GoroutineTable): StackBounds[] {
  const stacks: StackBounds[] = [];
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.thread[row]! < 0) continue;
    stacks.push({ low: goroutines.stackLow[row]!, high: goroutines.stackHigh[row]! });
  }
  return stacks;
}

/**
 * Where to stop reading from a stack pointer. Of a stack in the heap's arenas that is not known, the page is read to its end:
 * stacks of schedulers end at one (16 KB each in spans of whole pages; runtime/proc.go allocm, runtime/stack.go stackalloc).
 */
export function stackEnd(sp: number, most: number, known: readonly StackBounds[], pages: PageIndex): number {
  const own = known.find(({ low, high }) => sp >= low && sp < high);
  if (own !== undefined) return Math.min(sp + most, own.high);
  const isInArena = (pages.arenaRow[Math.floor(sp / arenaBytes) - pages.firstArena] ?? -1) >= 0;
  const nextPage = sp - (sp % pageBytes) + pageBytes;
  if (isInArena) return Math.min(sp + most, nextPage);
  return sp + most;
}

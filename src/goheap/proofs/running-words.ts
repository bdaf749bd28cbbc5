// Words that goroutines and threads have at hand while they run: what may be in a frame that no stack map describes, on the
// stack of a thread, in a register. A channel whose last reference is there is about to be used.
import { wordOf } from '../../base/memory-source.ts';
import type { HeapImage } from '../heap-image.ts';
import { schedulerStacks } from '../thread-stacks.ts';

const mostStackBytes = 256 * 1024 * 1024;

/** Possible pointers; each counts only where an object is. */
export function forEachRunningWord(image: HeapImage, visit: (word: number) => void): void {
  const { goroutines, threads, threadStacks } = image;
  const running = image.target.layout.goroutineStates.indexOf('running');
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.status[row] !== running) continue;
    const low = goroutines.stackLow[row]!;
    const high = goroutines.stackHigh[row]!;
    const sp = goroutines.sp[row]!;
    // All of it, also what is dead to the stack maps: a value in work may have left its variable already. While the thread
    // handles a signal, nobody knows where it ends.
    const start = goroutines.onThread[row] === 1 && sp >= low && sp <= high ? sp : low;
    if (!(high > start) || high - start > mostStackBytes) continue;
    const bytes = new Uint8Array(high - start);
    visitWords(bytes.subarray(0, image.memory.readInto(start, bytes)), visit);
  }
  const isAtWork = threadsAtWork(image);
  for (const { start, bytes } of threadStacks) if (isAtWork(start)) visitWords(bytes, visit);
  for (const { sp, registers } of threads) {
    if (isAtWork(sp)) for (const register of registers ?? []) visit(register);
  }
}

/** Addresses of the g of goroutines that somebody who runs has at hand: it may have taken them off a queue, to wake them. */
export function heldByThreads(image: HeapImage): ReadonlySet<number> {
  const { goroutines } = image;
  const known = new Set(goroutines.address.subarray(0, goroutines.length));
  const held = new Set<number>();
  forEachRunningWord(image, (word) => {
    if (known.has(word)) held.add(word);
  });
  return held;
}

/**
 * Whether a thread, by its stack pointer, may be at work for the scheduler: it stands on the stack of the g0 of an M that
 * has a P. What idle threads have left on their stacks means nothing. As long as somebody who has a P is not found, any may
 * be it.
 */
function threadsAtWork({ memory, target, goroutines, threads }: HeapImage): (sp: number) => boolean {
  const stacks = schedulerStacks(memory, target);
  if (stacks === undefined) return () => true;
  const isOnOne = (sp: number): boolean => stacks.some(({ low, high }) => sp >= low && sp < high);
  const found =
    threads.filter(({ sp }) => isOnOne(sp)).length +
    goroutines.thread.subarray(0, goroutines.length).reduce((sum, thread) => sum + (thread >= 0 ? 1 : 0), 0);
  return found < stacks.length ? () => true : isOnOne;
}

function visitWords(bytes: Uint8Array, visit: (word: number) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const word = wordOf(view.getUint32(at, true), view.getUint32(at + 4, true));
    if (word > 0xffff) visit(word);
  }
}

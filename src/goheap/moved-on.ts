// Which goroutines were about to be woken when their process was copied. A thread may hold the only reference to what they
// wait for in a register, where nobody sees it without tracing the process, or may have taken them off the queue already.
// Neither lasts: looked at again a little later, such a goroutine runs, has ended or waits for something else.
import { type MemorySource, type WordReader, wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';

/** `later` is the memory of the process that runs again. Addresses of the g of goroutines that no longer wait as they did. */
export function movedOnSince({ goroutines, memory, target }: HeapImage, later: MemorySource): ReadonlySet<number> {
  const { g, sudog } = target.layout.structs;
  const waiting = target.layout.goroutineStates.indexOf('waiting');
  const before = wordReaderOf(memory);
  const now = wordReaderOf(later);
  // The collector may have moved its stack meanwhile.
  const depthOf = (reader: WordReader, address: number): number =>
    reader.word(address + g.stackHi) - reader.word(address + g.schedSp);
  const moved = new Set<number>();
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.status[row] !== waiting) continue;
    const address = goroutines.address[row]!;
    const record = before.word(address + g.waiting);
    const same = (at: number): boolean => before.word(at) === now.word(at);
    const stays =
      before.uint32(address + g.atomicstatus) === now.uint32(address + g.atomicstatus) &&
      same(address + g.goid) &&
      depthOf(before, address) === depthOf(now, address) &&
      same(address + g.waiting) &&
      (record === 0 || same(record + (before.word(record + sudog.c) === 0 ? sudog.elem : sudog.c)));
    if (!stays) moved.add(address);
  }
  return moved;
}

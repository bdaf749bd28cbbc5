// Which goroutines were about to be woken when their process was copied. A thread may hold the only reference to what they
// wait for in a register, where nobody sees it without tracing the process, or may have taken them off the queue already.
// Neither lasts: looked at again a little later, such a goroutine runs, has ended or waits for something else.
import { type MemorySource, wordOf, wordReaderOf } from '../base/memory-source.ts';
import type { GoroutineTable } from './goroutine-table.ts';
import type { GoTarget } from './heap-image.ts';

interface Waiting {
  readonly goroutines: Pick<GoroutineTable, 'length' | 'status' | 'address'>;
  /** As it was when they were copied. */
  readonly memory: MemorySource;
  readonly target: Pick<GoTarget, 'layout'>;
}

/** `later` is the memory of the process that runs again. Addresses of the g of goroutines that no longer wait as they did. */
export function movedOnSince({ goroutines, memory, target }: Waiting, later: MemorySource): ReadonlySet<number> {
  const { g, sudog } = target.layout.structs;
  const waiting = target.layout.goroutineStates.indexOf('waiting');
  const records = { before: wordReaderOf(memory), now: wordReaderOf(later) };
  // A goroutine is read in one piece: there may be a hundred thousand, and each read is a system call.
  const bytes = { before: new Uint8Array(g.sizeBytes), now: new Uint8Array(g.sizeBytes) };
  const before = fieldsOf(bytes.before);
  const now = fieldsOf(bytes.now);
  // The collector may have moved its stack meanwhile.
  const depthOf = (field: Field): number => field(g.stackHi) - field(g.schedSp);
  const moved = new Set<number>();
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.status[row] !== waiting) continue;
    const address = goroutines.address[row]!;
    const isThere = memory.readInto(address, bytes.before) + later.readInto(address, bytes.now) === 2 * g.sizeBytes;
    const record = before(g.waiting);
    const same = (at: number): boolean => records.before.word(at) === records.now.word(at);
    const stays =
      isThere &&
      before(g.atomicstatus, 4) === now(g.atomicstatus, 4) &&
      before(g.goid) === now(g.goid) &&
      depthOf(before) === depthOf(now) &&
      record === now(g.waiting) &&
      (record === 0 || same(record + (records.before.word(record + sudog.c) === 0 ? sudog.elem : sudog.c)));
    if (!stays) moved.add(address);
  }
  return moved;
}

type Field = (at: number, bytes?: 4 | 8) => number;

function fieldsOf(bytes: Uint8Array): Field {
  const view = new DataView(bytes.buffer);
  return (at, size = 8) => wordOf(view.getUint32(at, true), size === 4 ? 0 : view.getUint32(at + 4, true));
}

// What each goroutine waits for: the addresses of channels, or of the semaphore inside a lock. Source: runtime/chan.go and
// select.go (g.waiting lists the sudogs of channel operations), runtime/sema.go (semtable: 251 trees of sudogs by address;
// notifyList of sync.Cond), runtime/runtime2.go sudog.
import { type WordReader, wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';

export interface Waits {
  /** By row of the goroutine table: addresses start[row] … start[row + 1]. A select waits for several channels. */
  readonly start: Uint32Array;
  readonly address: Float64Array;
  /** Addresses of the records that stand in wait queues. */
  readonly records: readonly number[];
}

const semaRootStride = 64;
const mostSudogs = 1 << 24;
/** A select has at most 65,536 cases. */
const mostCases = 1 << 16;

export function readWaits(image: HeapImage): Waits {
  const { goroutines } = image;
  const { layout } = image.target;
  const { g, sudog } = layout.structs;
  const reader = wordReaderOf(image.memory);
  const records: number[] = [];
  const found: number[][] = Array.from({ length: goroutines.length }, () => []);
  const rowOfG = new Map<number, number>();
  for (let row = 0; row < goroutines.length; row++) {
    const status = layout.goroutineStates[goroutines.status[row]!];
    if (status !== 'waiting' && status !== 'leaked') continue;
    rowOfG.set(goroutines.address[row]!, row);
    const isSync = layout.waitReasons[goroutines.waitReason[row]!]?.startsWith('sync.') === true;
    let record = reader.word(goroutines.address[row]! + g.waiting);
    for (let i = 0; record > 0 && i < mostCases; i++) {
      records.push(record);
      const channel = reader.word(record + sudog.c);
      if (channel > 0) found[row]!.push(channel);
      else if (isSync) {
        // Since 1.26 the records of locks and conditions hang here, too.
        const lock = reader.word(record + sudog.elem);
        if (lock > 0) found[row]!.push(lock);
      }
      record = reader.word(record + sudog.waitlink);
    }
  }
  addSemaphores(reader, image, (record, of, semaphore) => {
    records.push(record);
    const row = rowOfG.get(of);
    if (row !== undefined && !found[row]!.includes(semaphore)) found[row]!.push(semaphore);
  });
  const start = new Uint32Array(goroutines.length + 1);
  for (let row = 0; row < goroutines.length; row++) start[row + 1] = start[row]! + found[row]!.length;
  return { start, address: Float64Array.from(found.flat()), records };
}

function addSemaphores(
  reader: WordReader,
  image: HeapImage,
  found: (record: number, g: number, semaphore: number) => void,
): void {
  const { layout, addresses } = image.target;
  const { sudog, semaRoot } = layout.structs;
  if (addresses.semtable === undefined) return;
  let seen = 0;
  for (let i = 0; i < layout.constants.semTabSize; i++) {
    const open = [reader.word(addresses.semtable + i * semaRootStride + semaRoot.treap)];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (!(node > 0) || seen++ > mostSudogs) continue;
      // Left and right of the tree are prev and next; others that wait for the same address hang on waitlink.
      open.push(reader.word(node + sudog.prev), reader.word(node + sudog.next));
      const semaphore = reader.word(node + sudog.elem);
      for (let one = node; one > 0 && seen++ < mostSudogs; one = reader.word(one + sudog.waitlink)) {
        found(one, reader.word(one + sudog.g), semaphore);
      }
    }
  }
}

// What each goroutine waits for: the address of a channel, or of the semaphore inside a lock. Source: runtime/chan.go and
// select.go (g.waiting lists the sudogs of channel operations), runtime/sema.go (semtable: 251 trees of sudogs by address).
import { wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';

export interface Waits {
  /** By row of the goroutine table: addresses start[row] … start[row + 1]. A select waits for several channels. */
  readonly start: Uint32Array;
  readonly address: Float64Array;
}

const semaRootStride = 64;
const mostSudogs = 1 << 24;
/** A select has at most 65,536 cases. */
const mostCases = 1 << 16;

export function readWaits(image: HeapImage): Waits {
  const { goroutines } = image;
  const { layout, addresses } = image.target;
  const { g, sudog, semaRoot } = layout.structs;
  const reader = wordReaderOf(image.memory);
  const found: number[][] = Array.from({ length: goroutines.length }, () => []);
  const rowOfG = new Map<number, number>();
  const waiting = layout.goroutineStates.indexOf('waiting');
  for (let row = 0; row < goroutines.length; row++) {
    if (goroutines.status[row] !== waiting) continue;
    rowOfG.set(goroutines.address[row]!, row);
    let record = reader.word(goroutines.address[row]! + g.waiting);
    for (let seen = 0; record > 0 && seen < mostCases; seen++) {
      found[row]!.push(reader.word(record + sudog.c) || 0);
      record = reader.word(record + sudog.waitlink);
    }
  }
  if (addresses.semtable === undefined) return asColumns(found);
  let seen = 0;
  for (let i = 0; i < layout.constants.semTabSize; i++) {
    const open = [reader.word(addresses.semtable + i * semaRootStride + semaRoot.treap)];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (!(node > 0) || seen++ > mostSudogs) continue;
      // Left and right of the tree are prev and next; others that wait for the same address hang on waitlink.
      open.push(reader.word(node + sudog.prev), reader.word(node + sudog.next));
      const semaphore = reader.word(node + sudog.elem);
      for (let one = node; one > 0 && seen++ < mostSudogs; one = reader.word(one + sudog.waitlink)) {
        const row = rowOfG.get(reader.word(one + sudog.g));
        if (row !== undefined) found[row] = [semaphore];
      }
    }
  }
  return asColumns(found);
}

function asColumns(found: readonly (readonly number[])[]): Waits {
  const start = new Uint32Array(found.length + 1);
  for (const [row, list] of found.entries()) start[row + 1] = start[row]! + list.length;
  return { start, address: Float64Array.from(found.flat()) };
}

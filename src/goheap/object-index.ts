// Which slots of the heap hold objects, and which object an address belongs to. A slot is numbered over all spans; each span
// begins at a multiple of 8, so that the runtime's own bits of a span are bytes of ours.
import type { HeapImage } from './heap-image.ts';
import { type SpanTable, spanOfAddress } from './span-table.ts';

export interface ObjectIndex {
  readonly spans: SpanTable;
  readonly slots: number;
  readonly firstSlot: Uint32Array;
  /** Low half of the address of each span. */
  readonly startLow: Uint32Array;
  /** 1 / element size, for spans of more than one object. */
  readonly perByte: Float64Array;
  /** One bit a slot. */
  readonly allocated: Uint8Array;
  readonly allocatedObjects: number;
  readonly allocatedBytes: number;
  /** Spans whose bits were not copied: their objects count as allocated. */
  readonly unknownSpans: number;
}

const mostSlots = 2 ** 32 - 8;

/** Bits of a slot: below freeindex it is allocated, above it as the bit says. Source: runtime/mbitmap.go isFree. */
export function indexObjects(image: HeapImage): ObjectIndex {
  const { spans, metadata } = image;
  const firstSlot = new Uint32Array(spans.length);
  let slots = 0;
  for (let row = 0; row < spans.length; row++) {
    firstSlot[row] = slots;
    slots += (spans.elements[row]! + 7) & ~7;
    if (slots > mostSlots) throw new RangeError(`more than ${mostSlots} slots`);
  }
  const allocated = new Uint8Array(slots >> 3);
  const startLow = new Uint32Array(spans.length);
  const perByte = new Float64Array(spans.length);
  let allocatedObjects = 0;
  let allocatedBytes = 0;
  let unknownSpans = 0;
  for (let row = 0; row < spans.length; row++) {
    startLow[row] = spans.start[row]! % 2 ** 32;
    perByte[row] = spans.elements[row] === 1 ? 0 : 1 / spans.elementBytes[row]!;
    const count = spans.elements[row]!;
    const bytes = (count + 7) >> 3;
    const base = firstSlot[row]! >>> 3;
    const at = metadata.locate(spans.allocBits[row]!, bytes);
    if (at < 0) {
      allocated.fill(0xff, base, base + bytes);
      unknownSpans++;
    } else {
      allocated.set(metadata.bytes().subarray(at, at + bytes), base);
      const free = Math.min(count, spans.freeIndex[row]!);
      allocated.fill(0xff, base, base + (free >> 3));
      if ((free & 7) !== 0) allocated[base + (free >> 3)]! |= (1 << (free & 7)) - 1;
    }
    if ((count & 7) !== 0) allocated[base + bytes - 1]! &= (1 << (count & 7)) - 1;
    let objects = 0;
    for (let i = base; i < base + bytes; i++) objects += bitsOf[allocated[i]!]!;
    allocatedObjects += objects;
    allocatedBytes += objects * spans.elementBytes[row]!;
  }
  return {
    spans,
    slots,
    firstSlot,
    startLow,
    perByte,
    allocated,
    allocatedObjects,
    allocatedBytes,
    unknownSpans,
  };
}

export const isAllocated = (index: ObjectIndex, slot: number): boolean =>
  ((index.allocated[slot >>> 3]! >> (slot & 7)) & 1) === 1;

/** Slot of the object that holds an address; -1 when there is none, or it is free. */
export function slotOfAddress(index: ObjectIndex, address: number): number {
  const { spans } = index;
  const span = spanOfAddress(spans.pageIndex, address);
  if (span < 0) return -1;
  const element = Math.floor((address - spans.start[span]!) / spans.elementBytes[span]!);
  if (element >= spans.elements[span]!) return -1;
  const slot = index.firstSlot[span]! + element;
  return isAllocated(index, slot) ? slot : -1;
}

/** Number of bits that are set in a byte. */
const bitsOf = Uint8Array.from({ length: 256 }, (_, byte) => {
  let bits = 0;
  for (let rest = byte; rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
});

// What is asked of a span at each pointer, side by side: one line of the cache instead of one for each column.
import type { GoTarget, HeapImage } from './heap-image.ts';
import type { ObjectIndex } from './object-index.ts';
import { pageBytes, type SpanTable } from './span-table.ts';

export const spanFacts = 8;
export const fact = {
  startLow: 0,
  elements: 1,
  firstSlot: 2,
  slab: 3,
  slabWord: 4,
  words: 5,
  flags: 6,
  bitmap: 7,
} as const;
/** plain: nothing to follow. typed: the runtime itself says what its objects are. opaque, kept: has slots of these sets. */
export const flag = { plain: 1, typed: 2, opaque: 4, kept: 8 } as const;

/** `spanFacts` numbers a span, each at its place in `fact`; those that may be above 2^31 are to be read with `>>> 0`. */
export function packSpans(
  { contents, target }: HeapImage,
  { spans, firstSlot, startLow }: ObjectIndex,
  opaque: ReadonlySet<number>,
  kept: ReadonlySet<number>,
): Int32Array {
  const facts = new Int32Array(spans.length * spanFacts);
  const headers = target.layout.heapBitmap === 'in-span';
  const smallest = target.layout.constants.minSizeForMallocHeader ?? 512;
  for (let row = 0; row < spans.length; row++) {
    const at = row * spanFacts;
    const isPlain = (spans.spanClass[row]! & 1) === 1 || contents.spanSlab[row]! < 0;
    const isTyped = headers && (spans.spanClass[row]! <= 1 || spans.elementBytes[row]! > smallest);
    facts[at + fact.startLow] = startLow[row]!;
    facts[at + fact.elements] = spans.elements[row]!;
    facts[at + fact.firstSlot] = firstSlot[row]!;
    facts[at + fact.slab] = contents.spanSlab[row]!;
    facts[at + fact.slabWord] = contents.spanWord[row]!;
    facts[at + fact.words] = spans.elementBytes[row]! / 8;
    if (headers && !isTyped && !isPlain)
      facts[at + fact.bitmap] = contents.spanWord[row]! + bitmapWord(spans, row, target);
    facts[at + fact.flags] = (isPlain ? flag.plain : 0) | (isTyped ? flag.typed : 0);
  }
  for (const one of opaque) facts[spanOfSlot(firstSlot, one) * spanFacts + fact.flags]! |= flag.opaque;
  for (const one of kept) facts[spanOfSlot(firstSlot, one) * spanFacts + fact.flags]! |= flag.kept;
  return facts;
}

/** Word of a span at which its bitmap begins. */
function bitmapWord(spans: SpanTable, row: number, { layout }: GoTarget): number {
  const bytes = spans.pages[row]! * pageBytes;
  const marks = spans.elementBytes[row]! >= 16 ? layout.inlineMarkBytes : 0;
  return (bytes - bytes / 64 - marks) >>> 2;
}

/** Row of the last span that begins at or before a slot. */
function spanOfSlot(firstSlot: Uint32Array, slot: number): number {
  let low = 0;
  let high = firstSlot.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (firstSlot[middle]! <= slot) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

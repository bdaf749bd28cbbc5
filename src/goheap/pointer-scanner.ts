// Which words of an object are pointers, the way the collector itself knows it. Three ways, one a family of Go versions:
//
//   until 1.19   heapArena.bitmap   2 bits a word: pointer, and "more follows"       runtime/mbitmap.go (1.19)
//   1.20, 1.21   heapArena.bitmap   1 bit a word, noMorePtrs ends an object           runtime/mbitmap.go (1.21)
//   1.22 on      ≤ 512 bytes        1 bit a word at the end of the span               runtime/mbitmap.go (1.22)
//                > 512 bytes        a header word in front: the address of the type, its mask repeats
//                large objects      the type stands in the span
import type { HeapImage } from './heap-image.ts';
import { pageBytes } from './span-table.ts';
import { createTypeMasks, type TypeMask, type TypeMasks } from './type-masks.ts';

/**
 * Looks at words `from` … `from + windowWords - 1` of an object, writes the numbers of those that are pointers and returns
 * how many they are; -1 - count when no pointer follows in the rest of the object.
 */
export type PointerScanner = (span: number, index: number, from: number, out: Int32Array) => number;

export interface Scanning {
  readonly scan: PointerScanner;
  readonly masks: TypeMasks;
  /** Objects that had no usable type: all their words were taken for possible pointers. */
  readonly counts: { conservative: number };
}

/** Words of one call: large objects take several. */
export const windowWords = 4096;

export function createScanner(image: HeapImage): Scanning {
  const { layout } = image.target;
  const masks = createTypeMasks(image.memory, layout);
  const counts = { conservative: 0 };
  const scan =
    layout.heapBitmap === 'in-span'
      ? inSpanScanner(image, masks, counts)
      : layout.heapBitmap === 'one-bit-arena'
        ? oneBitScanner(image)
        : twoBitScanner(image);
  return { scan, masks, counts };
}

function inSpanScanner(image: HeapImage, masks: TypeMasks, counts: { conservative: number }): PointerScanner {
  const { spans, contents } = image;
  const { layout } = image.target;
  const { slabs, spanSlab, spanWord } = contents;
  const { elementBytes, pages, spanClass, largeType, userArena } = spans;
  const smallest = layout.constants.minSizeForMallocHeader ?? 512;
  const inlineBytes = layout.inlineMarkBytes;
  const everyWord = (words: number, from: number, out: Int32Array): number => {
    if (from === 0) counts.conservative++;
    const end = Math.min(words, from + windowWords);
    let count = 0;
    for (let word = from; word < end; word++) out[count++] = word;
    return count;
  };
  return (span, index, from, out) => {
    const slab = slabs[spanSlab[span]!]!;
    const bytes = elementBytes[span]!;
    const words = bytes / 8;
    if (userArena[span] === 1) return everyWord(words, from, out);
    if (bytes <= smallest && spanClass[span]! > 1) {
      const spanBytes = pages[span]! * pageBytes;
      const marks = bytes >= 16 ? inlineBytes : 0;
      const bitmap = spanWord[span]! + ((spanBytes - spanBytes / 64 - marks) >> 2);
      return scanBitmap(slab, bitmap, index * words, words, out);
    }
    if (spanClass[span]! <= 1) {
      const type = largeType[span]!;
      // Not yet set: the object is still being zeroed and has no pointers.
      if (type === 0) return 0;
      const mask = masks.maskOf(type);
      return mask === undefined ? everyWord(words, from, out) : scanTiled(mask, 0, words, from, out);
    }
    const header = spanWord[span]! + index * (bytes >> 2);
    const type = slab[header + 1]! * 0x1_0000_0000 + slab[header]!;
    // Allocated but not yet written: no pointers either.
    if (type === 0) return 0;
    const mask = masks.maskOf(type);
    return mask === undefined ? everyWord(words, from, out) : scanTiled(mask, 1, words, from, out);
  };
}

/**
 * Numbers of the words of a small object that are pointers, by a bitmap that starts at word `bitmap` of the slab; the object
 * has `words` bits from `first` on.
 */
export function scanBitmap(slab: Uint32Array, bitmap: number, first: number, words: number, out: Int32Array): number {
  let count = 0;
  // At most 64 words: taken 32 at a time.
  for (let done = 0, bit = first; done < words; done += 32, bit += 32) {
    const shift = bit & 31;
    const at = bitmap + (bit >>> 5);
    let set = slab[at]! >>> shift;
    if (shift !== 0) set |= slab[at + 1]! << (32 - shift);
    const left = words - done;
    if (left < 32) set &= (1 << left) - 1;
    while (set !== 0) {
      const lowest = 31 - Math.clz32(set & -set);
      out[count++] = done + lowest;
      set &= set - 1;
    }
  }
  return count;
}

/** The mask of the type repeats from word `base` to the end of the slot. */
function scanTiled(mask: TypeMask, base: number, words: number, from: number, out: Int32Array): number {
  const { sizeWords, pointerWords, bits } = mask;
  const start = Math.max(base, from);
  const end = Math.min(words, from + windowWords);
  let count = 0;
  let inType = (start - base) % sizeWords;
  for (let word = start; word < end; ) {
    if (inType >= pointerWords) {
      word += sizeWords - inType;
      inType = 0;
      continue;
    }
    if (((bits[inType >>> 5]! >>> (inType & 31)) & 1) === 1) out[count++] = word;
    word++;
    if (++inType === sizeWords) inType = 0;
  }
  return count;
}

function oneBitScanner(image: HeapImage): PointerScanner {
  const { spanSlab, spanWord, bitmaps, noMorePointers } = image.contents;
  const { elementBytes } = image.spans;
  return (span, index, from, out) => {
    const slab = spanSlab[span]!;
    const bitmap = bitmaps[slab]!;
    const noMore = noMorePointers[slab]!;
    const words = elementBytes[span]! / 8;
    // Words of the slab are of 4 bytes, those of the bitmap of 8.
    const first = spanWord[span]! / 2 + index * words;
    const end = Math.min(words, from + windowWords);
    let count = 0;
    for (let word = from; word < end; ) {
      const bit = first + word;
      const group = bit >>> 6;
      const groupEnd = Math.min(end, word + 64 - (bit & 63));
      for (; word < groupEnd; word++) {
        const at = first + word;
        if (((bitmap[at >>> 3]! >> (at & 7)) & 1) === 1) out[count++] = word;
      }
      // Says that the object which holds the last word of the group has no pointers behind it.
      if (((noMore[group >>> 3]! >> (group & 7)) & 1) === 1 && groupEnd < words) return -1 - count;
    }
    return count;
  };
}

function twoBitScanner(image: HeapImage): PointerScanner {
  const { spanSlab, spanWord, bitmaps } = image.contents;
  const { elementBytes } = image.spans;
  return (span, index, from, out) => {
    const bitmap = bitmaps[spanSlab[span]!]!;
    const words = elementBytes[span]! / 8;
    const first = spanWord[span]! / 2 + index * words;
    const end = Math.min(words, from + windowWords);
    let count = 0;
    for (let word = from; word < end; word++) {
      const at = first + word;
      const pair = bitmap[at >>> 2]! >> (at & 3);
      if ((pair & 0x10) === 0) return -1 - count;
      if ((pair & 1) === 1) out[count++] = word;
    }
    return count;
  };
}

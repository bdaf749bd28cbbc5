// Copies the contents of the spans whose objects have pointers, and until Go 1.21 the bitmaps that say which words they
// are. Strings, bytes and numbers are never read: that is most of the memory, all of the secrets and most of the time.
//
//   memory:   [scan span][noscan][scan][scan] … [scan]        spans that are near each other are read at once
//   slab 0:   [scan span][······][scan][scan][scan]           word of a span in its slab: spanWord
import { type MemoryRange, type MemorySource, wordReaderOf } from '../base/memory-source.ts';
import { arenaIndexOfZero, type RuntimeLayout } from './runtime-layout.ts';
import { arenaBytes, hasPointers, pageBytes, type SpanTable } from './span-table.ts';

export interface SpanContents {
  readonly slabs: readonly Uint32Array[];
  /** By span row: its slab, -1 when it was not copied; and where in it its first word is. */
  readonly spanSlab: Int32Array;
  readonly spanWord: Uint32Array;
  /** Bitmaps of the arenas, side by side with the slabs: until Go 1.21; empty later. */
  readonly bitmaps: readonly Uint8Array[];
  readonly noMorePointers: readonly Uint8Array[];
  /** Where they come from, for a snapshot. */
  readonly bitmapRanges: readonly MemoryRange[];
  readonly copiedBytes: number;
  /** Bytes that could not be read; they are zero in the slabs. */
  readonly missingBytes: number;
  /** Spans too large for one buffer. */
  readonly leftOut: number;
}

/** Memory to copy into, allocated and touched before the target is stopped: fresh pages cost more than the copy. */
export interface SlabPool {
  readonly free: Uint8Array[];
}

const slabBytes = 512 * 1024 * 1024;
/** The largest array buffer of Node 20 on 64-bit machines. */
const mostSlabBytes = 2 ** 32 - pageBytes;
/** A gap of one page between spans costs less to read over than a second call. */
const gapBytes = pageBytes;
const pieceBytes = 16 * 1024 * 1024;

/** Bytes of the slabs that the spans need. */
export function scanBytesOf(spans: SpanTable): number {
  let bytes = 0;
  for (let row = 0; row < spans.length; row++) if (hasPointers(spans, row)) bytes += spans.pages[row]! * pageBytes;
  return bytes;
}

/** Room for a heap of `bytes`, with what it may grow meanwhile. */
export function createSlabPool(bytes: number): SlabPool {
  const free: Uint8Array[] = [];
  for (let left = Math.ceil(bytes * 1.25) + 8 * 1024 * 1024; left > 0; left -= slabBytes) {
    // Filled with ones: the pages of zeros exist only on paper.
    free.push(new Uint8Array(Math.ceil(Math.min(slabBytes, left) / pageBytes) * pageBytes).fill(1));
  }
  return { free };
}

/** `progress` is told how many bytes are copied and may throw to end it. */
export function copySpans(
  memory: MemorySource,
  layout: RuntimeLayout,
  mheap: number,
  spans: SpanTable,
  pool: SlabPool,
  progress: (copiedBytes: number) => void,
): SpanContents {
  const slabs: Uint8Array[] = [];
  const spanSlab = new Int32Array(spans.length).fill(-1);
  const spanWord = new Uint32Array(spans.length);
  const bitmap = layout.heapBitmap === 'in-span' ? undefined : arenaBitmapReader(memory, layout, mheap);
  let used = 0;
  let copiedBytes = 0;
  let missingBytes = 0;
  let leftOut = 0;
  const nextSlab = (bytes: number): Uint8Array => {
    const ready = pool.free.findIndex((one) => one.length >= bytes);
    const slab = ready < 0 ? new Uint8Array(Math.max(bytes, slabBytes / 8)) : pool.free.splice(ready, 1)[0]!;
    slabs.push(slab);
    bitmap?.addSlab(slab.length);
    used = 0;
    return slab;
  };
  let slab: Uint8Array | undefined;
  for (let row = 0; row < spans.length; ) {
    if (!hasPointers(spans, row)) {
      row++;
      continue;
    }
    const start = spans.start[row]!;
    let end = start + spans.pages[row]! * pageBytes;
    if (end - start > mostSlabBytes) {
      leftOut++;
      row++;
      continue;
    }
    let after = row + 1;
    for (; after < spans.length && spans.start[after]! <= end + gapBytes; after++) {
      const nextEnd = spans.start[after]! + spans.pages[after]! * pageBytes;
      if (!hasPointers(spans, after)) continue;
      if (nextEnd - start > pieceBytes) break;
      end = nextEnd;
    }
    const bytes = end - start;
    if (slab === undefined || used + bytes > slab.length) slab = nextSlab(bytes);
    for (let one = row; one < after; one++) {
      if (!hasPointers(spans, one)) continue;
      spanSlab[one] = slabs.length - 1;
      spanWord[one] = (used + spans.start[one]! - start) >>> 2;
    }
    for (let done = 0; done < bytes; done += pieceBytes) {
      const into = slab.subarray(used + done, used + Math.min(bytes, done + pieceBytes));
      const whole = memory.readInto(start + done, into) === into.length;
      copiedBytes += whole ? into.length : bytes - done;
      if (!whole) missingBytes += copyEach(memory, spans, row, after, start, slab, used);
      progress(copiedBytes);
      if (!whole) break;
    }
    bitmap?.copy(start, bytes, used);
    used += bytes;
    row = after;
  }
  return {
    slabs: slabs.map((one) => new Uint32Array(one.buffer, 0, one.length >> 2)),
    spanSlab,
    spanWord,
    bitmaps: bitmap?.bitmaps ?? [],
    noMorePointers: bitmap?.noMorePointers ?? [],
    bitmapRanges: bitmap?.ranges ?? [],
    copiedBytes,
    missingBytes,
    leftOut,
  };
}

/**
 * A part of the run is not there: a gap that nobody needs, in a snapshot, or a span. Copies what there is of each span and
 * returns how much of them is missing.
 */
function copyEach(
  memory: MemorySource,
  spans: SpanTable,
  first: number,
  after: number,
  start: number,
  slab: Uint8Array,
  at: number,
): number {
  let missing = 0;
  for (let row = first; row < after; row++) {
    if (!hasPointers(spans, row)) continue;
    const from = at + spans.start[row]! - start;
    const into = slab.subarray(from, from + spans.pages[row]! * pageBytes);
    const count = memory.readInto(spans.start[row]!, into);
    into.fill(0, count);
    missing += into.length - count;
  }
  return missing;
}

/** Words of memory that one byte of heapArena.bitmap covers, × 8: 2 bits a word until 1.19, then 1. */
const bitmapScale = { 'two-bit-arena': 32, 'one-bit-arena': 64 } as const;
/** noMorePtrs has a bit for each word of the bitmap. */
const noMoreScale = 4096;

function arenaBitmapReader(memory: MemorySource, layout: RuntimeLayout, mheap: number) {
  const bitmaps: Uint8Array[] = [];
  const noMorePointers: Uint8Array[] = [];
  const scale = layout.heapBitmap === 'two-bit-arena' ? bitmapScale['two-bit-arena'] : bitmapScale['one-bit-arena'];
  const { heapArena, mheap: heap } = layout.structs;
  const reader = wordReaderOf(memory);
  const level2 = reader.word(mheap + heap.arenas);
  const ranges: MemoryRange[] = [];
  const arenaAt = new Map<number, number>();
  const readPart = (address: number, into: Uint8Array): void => {
    memory.readInto(address, into);
    ranges.push({ start: address, bytes: into });
  };
  const recordOf = (arena: number): number => {
    const known = arenaAt.get(arena);
    if (known !== undefined) return known;
    const entry = level2 + 8 * (arena + arenaIndexOfZero.amd64);
    const found = reader.word(entry);
    readPart(entry, new Uint8Array(8));
    arenaAt.set(arena, found);
    return found;
  };
  return {
    bitmaps,
    noMorePointers,
    ranges,
    addSlab(bytes: number): void {
      bitmaps.push(new Uint8Array(bytes / scale));
      noMorePointers.push(new Uint8Array(heapArena.noMorePtrs === undefined ? 0 : bytes / noMoreScale));
    },
    copy(start: number, bytes: number, at: number): void {
      for (let done = 0; done < bytes; ) {
        const arena = Math.floor((start + done) / arenaBytes);
        const within = start + done - arena * arenaBytes;
        const count = Math.min(bytes - done, arenaBytes - within);
        const record = recordOf(arena);
        const from = record + (heapArena.bitmap ?? 0) + within / scale;
        readPart(from, bitmaps.at(-1)!.subarray((at + done) / scale, (at + done + count) / scale));
        if (heapArena.noMorePtrs !== undefined) {
          const more = record + heapArena.noMorePtrs + within / noMoreScale;
          const into = noMorePointers.at(-1)!;
          readPart(more, into.subarray((at + done) / noMoreScale, (at + done + count) / noMoreScale));
        }
        done += count;
      }
    },
  };
}

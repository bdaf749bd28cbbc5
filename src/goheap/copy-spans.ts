// Copies the contents of the spans whose objects have pointers, and until Go 1.21 the bitmaps that say which words they
// are. Strings, bytes and numbers are never read: that is most of the memory, all of the secrets and most of the time.
//
//   memory:   [scan span][noscan][scan][scan] … [scan]        spans that are near each other are read at once
//   slab 0:   [scan span][······][scan][scan][scan]           word of a span in its slab: spanWord
import { type MemoryRange, type MemorySource, wordReaderOf } from '../base/memory-source.ts';
import { type Copier, type CopyList, largestPieceBytes } from './copier.ts';
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

/** Memory to copy into, made ready before the target is stopped. */
export interface SlabPool {
  readonly free: Uint8Array[];
}

/** Of a heap, between the rehearsal and the copy. */
const likelyGrowth = 0.03;
const mostGrowth = 0.25;
const spareBytes = 8 * 1024 * 1024;
const slabBytes = 512 * 1024 * 1024;
/** The largest array buffer of Node 20 on 64-bit machines. */
const mostSlabBytes = 2 ** 32 - pageBytes;
/** A gap of one page between spans costs less to read over than a second call. */
const gapBytes = pageBytes;
/** Spans that are read at once. */
const runBytes = 16 * 1024 * 1024;

/** Bytes of the slabs that the spans need. */
export function scanBytesOf(spans: SpanTable): number {
  let bytes = 0;
  for (let row = 0; row < spans.length; row++) if (hasPointers(spans, row)) bytes += spans.pages[row]! * pageBytes;
  return bytes;
}

/** Room for a heap of `bytes`, with what it may grow meanwhile; most of that will not be needed, and is not touched. */
export function createSlabPool(copier: Copier, bytes: number): SlabPool {
  const free: Uint8Array[] = [];
  let toTouch = Math.ceil(bytes * (1 + likelyGrowth)) + pageBytes;
  for (let left = Math.ceil(bytes * (1 + mostGrowth)) + spareBytes; left > 0; left -= slabBytes) {
    const slab = copier.room(Math.ceil(Math.min(slabBytes, left) / pageBytes) * pageBytes);
    copier.touch(slab, Math.min(slab.length, toTouch));
    toTouch -= Math.min(slab.length, toTouch);
    free.push(slab);
  }
  return { free };
}

/** Makes the code that plans the copy ready, as it will run while the target stands. */
export function rehearseCopy(copier: Copier, spans: SpanTable, { free }: SlabPool): void {
  planCopy(spans, copier, { free: [...free] });
}

export interface SpanCopy {
  readonly memory: MemorySource;
  readonly copier: Copier;
  readonly layout: RuntimeLayout;
  /** Address of runtime.mheap_. */
  readonly mheap: number;
  readonly spans: SpanTable;
  readonly pool: SlabPool;
  /** Told how many bytes are copied; may throw to end it. */
  readonly progress: (copiedBytes: number) => void;
}

export function copySpans({ memory, copier, layout, mheap, spans, pool, progress }: SpanCopy): SpanContents {
  const plan = planCopy(spans, copier, pool);
  const { slabs, spanSlab, spanWord, runs, pieces, leftOut } = plan;
  const counts = copier.copy(pieces, slabs, progress);
  let copiedBytes = 0;
  let missingBytes = 0;
  for (const run of runs) {
    copiedBytes += run.bytes;
    let whole = true;
    for (let row = run.firstPiece; row < run.endPiece; row++) whole &&= counts[row] === pieces.bytes[row];
    if (!whole) missingBytes += copyEach(memory, spans, run, slabs[run.slab]!);
  }
  const bitmap = layout.heapBitmap === 'in-span' ? undefined : arenaBitmapReader(memory, layout, mheap);
  if (bitmap !== undefined) {
    for (const slab of slabs) bitmap.addSlab(slab.length);
    for (const run of runs) bitmap.copy(run.start, run.bytes, run.slab, run.at);
  }
  return {
    slabs: slabs.map((one) => new Uint32Array(one.buffer, one.byteOffset, one.length >> 2)),
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

/** Spans that lie near each other: what is read from `start` on goes to byte `at` of a slab. */
interface Run {
  readonly firstSpan: number;
  readonly endSpan: number;
  readonly start: number;
  readonly bytes: number;
  readonly slab: number;
  readonly at: number;
  readonly firstPiece: number;
  readonly endPiece: number;
}

/** Where everything goes. */
function planCopy(spans: SpanTable, copier: Copier, pool: SlabPool) {
  const slabs: Uint8Array[] = [];
  const spanSlab = new Int32Array(spans.length).fill(-1);
  const spanWord = new Uint32Array(spans.length);
  const runs: Run[] = [];
  let used = 0;
  let pieces = 0;
  let leftOut = 0;
  const nextSlab = (bytes: number): Uint8Array => {
    const ready = pool.free.findIndex((one) => one.length >= bytes);
    const slab = ready < 0 ? copier.room(Math.max(bytes, slabBytes / 8)) : pool.free.splice(ready, 1)[0]!;
    slabs.push(slab);
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
      if (nextEnd - start > runBytes) break;
      end = nextEnd;
    }
    const bytes = end - start;
    if (slab === undefined || used + bytes > slab.length) slab = nextSlab(bytes);
    for (let one = row; one < after; one++) {
      if (!hasPointers(spans, one)) continue;
      spanSlab[one] = slabs.length - 1;
      spanWord[one] = (used + spans.start[one]! - start) >>> 2;
    }
    const firstPiece = pieces;
    pieces += Math.ceil(bytes / largestPieceBytes);
    runs.push({
      firstSpan: row,
      endSpan: after,
      start,
      bytes,
      slab: slabs.length - 1,
      at: used,
      firstPiece,
      endPiece: pieces,
    });
    used += bytes;
    row = after;
  }
  return { slabs, spanSlab, spanWord, runs, pieces: piecesOf(runs, pieces), leftOut };
}

function piecesOf(runs: readonly Run[], length: number): CopyList {
  const list = {
    length,
    address: new Float64Array(length),
    slab: new Uint32Array(length),
    at: new Float64Array(length),
    bytes: new Uint32Array(length),
  };
  for (const run of runs) {
    for (let row = run.firstPiece, done = 0; row < run.endPiece; row++, done += largestPieceBytes) {
      list.address[row] = run.start + done;
      list.slab[row] = run.slab;
      list.at[row] = run.at + done;
      list.bytes[row] = Math.min(largestPieceBytes, run.bytes - done);
    }
  }
  return list;
}

/**
 * A part of the run is not there: a gap that nobody needs, in a snapshot, or a span. Copies what there is of each span and
 * returns how much of them is missing.
 */
function copyEach(
  memory: MemorySource,
  spans: SpanTable,
  { firstSpan, endSpan, start, at }: Run,
  slab: Uint8Array,
): number {
  let missing = 0;
  for (let row = firstSpan; row < endSpan; row++) {
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
    copy(start: number, bytes: number, slab: number, at: number): void {
      for (let done = 0; done < bytes; ) {
        const arena = Math.floor((start + done) / arenaBytes);
        const within = start + done - arena * arenaBytes;
        const count = Math.min(bytes - done, arenaBytes - within);
        const record = recordOf(arena);
        const from = record + (heapArena.bitmap ?? 0) + within / scale;
        readPart(from, bitmaps[slab]!.subarray((at + done) / scale, (at + done + count) / scale));
        if (heapArena.noMorePtrs !== undefined) {
          const more = record + heapArena.noMorePtrs + within / noMoreScale;
          const into = noMorePointers[slab]!;
          readPart(more, into.subarray((at + done) / noMoreScale, (at + done + count) / noMoreScale));
        }
        done += count;
      }
    },
  };
}

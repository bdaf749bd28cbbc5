// The spans of the heap: runs of pages that hold objects of one size. Source: runtime/mheap.go mspan, mheap.allspans;
// runtime/sizeclasses.go. Rows are in the order of their addresses.
//
//   span row:    0               1               2
//   start:       0xc000000000    0xc000002000    0xc000004000
//   spanClass:   5 (16 B noscan) 2 (8 B scan)    0 (one large object, scan)
import type { MetadataCache } from './metadata-cache.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface SpanTable {
  readonly length: number;
  readonly start: Float64Array;
  readonly pages: Uint32Array;
  readonly elementBytes: Float64Array;
  readonly elements: Uint32Array;
  /** Slots below this one are allocated. */
  readonly freeIndex: Uint32Array;
  /** Size class × 2, + 1 when its objects have no pointers. */
  readonly spanClass: Uint8Array;
  /** Addresses; 0 where there is none. */
  readonly allocBits: Float64Array;
  readonly specials: Float64Array;
  readonly largeType: Float64Array;
  /** 1: a chunk of a user arena, with objects of many sizes. */
  readonly userArena: Uint8Array;
  readonly pageIndex: PageIndex;
  /** Bytes in spans of stacks and of the runtime itself. */
  readonly manualBytes: number;
  /** Spans whose fields contradict each other: caught while they were being made. They are left out. */
  readonly odd: number;
}

/** Which span a page belongs to: one row of `pagesAnArena` pages for each arena that has any. */
export interface PageIndex {
  readonly firstArena: number;
  /** Arena number - firstArena → row, or -1. */
  readonly arenaRow: Int32Array;
  /** Span row by (arena row × pagesAnArena + page), or -1. */
  readonly spanOfPage: Int32Array;
}

/** On linux and darwin, amd64 and arm64: runtime/malloc.go heapArenaBytes, pageSize. */
export const arenaBytes = 64 * 1024 * 1024;
export const pageBytes = 8192;
export const pagesAnArena = arenaBytes / pageBytes;

const mostSpans = 1 << 27;
const mostArenas = 1 << 22;

/** Reads what `mheap_.allspans` lists. The cache must hold it as it was at one moment for the result to be exact. */
export function readSpanTable(cache: MetadataCache, layout: RuntimeLayout, mheap: number): SpanTable {
  const raw = readRows(cache, layout, mheap);
  const pageIndex = indexPages(raw);
  return sortRows(raw, pageIndex);
}

interface RawSpans {
  length: number;
  odd: number;
  manualBytes: number;
  start: Float64Array;
  pages: Uint32Array;
  elementBytes: Float64Array;
  elements: Uint32Array;
  freeIndex: Uint32Array;
  spanClass: Uint8Array;
  allocBits: Float64Array;
  specials: Float64Array;
  largeType: Float64Array;
  userArena: Uint8Array;
}

function readRows(cache: MetadataCache, layout: RuntimeLayout, mheap: number): RawSpans {
  const { mspan, mheap: heap } = layout.structs;
  const { spanInUse, spanManual } = layout.constants;
  const head = cache.locate(mheap + heap.allspans, 16) >> 2;
  const pointers = head < 0 ? 0 : address(cache.words(), head);
  const count = head < 0 ? 0 : Math.min(mostSpans, address(cache.words(), head + 2));
  const rows = emptyRows(count);
  const wideCounts = mspan.freeindexBytes === 8;
  const start = mspan.startAddr >> 2;
  const pages = mspan.npages >> 2;
  const size = mspan.elemsize >> 2;
  const allocBits = mspan.allocBits >> 2;
  const specials = mspan.specials >> 2;
  const largeType = mspan.largeType === undefined ? -1 : mspan.largeType >> 2;
  for (let i = 0; i < count; i++) {
    const at = cache.locate(pointers + 8 * i, 8) >> 2;
    const record = at < 0 ? -1 : cache.locate(address(cache.words(), at), mspan.sizeBytes);
    if (record < 0) {
      rows.odd++;
      continue;
    }
    const words = cache.words();
    const bytes = cache.bytes();
    const state = bytes[record + mspan.state]!;
    const word = record >> 2;
    const npages = address(words, word + pages);
    if (state === spanManual) rows.manualBytes += npages * pageBytes;
    if (state !== spanInUse) continue;
    const begin = address(words, word + start);
    const elementBytes = address(words, word + size);
    const elements = wideCounts ? words[(record + mspan.nelems) >> 2]! : uint16(bytes, record + mspan.nelems);
    if (
      !(begin > 0) ||
      begin % pageBytes !== 0 ||
      !(elementBytes > 0) ||
      !(npages > 0) ||
      !(elements > 0) ||
      !(npages < 2 ** 32) ||
      elementBytes * elements > npages * pageBytes
    ) {
      rows.odd++;
      continue;
    }
    const row = rows.length++;
    rows.start[row] = begin;
    rows.pages[row] = npages;
    rows.elementBytes[row] = elementBytes;
    rows.elements[row] = elements;
    rows.freeIndex[row] = wideCounts
      ? words[(record + mspan.freeindex) >> 2]!
      : uint16(bytes, record + mspan.freeindex);
    rows.spanClass[row] = bytes[record + mspan.spanclass]!;
    rows.allocBits[row] = address(words, word + allocBits);
    rows.specials[row] = address(words, word + specials);
    if (largeType >= 0) rows.largeType[row] = address(words, word + largeType);
    if (mspan.isUserArenaChunk !== undefined) rows.userArena[row] = bytes[record + mspan.isUserArenaChunk]!;
  }
  return rows;
}

function emptyRows(count: number): RawSpans {
  return {
    length: 0,
    odd: 0,
    manualBytes: 0,
    start: new Float64Array(count),
    pages: new Uint32Array(count),
    elementBytes: new Float64Array(count),
    elements: new Uint32Array(count),
    freeIndex: new Uint32Array(count),
    spanClass: new Uint8Array(count),
    allocBits: new Float64Array(count),
    specials: new Float64Array(count),
    largeType: new Float64Array(count),
    userArena: new Uint8Array(count),
  };
}

function indexPages(raw: RawSpans): PageIndex {
  let first = Number.POSITIVE_INFINITY;
  let last = -1;
  for (let i = 0; i < raw.length; i++) {
    const from = Math.floor(raw.start[i]! / arenaBytes);
    const to = Math.floor((raw.start[i]! + raw.pages[i]! * pageBytes - 1) / arenaBytes);
    if (from < first) first = from;
    if (to > last) last = to;
  }
  // User space of 48 bits has 2^22 arenas: more cannot be, except in damaged memory.
  const arenas = last < 0 ? 0 : Math.min(mostArenas, last - first + 1);
  const arenaRow = new Int32Array(arenas).fill(-1);
  let rows = 0;
  for (let i = 0; i < raw.length; i++) {
    const from = Math.floor(raw.start[i]! / arenaBytes) - first;
    const to = Math.floor((raw.start[i]! + raw.pages[i]! * pageBytes - 1) / arenaBytes) - first;
    for (let arena = from; arena <= to && arena < arenas; arena++) if (arenaRow[arena] === -1) arenaRow[arena] = rows++;
  }
  const spanOfPage = new Int32Array(rows * pagesAnArena).fill(-1);
  for (let i = 0; i < raw.length; i++) {
    let page = Math.floor(raw.start[i]! / pageBytes) - first * pagesAnArena;
    for (const end = page + raw.pages[i]!; page < end; ) {
      const row = arenaRow[Math.floor(page / pagesAnArena)] ?? -1;
      if (row < 0) break;
      const within = page % pagesAnArena;
      const upTo = Math.min(pagesAnArena, within + end - page);
      spanOfPage.fill(i, row * pagesAnArena + within, row * pagesAnArena + upTo);
      page += upTo - within;
    }
  }
  return { firstArena: first, arenaRow, spanOfPage };
}

/** The page index already has the order of addresses: one pass over it gives the rows their place, without sorting. */
function sortRows(raw: RawSpans, pageIndex: PageIndex): SpanTable {
  const { arenaRow, spanOfPage } = pageIndex;
  const place = new Int32Array(raw.length).fill(-1);
  const order = new Int32Array(raw.length);
  let placed = 0;
  for (let arena = 0; arena < arenaRow.length; arena++) {
    const row = arenaRow[arena]!;
    if (row < 0) continue;
    for (let page = row * pagesAnArena; page < (row + 1) * pagesAnArena; page++) {
      const span = spanOfPage[page]!;
      if (span < 0) continue;
      if (place[span] === -1) {
        order[placed] = span;
        place[span] = placed++;
      }
      spanOfPage[page] = place[span]!;
    }
  }
  const take = <Column extends Float64Array | Uint32Array | Uint8Array>(column: Column): Column => {
    const sorted = column.slice(0, placed) as Column;
    for (let i = 0; i < placed; i++) sorted[i] = column[order[i]!]!;
    return sorted;
  };
  return {
    length: placed,
    start: take(raw.start),
    pages: take(raw.pages),
    elementBytes: take(raw.elementBytes),
    elements: take(raw.elements),
    freeIndex: take(raw.freeIndex),
    spanClass: take(raw.spanClass),
    allocBits: take(raw.allocBits),
    specials: take(raw.specials),
    largeType: take(raw.largeType),
    userArena: take(raw.userArena),
    pageIndex,
    manualBytes: raw.manualBytes,
    // A span that another one covers entirely was read while pages changed hands.
    odd: raw.odd + (raw.length - placed),
  };
}

/** Whether objects of the span hold pointers at all. */
export const hasPointers = (spans: SpanTable, row: number): boolean => (spans.spanClass[row]! & 1) === 0;

/** Row of the span of an address; -1 when it is not in the heap. */
export function spanOfAddress(index: PageIndex, address: number): number {
  const arena = Math.floor(address / arenaBytes) - index.firstArena;
  if (!(arena >= 0 && arena < index.arenaRow.length)) return -1;
  const row = index.arenaRow[arena]!;
  if (row < 0) return -1;
  return index.spanOfPage[row * pagesAnArena + (Math.floor(address / pageBytes) % pagesAnArena)]!;
}

const address = (words: Uint32Array, at: number): number => words[at + 1]! * 0x1_0000_0000 + words[at]!;
const uint16 = (bytes: Uint8Array, at: number): number => bytes[at]! | (bytes[at + 1]! << 8);

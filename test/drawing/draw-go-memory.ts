// A Go process drawn for tests: memory with a runtime of Go 1.26 in it, whose heap has the objects that a test names. Each
// object has a span of its own, so that its size can be chosen freely.
import { type MemoryRange, memoryOfRanges } from '../../src/base/memory-source.ts';
import type { GoTarget } from '../../src/goheap/heap-image.ts';
import { go126 } from '../../src/goheap/layouts/go-1-26.ts';

export interface DrawnObject {
  readonly bytes: number;
  /** Its words in order: the name of the object that a word points to, with `+N` behind it for a byte inside; or a number. */
  readonly words?: readonly (string | number)[];
  /** Without pointers, as strings are: its words are not followed. */
  readonly noscan?: boolean;
  /** Its slot is free, though something may still point to it. */
  readonly free?: boolean;
  /** Larger than 512 bytes: pointer words of its type, and the size that they repeat after. */
  readonly type?: { readonly sizeBytes: number; readonly pointers: readonly number[] };
}

export interface DrawnMemory {
  readonly target: GoTarget;
  readonly addressOf: (place: string) => number;
}

const places = {
  mheap: 0x600000,
  module: 0x640000,
  allgs: 0x650000,
  list: 0x660000,
  spans: 0x680000,
  bits: 0x6c0000,
  types: 0x500000,
};
const heapStart = 0xc000000000;
const pageBytes = 8192;
const { structs, inlineMarkBytes } = go126;

export function drawGoMemory(objects: Readonly<Record<string, DrawnObject>>): DrawnMemory {
  const names = Object.keys(objects);
  const pagesOf = names.map((name) => Math.ceil(objects[name]!.bytes / pageBytes));
  const starts = pagesOf.map(
    (_, i) => heapStart + pagesOf.slice(0, i).reduce((sum, pages) => sum + pages, 0) * pageBytes,
  );
  const addressOf = (place: string): number => {
    const [name, inside] = place.split('+');
    const row = names.indexOf(name!);
    if (row < 0) throw new Error(`no object is called ${name}`);
    const header = objects[name!]!.type !== undefined && objects[name!]!.bytes <= 32_768 ? 8 : 0;
    return starts[row]! + (inside === undefined ? header : Number(inside));
  };
  const spans = new DataView(new ArrayBuffer(names.length * structs.mspan.sizeBytes));
  const list = new DataView(new ArrayBuffer(names.length * 8));
  const types = new DataView(new ArrayBuffer(names.length * 128));
  const pages: MemoryRange[] = names.map((name, row) => {
    const drawn = objects[name]!;
    word(list, row * 8, places.spans + row * structs.mspan.sizeBytes);
    putSpan(spans, row, drawn, starts[row]!, pagesOf[row]!);
    if (drawn.type !== undefined) putType(types, row, drawn.type);
    return { start: starts[row]!, bytes: drawPages(drawn, row, pagesOf[row]!, addressOf) };
  });
  const mheap = new DataView(new ArrayBuffer(structs.mheap.sizeBytes));
  word(mheap, structs.mheap.allspans, places.list);
  word(mheap, structs.mheap.allspans + 8, names.length);
  const module = new DataView(new ArrayBuffer(structs.moduledata.sizeBytes));
  const { text, minpc, maxpc, etext, types: first, etypes } = structs.moduledata;
  for (const [at, value] of [
    [text, 0x400000],
    [minpc, 0x400000],
    [maxpc, 0x401000],
    [etext, 0x401000],
    [first, places.types],
    [etypes, places.types + 8],
  ] as const)
    word(module, at, value);
  const ranges = [
    { start: places.mheap, bytes: new Uint8Array(mheap.buffer) },
    { start: places.module, bytes: new Uint8Array(module.buffer) },
    { start: places.allgs, bytes: new Uint8Array(24) },
    { start: places.list, bytes: new Uint8Array(list.buffer) },
    { start: places.spans, bytes: new Uint8Array(spans.buffer) },
    // All slots above freeindex are free.
    { start: places.bits, bytes: new Uint8Array(1024) },
    { start: places.types, bytes: new Uint8Array(types.buffer) },
    ...pages,
  ];
  const addresses = { mheap_: places.mheap, firstmoduledata: places.module, allgs: places.allgs };
  return { target: { memory: memoryOfRanges(ranges), layout: go126, addresses }, addressOf };
}

function putSpan(view: DataView, row: number, drawn: DrawnObject, start: number, pages: number): void {
  const { mspan } = structs;
  const at = row * mspan.sizeBytes;
  // Class 0 is that of large objects; the number of any other does not matter here.
  const sizeClass = drawn.bytes > 32_768 ? 0 : 1;
  const elements = sizeClass === 0 ? 1 : Math.floor((pages * pageBytes - (drawn.bytes <= 512 ? 256 : 0)) / drawn.bytes);
  word(view, at + mspan.startAddr, start);
  word(view, at + mspan.npages, pages);
  word(view, at + mspan.elemsize, drawn.bytes);
  word(view, at + mspan.allocBits, places.bits);
  view.setUint16(at + mspan.nelems, elements, true);
  view.setUint16(at + mspan.freeindex, drawn.free === true ? 0 : 1, true);
  view.setUint8(at + mspan.spanclass, sizeClass * 2 + (drawn.noscan === true ? 1 : 0));
  view.setUint8(at + mspan.state, go126.constants.spanInUse);
  if (sizeClass === 0 && drawn.type !== undefined) word(view, at + mspan.largeType!, places.types + row * 128);
}

function putType(view: DataView, row: number, { sizeBytes, pointers }: NonNullable<DrawnObject['type']>): void {
  const at = row * 128;
  word(view, at + structs.type.size, sizeBytes);
  word(view, at + structs.type.ptrBytes, (Math.max(...pointers) + 1) * 8);
  word(view, at + structs.type.gcData, places.types + at + 96);
  for (const one of pointers)
    view.setUint8(at + 96 + (one >> 3), view.getUint8(at + 96 + (one >> 3)) | (1 << (one & 7)));
}

function drawPages(drawn: DrawnObject, row: number, pages: number, addressOf: (place: string) => number): Uint8Array {
  const bytes = new Uint8Array(pages * pageBytes);
  const view = new DataView(bytes.buffer);
  const header = drawn.type !== undefined && drawn.bytes <= 32_768 ? 8 : 0;
  if (header > 0) word(view, 0, places.types + row * 128);
  const bitmap = bytes.length - bytes.length / 64 - (drawn.bytes >= 16 ? inlineMarkBytes : 0);
  for (const [i, one] of (drawn.words ?? []).entries()) {
    word(view, header + i * 8, typeof one === 'number' ? one : addressOf(one));
    if (typeof one === 'string' && drawn.bytes <= 512 && drawn.noscan !== true)
      bytes[bitmap + (i >> 3)]! |= 1 << (i & 7);
  }
  return bytes;
}

const word = (view: DataView, at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);

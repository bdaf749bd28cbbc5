// What a snapshot of a copied heap holds. It is made after the walk: what the walk read of constants is recorded by then.
// Of the heap's own pages it has objects with pointers and stacks in use, nothing else: pages and slots that are free, and
// holes between stacks, still hold the strings that were there before.
import type { ByteSource } from '../base/byte-source.ts';
import type { MemoryRange } from '../base/memory-source.ts';
import { type Elf, loadSegment } from '../decode/elf/read-elf.ts';
import { disjointRanges } from './disjoint-ranges.ts';
import type { HeapImage } from './heap-image.ts';
import type { GoModule } from './module-data.ts';
import { indexObjects, isAllocated, type ObjectIndex } from './object-index.ts';
import type { GoProgram } from './read-program.ts';
import type { RuntimeLayout } from './runtime-layout.ts';
import { encodeSnapshot, mostPartBytes, type SnapshotFacts, type SnapshotPart } from './snapshot-format.ts';
import { arenaBytes, hasPointers, pageBytes } from './span-table.ts';

const executableFlag = 1;
const writableFlag = 2;

export async function saveSnapshot(
  image: HeapImage,
  program: GoProgram,
  facts: Omit<SnapshotFacts, 'addresses' | 'threads' | 'fileBytes'>,
): Promise<Uint8Array> {
  // Copied while the target stood still, and read when it ran again: a span list and its length must be of one moment.
  const memory = disjointRanges([
    spanRanges(image),
    image.metadata.ranges().flatMap((range) => outsideOfArenas(image, range)),
    [...image.stacks, ...image.threadStacks, ...image.contents.bitmapRanges],
    globalRanges(image),
    typeRanges(image),
    image.recorded().filter((range) => !isInFile(program.elf, facts.loadBias, range.start)),
  ]);
  const parts: SnapshotPart[] = joined(memory).flatMap(({ start, bytes }) => split('memory', start, bytes));
  for (const { from, to } of fileRanges(program.elf, program.source.size ?? 0)) {
    parts.push(...split('file', from, await readFile(program.source, from, to)));
  }
  return encodeSnapshot({
    facts: {
      ...facts,
      addresses: image.target.addresses,
      threads: image.threads.map(({ tid, sp, pc }) => ({ tid, sp, pc })),
      fileBytes: program.source.size ?? 0,
    },
    parts,
  });
}

/** Spans with pointers; neighbours become one range. Gaps that were read along are left out. */
function spanRanges(image: HeapImage): MemoryRange[] {
  const { spans, contents } = image;
  const index = indexObjects(image);
  const ranges: MemoryRange[] = [];
  for (let row = 0; row < spans.length; row++) {
    const slab = contents.slabs[contents.spanSlab[row]!];
    if (slab === undefined || !hasPointers(spans, row)) continue;
    const start = slab.byteOffset + contents.spanWord[row]! * 4;
    const bytes = new Uint8Array(slab.buffer, start, spans.pages[row]! * pageBytes);
    ranges.push({ start: spans.start[row]!, bytes: withoutFreeSlots(image, index, row, bytes) });
  }
  return ranges;
}

/** A copy in which free slots are zero; the span itself where none is free. */
function withoutFreeSlots({ spans, target }: HeapImage, index: ObjectIndex, row: number, span: Uint8Array): Uint8Array {
  const size = spans.elementBytes[row]!;
  const elements = spans.elements[row]!;
  let cleared: Uint8Array | undefined;
  for (let element = 0; element < elements; element++) {
    if (isAllocated(index, index.firstSlot[row]! + element)) continue;
    cleared ??= span.slice();
    cleared.fill(0, element * size, (element + 1) * size);
  }
  const end = bitmapStart(target.layout, size, span.length);
  if (elements * size < end) {
    cleared ??= span.slice();
    cleared.fill(0, elements * size, end);
  }
  return cleared ?? span;
}

/** Where the bitmap of its pointers begins in a span of so many bytes; its end when it has none. */
function bitmapStart(
  { heapBitmap, constants, inlineMarkBytes }: RuntimeLayout,
  size: number,
  spanBytes: number,
): number {
  if (heapBitmap !== 'in-span' || size > (constants.minSizeForMallocHeader ?? 512)) return spanBytes;
  return spanBytes - spanBytes / 64 - (size >= 16 ? inlineMarkBytes : 0);
}

/** Whole arenas belong to the heap; what is kept of them is known by its objects and stacks. */
function outsideOfArenas({ spans }: HeapImage, { start, bytes }: MemoryRange): MemoryRange[] {
  const { firstArena, arenaRow } = spans.pageIndex;
  const arena = Math.floor(start / arenaBytes) - firstArena;
  return (arenaRow[arena] ?? -1) < 0 ? [{ start, bytes }] : [];
}

/** Globals with pointers, and of those without only the runtime's own. */
function globalRanges(image: HeapImage): MemoryRange[] {
  const { layout, addresses } = image.target;
  const wanted = image.modules.flatMap(({ data, edata, bss, ebss }) => [
    { start: data, bytes: edata - data },
    { start: bss, bytes: ebss - bss },
  ]);
  for (const [name, address] of Object.entries(addresses)) {
    wanted.push({ start: address, bytes: variableBytes(layout, name) });
  }
  for (const { address } of image.modules) wanted.push({ start: address, bytes: layout.structs.moduledata.sizeBytes });
  return wanted.flatMap(({ start, bytes }) => copyOf(image, start, bytes));
}

function variableBytes({ structs, constants }: RuntimeLayout, name: string): number {
  if (name === 'mheap_') return structs.mheap.sizeBytes;
  if (name === 'gcController') return structs.gcController.sizeBytes;
  if (name === 'memstats') return structs.memstats.sizeBytes;
  if (name === 'gcCleanups') return structs.cleanupQueue?.sizeBytes ?? 8;
  if (name === 'firstmoduledata') return structs.moduledata.sizeBytes;
  if (name === 'semtable') return constants.semTabSize * 64;
  return 24;
}

/** Types that the loader wrote to, as in position-independent programs, are not what the file says. */
function typeRanges(image: HeapImage): MemoryRange[] {
  return image.modules.flatMap(({ types, etypes }: GoModule) => copyOf(image, types, etypes - types));
}

const mostRangeBytes = 1024 * 1024 * 1024;

/** Whole pages: readers of memory take for granted that it ends where a page does. */
function copyOf(image: HeapImage, from: number, size: number): MemoryRange[] {
  const start = from - (from % 4096);
  const length = Math.ceil((from + size - start) / 4096) * 4096;
  if (!(size > 0 && length <= mostRangeBytes)) return [];
  const bytes = new Uint8Array(length);
  const count = image.memory.readInto(start, bytes);
  return count === 0 ? [] : [{ start, bytes: bytes.subarray(0, count) }];
}

function isInFile(elf: Elf, loadBias: number, address: number): boolean {
  const at = address - loadBias;
  return elf.segments.some(
    (one) =>
      one.type === loadSegment &&
      (one.flags & (writableFlag | executableFlag)) === 0 &&
      at >= one.address &&
      at + 4096 <= one.address + one.fileBytes,
  );
}

/** Ranges that touch become one, up to the size of a part: fewer and better packed parts. */
function joined(ranges: readonly MemoryRange[]): MemoryRange[] {
  const result: MemoryRange[] = [];
  for (let i = 0; i < ranges.length; ) {
    const { start } = ranges[i]!;
    let end = start;
    const pieces: Uint8Array[] = [];
    while (i < ranges.length && ranges[i]!.start === end && (pieces.length === 0 || end - start < mostPartBytes / 4)) {
      pieces.push(ranges[i]!.bytes);
      end += ranges[i++]!.bytes.length;
    }
    result.push({ start, bytes: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces) });
  }
  return result;
}

function split(of: SnapshotPart['of'], start: number, bytes: Uint8Array): SnapshotPart[] {
  const parts: SnapshotPart[] = [];
  for (let at = 0; at < bytes.length; at += mostPartBytes) {
    parts.push({ of, start: start + at, bytes: bytes.subarray(at, at + mostPartBytes) });
  }
  return parts;
}

/** The executable without its code. */
function fileRanges(elf: Elf, size: number): { from: number; to: number }[] {
  const code = elf.segments
    .filter((one) => one.type === loadSegment && (one.flags & executableFlag) !== 0)
    .map((one) => ({ from: one.offset, to: one.offset + one.fileBytes }))
    .sort((a, b) => a.from - b.from);
  const ranges: { from: number; to: number }[] = [];
  // The headers of the file lie in front of the code, in the same segment.
  let from = 0;
  const headers = 4096;
  for (const one of code) {
    const start = Math.max(one.from, headers);
    if (start > from) ranges.push({ from, to: start });
    from = Math.max(from, one.to);
  }
  if (size > from) ranges.push({ from, to: size });
  return ranges;
}

async function readFile(source: ByteSource, from: number, to: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(to - from);
  for (let at = 0; at < bytes.length; at += mostPartBytes) {
    bytes.set(await source.read(from + at, Math.min(mostPartBytes, bytes.length - at)), at);
  }
  return bytes;
}

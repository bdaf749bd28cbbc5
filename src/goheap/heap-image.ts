// Everything of a Go process that its heap graph is made from, copied at one moment. Taken twice from a live process: a
// rehearsal while it runs finds out where things are and how much room they need; the second time it stands still.
import { firstMemoryOf, type MemoryRange, type MemorySource, memoryOfRanges } from '../base/memory-source.ts';
import { type Copier, copyAlone } from './copier.ts';
import {
  copySpans,
  createSlabPool,
  rehearseCopy,
  type SlabPool,
  type SpanContents,
  scanBytesOf,
} from './copy-spans.ts';
import { type GoroutineTable, readGoroutines, type ThreadPlace } from './goroutine-table.ts';
import type { RuntimeAddresses } from './locate-runtime.ts';
import { memoryOf } from './memory-of-source.ts';
import { createMetadataCache, type MetadataCache } from './metadata-cache.ts';
import { type GoModule, readModules } from './module-data.ts';
import { type QueuedCalls, readQueuedCalls, readSpecials, type SpecialTable } from './read-specials.ts';
import { recordReads, unrecorded } from './record-reads.ts';
import { rememberConstants } from './remember-constants.ts';
import type { RuntimeLayout } from './runtime-layout.ts';
import { type PageIndex, readSpanTable, type SpanTable, spanOfAddress } from './span-table.ts';
import { schedulerStacks, stackEnd, threadedStacks } from './thread-stacks.ts';

/** A Go process that can be read: by pid, from a core, from a snapshot. */
export interface GoTarget {
  readonly memory: MemorySource;
  readonly layout: RuntimeLayout;
  readonly addresses: RuntimeAddresses;
}

export interface HeapImage {
  readonly target: GoTarget;
  readonly spans: SpanTable;
  readonly contents: SpanContents;
  readonly modules: readonly GoModule[];
  readonly goroutines: GoroutineTable;
  readonly threads: readonly ThreadPlace[];
  /** Innermost part of what each thread stands on: a goroutine's stack, the scheduler's, a signal handler's, C's. */
  readonly threadStacks: readonly MemoryRange[];
  readonly specials: SpecialTable;
  readonly queued: QueuedCalls;
  /** What was copied, by address; what was not (constants of the program) comes from the target. */
  readonly memory: MemorySource;
  readonly metadata: MetadataCache;
  readonly stacks: readonly MemoryRange[];
  /** Pages of the target that were read since. */
  recorded(): readonly MemoryRange[];
}

export interface Rehearsal {
  readonly copier: Copier;
  readonly metadata: MetadataCache;
  readonly slabs: SlabPool;
  readonly room: Uint8Array;
  readonly scanBytes: number;
  readonly spans: number;
}

/** Together in all rounds, of which there are two at least. */
const warmSpans = 40_000;
const stackGapBytes = 16 * 1024;
const threadStackBytes = 8 * 1024;
const mostStackRoom = 1024 * 1024 * 1024;
/** Room for stacks and globals beyond what the rehearsal saw. */
const spareRoom = 4 * 1024 * 1024;

/** May see a mixture of moments: nothing of it is kept but where to look and how much there is. */
export function rehearse(target: GoTarget, copier: Copier): Rehearsal {
  const metadata = createMetadataCache(target.memory);
  const first = readMetadata(target, metadata);
  const scanBytes = scanBytesOf(first.spans);
  const slabs = createSlabPool(copier, scanBytes);
  const room = copier.room(roomBytes(first));
  copier.touch(room, room.length);
  // Again, while another thread touches the rooms: code that has run a few times is compiled, and takes a tenth of the time
  // while the target stands.
  let read = first.spans.length;
  do {
    const { spans } = readMetadata(target, metadata);
    rehearseCopy(copier, spans, slabs);
    read += Math.max(1, spans.length);
  } while (first.spans.length > 0 && read < warmSpans);
  return { copier, metadata, slabs, room, scanBytes, spans: first.spans.length };
}

/** For stacks and globals. */
function roomBytes({ spans, modules }: ReturnType<typeof readMetadata>): number {
  const globals = modules.reduce((sum, module) => sum + module.enoptrbss - module.noptrdata, 0);
  return Math.min(mostStackRoom, spans.manualBytes) + Math.min(mostStackRoom, globals) + spareRoom;
}

/** What would be copied: bytes, and spans that they lie in. */
export function measureCopy(target: GoTarget): Pick<Rehearsal, 'scanBytes' | 'spans'> {
  const { spans } = readMetadata(target, createMetadataCache(target.memory));
  return { scanBytes: scanBytesOf(spans), spans: spans.length };
}

export interface TakeOptions {
  /** Without one, everything is read as it comes: a core needs no hurry. */
  readonly rehearsal: Rehearsal | undefined;
  readonly threads: () => readonly ThreadPlace[];
  /** Remember what is read of the target later, for a snapshot. */
  readonly record?: boolean;
  /** Told how far it is; may throw to end it. */
  readonly progress: (copiedBytes: number) => void;
}

export function takeHeapImage(target: GoTarget, options: TakeOptions): HeapImage {
  const { memory, layout, addresses } = target;
  const { rehearsal } = options;
  const metadata = rehearsal?.metadata ?? createMetadataCache(memory);
  if (rehearsal !== undefined) metadata.refresh();
  options.progress(0);
  const { spans, modules, specials, queued } = readMetadata(target, metadata);
  const contents = copySpans({
    memory,
    copier: rehearsal?.copier ?? copyAlone(memory),
    layout,
    mheap: addresses.mheap_,
    spans,
    pool: rehearsal?.slabs ?? { free: [] },
    progress: options.progress,
  });
  const threads = options.threads();
  const room = roomOf(rehearsal?.room);
  const globals = modules.flatMap((module) => [
    ...copyRange(memory, room, module.data, module.edata),
    ...copyRange(memory, room, module.bss, module.ebss),
  ]);
  // A snapshot has only those parts of them that turned out to be needed.
  const withoutPointers = modules.flatMap((module) => [
    ...copyRange(memory, room, module.noptrdata, module.enoptrdata),
    ...copyRange(memory, room, module.noptrbss, module.enoptrbss),
  ]);
  const heap = memoryOfSpans(spans, contents);
  const early = firstMemoryOf([heap, memoryOfRanges(globals), memory]);
  const goroutines = readGoroutines(early, layout, addresses.allgs, threads);
  const stacks = copyStacks(memory, room, goroutines, layout.goroutineStates.indexOf('running'));
  const known = [...threadedStacks(goroutines), ...(schedulerStacks(early, target) ?? [])];
  const threadStacks = threads.flatMap(({ sp }) => {
    const from = sp - (sp % 8);
    return copyRange(memory, room, from, stackEnd(from, threadStackBytes, known, spans.pageIndex));
  });
  metadata.freeze();
  const reads = options.record === true ? recordReads : unrecorded;
  const later = reads(rememberConstants(memory, modules));
  const plain = reads(memoryOfRanges(withoutPointers));
  return {
    target,
    spans,
    contents,
    modules,
    goroutines,
    threads,
    threadStacks,
    specials,
    queued,
    memory: firstMemoryOf([heap, memoryOfRanges([...globals, ...stacks]), plain.memory, metadata, later.memory]),
    metadata,
    stacks,
    recorded: () => [...plain.ranges(), ...later.ranges()],
  };
}

/** All that the runtime itself wrote about the heap. What is read here is what a rehearsal makes ready. */
function readMetadata(target: GoTarget, metadata: MetadataCache) {
  const { layout, addresses } = target;
  const spans = readSpanTable(metadata, layout, addresses.mheap_);
  for (let row = 0; row < spans.length; row++) metadata.locate(spans.allocBits[row]!, (spans.elements[row]! + 7) >> 3);
  return {
    spans,
    modules: readModules(memoryOf(metadata), layout, addresses.firstmoduledata),
    specials: readSpecials(metadata, layout, spans),
    queued: readQueuedCalls(metadata, layout, addresses),
  };
}

type Room = (bytes: number) => Uint8Array;

/** Hands out pieces of memory that was touched before, then fresh memory. */
function roomOf(ready: Uint8Array | undefined): Room {
  let used = 0;
  return (bytes) => {
    if (ready === undefined || used + bytes > ready.length) return new Uint8Array(bytes);
    used += bytes;
    return ready.subarray(used - bytes, used);
  };
}

const mostRangeBytes = 1024 * 1024 * 1024;

function copyRange(memory: MemorySource, room: Room, start: number, end: number): MemoryRange[] {
  if (!(end > start) || end - start > mostRangeBytes) return [];
  const bytes = room(end - start);
  const count = memory.readInto(start, bytes);
  // What is missing at the end is not zero: it is not there.
  return count === 0 ? [] : [{ start, bytes: bytes.subarray(0, count) }];
}

/** Stacks lie close to each other: one call reads many. What lies in the holes between them is not kept. */
function copyStacks(memory: MemorySource, room: Room, goroutines: GoroutineTable, running: number): MemoryRange[] {
  const parts: { from: number; to: number }[] = [];
  for (let row = 0; row < goroutines.length; row++) {
    const low = goroutines.stackLow[row]!;
    const high = goroutines.stackHigh[row]!;
    const sp = goroutines.sp[row]!;
    // While its thread handles a signal, nobody knows how deep a goroutine stands.
    const hidden = goroutines.status[row] === running && goroutines.onThread[row] === 0;
    const from = hidden || goroutines.lost[row] === 1 || !(sp >= low && sp <= high) ? low : sp;
    if (high > from) parts.push({ from, to: high });
  }
  parts.sort((a, b) => a.from - b.from);
  const ranges: MemoryRange[] = [];
  for (let i = 0; i < parts.length; ) {
    const { from: start } = parts[i]!;
    let end = parts[i]!.to;
    let after = i + 1;
    while (after < parts.length && parts[after]!.from <= end + stackGapBytes) end = Math.max(end, parts[after++]!.to);
    if (end - start > mostRangeBytes) {
      i = after;
      continue;
    }
    const bytes = room(end - start);
    const count = memory.readInto(start, bytes);
    for (let given = start; i < after; i++) {
      // Of goroutines that run on meanwhile, one may seem to stand on the stack of another.
      const from = Math.max(given, parts[i]!.from);
      const to = Math.max(from, parts[i]!.to);
      given = to;
      const piece = bytes.subarray(from - start, to - start);
      // In a snapshot, nothing is in the holes.
      const there = count >= to - start ? piece.length : memory.readInto(from, piece);
      if (there > 0) ranges.push({ start: from, bytes: piece.subarray(0, there) });
    }
  }
  return ranges;
}

/** What the slabs hold, by address. */
function memoryOfSpans(spans: SpanTable, contents: SpanContents): MemorySource {
  const bytes = contents.slabs.map((slab) => new Uint8Array(slab.buffer, slab.byteOffset, slab.byteLength));
  const index: PageIndex = spans.pageIndex;
  return {
    readInto(address, into) {
      let done = 0;
      while (done < into.length) {
        const span = spanOfAddress(index, address + done);
        if (span < 0 || contents.spanSlab[span]! < 0) break;
        const from = address + done - spans.start[span]!;
        const at = contents.spanWord[span]! * 4 + from;
        const count = Math.min(into.length - done, spans.pages[span]! * 8192 - from);
        into.set(bytes[contents.spanSlab[span]!]!.subarray(at, at + count), done);
        done += count;
      }
      return done;
    },
  };
}

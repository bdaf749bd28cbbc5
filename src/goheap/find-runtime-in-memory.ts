// The runtime's variables in a binary without names (-s -w): each is found by what it looks like in memory.
//
//   firstmoduledata  points to the function table, whose header says where the names begin: its second word
//   mheap_           holds the slice of all spans: {pointer, length, capacity} of descriptors of pages
//   allgs            a slice of goroutines: each has a stack and began at a function
//   allp             a slice of processors, each knows its number
//   mbuckets         a list of buckets of kind memProfile with plausible stacks
//   others           are found by the code that uses them
import { loadSegment } from '../decode/elf/read-elf.ts';
import { readPclntabHeader, headerBytes as tableHeaderBytes } from '../decode/pclntab/pclntab.ts';
import { findVariablesInCode } from './find-variables-in-code.ts';
import { looksLikeBucket, looksLikeG, looksLikeP, looksLikeSpan } from './likeness.ts';
import type { LocateOptions, RuntimeVariable } from './locate-runtime.ts';
import { wordAt } from './memory.ts';
import { type GoModule, readModule } from './module-data.ts';

const chunkBytes = 1024 * 1024;
const mostDataBytes = 1024 * 1024 * 1024;
/** How many of a slice's first entries must look right. */
const probed = 8;
/** allspans begins with this much room: 64 KiB of pointers. Source: runtime/mheap.go recordspan. */
const leastSpanCapacity = 8192;
const mostEntries = 2 ** 31;

export function findRuntimeInMemory(options: LocateOptions): Partial<Record<RuntimeVariable, number>> {
  const module = findModule(options);
  if (module === undefined) return {};
  const found: Partial<Record<RuntimeVariable, number>> = { firstmoduledata: module.address };
  const { memory, layout, functionRange } = options;
  if (functionRange !== undefined) Object.assign(found, findVariablesInCode({ memory, layout, module, functionRange }));
  const note = (variable: RuntimeVariable, address: number): void => {
    found[variable] ??= address;
  };
  const context = { memory, layout, module };
  // Everything here is data that the collector does not scan, or that it does: both, from the first variable to the last.
  eachWord(options, module.noptrdata, module.end, (words, at, address) => {
    const pointer = wordAt(words, at);
    if (!(pointer >= 4096)) return;
    const length = wordAt(words, at + 8);
    const capacity = wordAt(words, at + 16);
    if (length > 0 && length <= capacity && capacity < mostEntries) {
      const entries = (count: number): readonly number[] | undefined => {
        const bytes = memory.read(pointer, 8 * Math.min(length, count));
        return bytes && Array.from({ length: bytes.length / 8 }, (_, i) => wordAt(bytes, 8 * i));
      };
      if (capacity >= leastSpanCapacity && found.mheap_ === undefined && length >= probed) {
        if (entries(probed)?.every((span) => looksLikeSpan(context, span))) {
          note('mheap_', address - layout.structs.mheap.allspans);
        }
      }
      if (found.allgs === undefined && entries(probed)?.every((g) => looksLikeG(context, g))) note('allgs', address);
      if (found.allp === undefined && entries(probed)?.every((p, id) => looksLikeP(context, p, id))) {
        note('allp', address);
      }
    }
    // Buckets are allocated: never in the image, always on a word. It saves most reads.
    if (pointer % 8 !== 0 || (pointer >= module.text && pointer < module.end)) return;
    if (found.mbuckets === undefined && looksLikeBucket(context, pointer)) note('mbuckets', address);
  });
  return found;
}

/** firstmoduledata is in the writable part of the image, also in a position-independent one. */
function findModule(options: LocateOptions): GoModule | undefined {
  const { elf, loadBias, memory, layout } = options;
  let found: GoModule | undefined;
  for (const segment of elf.segments) {
    if (segment.type !== loadSegment || (segment.flags & 2) === 0) continue;
    const start = segment.address + loadBias;
    eachWord(options, start, start + segment.memoryBytes, (words, at, address) => {
      const table = wordAt(words, at);
      const names = wordAt(words, at + 8);
      if (found !== undefined || !(table > 0) || !(names > table && names - table <= 4096)) return;
      // The names are a slice, as long as its capacity.
      if (wordAt(words, at + 16) !== wordAt(words, at + 24)) return;
      const bytes = memory.read(table, tableHeaderBytes);
      if (bytes === undefined || nameOffsetOf(bytes) !== names - table) return;
      found = readModule(memory, layout, address);
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

function nameOffsetOf(bytes: Uint8Array): number | undefined {
  try {
    return readPclntabHeader(bytes).nameOffset;
  } catch {
    return undefined;
  }
}

/** Visits each aligned word of a range that can be read; `words` reaches 24 bytes behind `at`. */
function eachWord(
  { memory }: LocateOptions,
  start: number,
  end: number,
  visit: (words: Uint8Array, at: number, address: number) => void,
): void {
  const last = Math.min(end, start + mostDataBytes);
  for (let from = Math.ceil(start / 8) * 8; from < last; from += chunkBytes) {
    const length = Math.min(chunkBytes + 24, last - from);
    const words = memory.read(from, length);
    if (words === undefined) continue;
    for (let at = 0; at < chunkBytes && at + 8 <= length; at += 8) visit(words, at, from + at);
  }
}

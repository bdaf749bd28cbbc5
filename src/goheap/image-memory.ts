// What a program's file says of its memory: the parts that nobody writes to, at the addresses where they were loaded.
import type { MemorySource } from '../base/memory-source.ts';
import { type Elf, loadSegment } from '../decode/elf/read-elf.ts';

const writable = 2;

/** `file` reads by offset. */
export function imageMemory(file: MemorySource, elf: Elf, loadBias: number): MemorySource {
  const segments = elf.segments.filter((one) => one.type === loadSegment && (one.flags & writable) === 0);
  return {
    readInto(address, into) {
      const at = address - loadBias;
      const segment = segments.find((one) => at >= one.address && at < one.address + one.fileBytes);
      if (segment === undefined) return 0;
      const within = at - segment.address;
      const bytes = Math.min(into.length, segment.fileBytes - within);
      return file.readInto(segment.offset + within, bytes === into.length ? into : into.subarray(0, bytes));
    },
  };
}

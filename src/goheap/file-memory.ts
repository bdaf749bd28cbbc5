// The memory of a program as its file says it will be: what is read-only is the same there, what is written is what it was
// at the start. For addresses of the file, without load bias.
import { type Elf, loadSegment } from '../decode/elf/read-elf.ts';
import type { Memory } from './memory.ts';

export function fileMemory(file: Uint8Array, elf: Elf): Memory {
  return {
    read(address, length) {
      const segment = elf.segments.find(
        (one) => one.type === loadSegment && address >= one.address && address + length <= one.address + one.fileBytes,
      );
      if (segment === undefined || length < 0) return undefined;
      const start = segment.offset + (address - segment.address);
      return start + length <= file.length ? file.subarray(start, start + length) : undefined;
    },
  };
}

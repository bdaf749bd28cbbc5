// Code and types of a program do not change while it runs, and are read in thousands of small pieces: each would be a system
// call. They are kept in blocks once they were needed.
import type { MemorySource } from '../base/memory-source.ts';
import type { GoModule } from './module-data.ts';

const blockBytes = 16 * 1024;
/** Beyond this much, reads go through. */
const mostBlocks = 4096;

/** The memory, with what lies in the code and the types of the modules read only once. */
export function rememberConstants(memory: MemorySource, modules: readonly GoModule[]): MemorySource {
  const blocks = new Map<number, Uint8Array>();
  const isConstant = (from: number, to: number): boolean =>
    modules.some(({ text, etext, types, etypes }) => (from >= types && to <= etypes) || (from >= text && to <= etext));
  const blockAt = (number: number): Uint8Array | undefined => {
    const known = blocks.get(number);
    if (known !== undefined || blocks.size >= mostBlocks) return known;
    const bytes = new Uint8Array(blockBytes);
    const block = bytes.subarray(0, memory.readInto(number * blockBytes, bytes));
    blocks.set(number, block);
    return block;
  };
  return {
    readInto(address, into) {
      if (!isConstant(address, address + into.length)) return memory.readInto(address, into);
      for (let done = 0; done < into.length; ) {
        const number = Math.floor((address + done) / blockBytes);
        const within = address + done - number * blockBytes;
        const part = blockAt(number)?.subarray(within, within + into.length - done);
        // A block that begins or ends outside of what can be read.
        if (part === undefined || part.length === 0) return done + memory.readInto(address + done, into.subarray(done));
        into.set(part, done);
        done += part.length;
      }
      return into.length;
    },
  };
}

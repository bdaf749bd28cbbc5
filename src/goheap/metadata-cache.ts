// The runtime's own records (spans, bitmaps, specials) in chunks of 64 KB. A rehearsal on the running process finds out
// which chunks matter; `refresh` then reads exactly those again, in large pieces, while the target stands. Neighbouring
// chunks lie side by side in one buffer, so a record that crosses a border is still one piece.
import type { MemoryRange, MemorySource } from '../base/memory-source.ts';

export interface MetadataCache extends MemorySource {
  /**
   * Offset in the buffer of `length` bytes (at most 64 KB) at `address`; -1 when they cannot be read. Good until the next
   * call: a record across two chunks is put together in a place that the next one uses again.
   */
  locate(address: number, length: number): number;
  /** The buffer as words. It moves when a chunk is added: ask again after `locate`. */
  words(): Uint32Array;
  bytes(): Uint8Array;
  /** Reads all known chunks again. */
  refresh(): void;
  /** From now on only what is known is answered: the target runs again. */
  freeze(): void;
  /** Copies of what is known, for a snapshot. */
  ranges(): readonly MemoryRange[];
}

const chunkBytes = 64 * 1024;
const pageBytes = 4096;
const refreshBytes = 1024 * 1024;

/** The buffer starts with room for `expectedBytes` and grows. Never holds more than `mostBytes`: then reads fail. */
export function createMetadataCache(memory: MemorySource, expectedBytes = 1 << 21, mostBytes = 2 ** 31): MetadataCache {
  let buffer = new Uint8Array(roundUp(expectedBytes, chunkBytes));
  let words = new Uint32Array(buffer.buffer);
  /** The first chunk of the buffer is for records that lie across two chunks. */
  let used = chunkBytes;
  /** Chunk number → offset in the buffer. */
  let offsetOf = new Map<number, number>();
  let lastChunk = -1;
  let lastOffset = -1;
  let frozen = false;

  const makeRoom = (bytes: number): boolean => {
    if (used + bytes <= buffer.length) return true;
    if (used + bytes > mostBytes) return false;
    const wider = new Uint8Array(Math.min(mostBytes, Math.max(buffer.length * 2, roundUp(used + bytes, chunkBytes))));
    wider.set(buffer.subarray(0, used));
    buffer = wider;
    words = new Uint32Array(buffer.buffer);
    return true;
  };
  const add = (chunk: number): number => {
    if (frozen || !makeRoom(chunkBytes)) return -1;
    const offset = used;
    used += chunkBytes;
    readChunks(memory, chunk, buffer.subarray(offset, used));
    offsetOf.set(chunk, offset);
    return offset;
  };
  const locate = (address: number, length: number): number => {
    const chunk = Math.floor(address / chunkBytes);
    const within = address - chunk * chunkBytes;
    if (chunk !== lastChunk) {
      if (!(address >= pageBytes) || address > Number.MAX_SAFE_INTEGER) return -1;
      const known = offsetOf.get(chunk) ?? add(chunk);
      if (known < 0) return -1;
      lastChunk = chunk;
      lastOffset = known;
    }
    if (within + length <= chunkBytes) return lastOffset + within;
    const here = lastOffset;
    const next = offsetOf.get(chunk + 1) ?? add(chunk + 1);
    if (next < 0 || length > chunkBytes) return -1;
    if (next === here + chunkBytes) return here + within;
    // The two halves lie apart: put together where the next such record will be, too.
    buffer.copyWithin(0, here + within, here + chunkBytes);
    buffer.copyWithin(chunkBytes - within, next, next + length - (chunkBytes - within));
    return 0;
  };
  return {
    locate,
    words: () => words,
    bytes: () => buffer,
    readInto(address, into) {
      let done = 0;
      while (done < into.length) {
        const count = Math.min(into.length - done, chunkBytes - ((address + done) % chunkBytes));
        const at = locate(address + done, count);
        if (at < 0) break;
        into.set(buffer.subarray(at, at + count), done);
        done += count;
      }
      return done;
    },
    refresh() {
      const chunks = Float64Array.from(offsetOf.keys()).sort();
      const before = buffer;
      const fresh = new Map<number, number>();
      let offset = chunkBytes;
      for (let from = 0; from < chunks.length; ) {
        let to = from + 1;
        while (to < chunks.length && chunks[to] === chunks[to - 1]! + 1 && (to - from) * chunkBytes < refreshBytes)
          to++;
        const bytes = (to - from) * chunkBytes;
        readChunks(memory, chunks[from]!, before.subarray(offset, offset + bytes));
        for (let i = from; i < to; i++) fresh.set(chunks[i]!, offset + (i - from) * chunkBytes);
        offset += bytes;
        from = to;
      }
      used = offset;
      offsetOf = fresh;
      lastChunk = -1;
    },
    freeze() {
      frozen = true;
    },
    ranges: () =>
      [...offsetOf].map(([chunk, offset]) => ({
        start: chunk * chunkBytes,
        bytes: buffer.slice(offset, offset + chunkBytes),
      })),
  };
}

/** What is not mapped becomes zero. */
function readChunks(memory: MemorySource, chunk: number, into: Uint8Array): void {
  const start = chunk * chunkBytes;
  let done = memory.readInto(start, into);
  while (done < into.length) {
    // Skip to the next page: a chunk may begin or end outside of what is mapped.
    const next = Math.min(into.length, roundUp(done + 1, pageBytes));
    into.fill(0, done, next);
    done = next;
    if (done < into.length) done += memory.readInto(start + done, into.subarray(done));
  }
}

const roundUp = (value: number, to: number): number => Math.ceil(value / to) * to;

// Memory of a process by address: live, from a core, from a snapshot. Reading is synchronous, because the target may be
// stopped meanwhile. Addresses are numbers: those of user space lie below 2^47 on amd64 and 2^48 on arm64, so they are exact.

export interface MemorySource {
  /** Fills `into` from `address` and returns how many bytes of it are there: fewer where memory ends, 0 where there is none. */
  readInto(address: number, into: Uint8Array): number;
}

/** Bytes of one stretch of memory. */
export interface MemoryRange {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** All of `length` bytes, or undefined. */
export function readExactly(memory: MemorySource, address: number, length: number): Uint8Array | undefined {
  const bytes = new Uint8Array(length);
  return memory.readInto(address, bytes) === length ? bytes : undefined;
}

/** The ranges must not overlap. */
export function memoryOfRanges(ranges: readonly MemoryRange[]): MemorySource {
  const sorted = [...ranges].sort((a, b) => a.start - b.start);
  const starts = Float64Array.from(sorted, (range) => range.start);
  return {
    readInto(address, into) {
      let done = 0;
      for (let row = lastAtOrBelow(starts, address); row >= 0 && row < sorted.length && done < into.length; row++) {
        const { start, bytes } = sorted[row]!;
        const from = address + done - start;
        if (from < 0 || from >= bytes.length) break;
        const part = bytes.subarray(from, from + into.length - done);
        into.set(part, done);
        done += part.length;
      }
      return done;
    },
  };
}

/** The first that has the byte at the address gives as much as it has from there; the others are asked for the rest. */
export function firstMemoryOf(memories: readonly MemorySource[]): MemorySource {
  return {
    readInto(address, into) {
      let done = 0;
      for (let progress = true; progress && done < into.length; ) {
        progress = false;
        for (const memory of memories) {
          const count = memory.readInto(address + done, done === 0 ? into : into.subarray(done));
          done += count;
          progress ||= count > 0;
          if (done === into.length) break;
        }
      }
      return done;
    },
  };
}

/** Index of the last value of a rising column that is at most `value`; -1 when there is none. */
export function lastAtOrBelow(rising: Float64Array, value: number): number {
  let low = 0;
  let high = rising.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rising[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Little-endian words by address; 0 and an untouched rest where nothing can be read. */
export interface WordReader {
  uint8(address: number): number;
  uint16(address: number): number;
  uint32(address: number): number;
  int32(address: number): number;
  /** A pointer or count. Above 2^53 it is no address and no count: NaN, which equals nothing. */
  word(address: number): number;
  /** Whether the last reads were all there; reset by reading it. */
  took(): boolean;
}

export function wordReaderOf(memory: MemorySource): WordReader {
  const bytes = new Uint8Array(8);
  const parts = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((length) => bytes.subarray(0, length));
  const view = new DataView(bytes.buffer);
  let complete = true;
  const take = (address: number, length: number): DataView => {
    const count = memory.readInto(address, parts[length]!);
    if (count < length) {
      bytes.fill(0, count);
      complete = false;
    }
    return view;
  };
  return {
    uint8: (address) => take(address, 1).getUint8(0),
    uint16: (address) => take(address, 2).getUint16(0, true),
    uint32: (address) => take(address, 4).getUint32(0, true),
    int32: (address) => take(address, 4).getInt32(0, true),
    word(address) {
      take(address, 8);
      return wordOf(view.getUint32(0, true), view.getUint32(4, true));
    },
    took() {
      const result = complete;
      complete = true;
      return result;
    },
  };
}

/** Two halves as one number; NaN above 2^53. */
export const wordOf = (low: number, high: number): number =>
  high < 0x200000 ? high * 0x1_0000_0000 + low : Number.NaN;

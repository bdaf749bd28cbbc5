// Memory of a process, a core or a saved snapshot, as the decoders of goheap read it: whole ranges, at once, or nothing.
// Words are numbers: exact below 2^53, which covers every user address; a larger word is NaN, so that it lies in no range.

export interface Memory {
  /** Exactly `length` bytes from `address`; undefined when any of them is not there. */
  read(address: number, length: number): Uint8Array | undefined;
}

const exactHighWord = 2 ** 21;

/** The 64-bit word at an offset of `bytes`; NaN when it is above 2^53, or outside. */
export function wordAt(bytes: Uint8Array, at: number): number {
  if (at < 0 || at + 8 > bytes.length) return Number.NaN;
  const high = uint32At(bytes, at + 4);
  return high < exactHighWord ? high * 2 ** 32 + uint32At(bytes, at) : Number.NaN;
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}

/** The word at an address; undefined when it cannot be read or is no address. */
export function readWord(memory: Memory, address: number): number | undefined {
  const bytes = memory.read(address, 8);
  if (bytes === undefined) return undefined;
  const word = wordAt(bytes, 0);
  return Number.isNaN(word) ? undefined : word;
}

export interface SliceHeader {
  readonly address: number;
  readonly length: number;
  readonly capacity: number;
}

/** A Go slice header {pointer, length, capacity}; undefined when it cannot be one. */
export function readSlice(memory: Memory, address: number): SliceHeader | undefined {
  const bytes = memory.read(address, 24);
  if (bytes === undefined) return undefined;
  const [pointer, length, capacity] = [wordAt(bytes, 0), wordAt(bytes, 8), wordAt(bytes, 16)];
  if (!(length <= capacity) || Number.isNaN(pointer)) return undefined;
  return { address: pointer, length, capacity };
}

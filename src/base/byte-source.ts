// Random access to bytes that are too many, or too far away, to be read as a whole: a binary, a core, a process.

export interface ByteSource {
  /** Total length, or undefined when it cannot be known (memory of a process). */
  readonly size: number | undefined;
  /** Exactly `length` bytes from `offset`, or fewer at the end. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export function byteSourceOf(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, Math.min(bytes.length, offset + length))),
  };
}

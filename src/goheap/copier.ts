// Who copies memory while the target stands still: this thread alone, or with the help of another one
// (capture/heap/copy-together.ts).
import type { MemorySource } from '../base/memory-source.ts';

/** Pieces to copy, a row each. None is larger than `largestPieceBytes`. */
export interface CopyList {
  readonly length: number;
  readonly address: Float64Array;
  /** Where it goes: which of the slabs, and the first byte in it. */
  readonly slab: Uint32Array;
  readonly at: Float64Array;
  readonly bytes: Uint32Array;
}

export interface Copier {
  /** Memory to copy into. */
  room(bytes: number): Uint8Array;
  /** Sees to it that the first `bytes` of a room are there: a fresh page costs more than the copy into it. */
  touch(room: Uint8Array, bytes: number): void;
  /**
   * Copies every piece into `slabs`, which come from `room`. `progress` is told how many bytes were begun with and may
   * throw to end it. Returns by row how many bytes of it could be read.
   */
  copy(list: CopyList, slabs: readonly Uint8Array[], progress: (bytes: number) => void): Uint32Array;
}

export const largestPieceBytes = 1024 * 1024;

export function copyAlone(memory: MemorySource): Copier {
  return {
    room: (bytes) => new Uint8Array(bytes),
    touch: (room, bytes) => touchPages(room.subarray(0, bytes)),
    copy(list, slabs, progress) {
      const counts = new Uint32Array(list.length);
      let begun = 0;
      for (let row = 0; row < list.length; row++) {
        counts[row] = memory.readInto(list.address[row]!, destinationOf(list, slabs, row));
        begun += list.bytes[row]!;
        progress(begun);
      }
      return counts;
    },
  };
}

export function destinationOf({ slab, at, bytes }: CopyList, slabs: readonly Uint8Array[], row: number): Uint8Array {
  return slabs[slab[row]!]!.subarray(at[row]!, at[row]! + bytes[row]!);
}

const pageBytes = 4096;

/** Pages of zeros exist only on paper until something is written to them. */
function touchPages(room: Uint8Array): void {
  for (let at = 0; at < room.length; at += pageBytes) room[at] = 1;
}

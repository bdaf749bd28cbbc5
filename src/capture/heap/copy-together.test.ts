import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CopyList, copyAlone, largestPieceBytes } from '../../goheap/copier.ts';
import { copyTogether, type SharedMemorySource } from './copy-together.ts';

/** A file stands for the memory of a process: its bytes lie at their offsets. */
const bytes = new Uint8Array(24 * largestPieceBytes + 100).map((_, i) => (i * 31) >>> 3);
let directory: string;
let memory: SharedMemorySource;

beforeAll(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), 'leakline-copy-'));
  writeFileSync(path.join(directory, 'memory'), bytes);
  const file = openSync(path.join(directory, 'memory'), 'r');
  memory = { file, readInto: (address, into) => readSync(file, into, 0, into.length, address) };
});
afterAll(() => {
  closeSync(memory.file);
  rmSync(directory, { recursive: true });
});

/** [address, slab, at, bytes] */
function listOf(rows: readonly (readonly [number, number, number, number])[]): CopyList {
  return {
    length: rows.length,
    address: Float64Array.from(rows, (row) => row[0]),
    slab: Uint32Array.from(rows, (row) => row[1]),
    at: Float64Array.from(rows, (row) => row[2]),
    bytes: Uint32Array.from(rows, (row) => row[3]),
  };
}

const everyPiece = listOf(
  Array.from({ length: 25 }, (_, i) => [i * largestPieceBytes, i % 2, (i >> 1) * largestPieceBytes, largestPieceBytes]),
);

describe('copying with two threads', () => {
  it.each([
    ['rooms that were touched', true],
    ['rooms that were not', false],
  ])('fills each piece once, says how much there was, and stays with the bounds of slabs: %s', async (_, isTouched) => {
    const together = copyTogether(memory);
    try {
      const slabs = [together.room(14 * largestPieceBytes), together.room(14 * largestPieceBytes)];
      if (isTouched) for (const slab of slabs) together.touch(slab, slab.length);
      together.settle();
      const told: number[] = [];
      const counts = together.copy(everyPiece, slabs, (begun) => told.push(begun));
      const alone = copyAlone(memory);
      const expected = [alone.room(14 * largestPieceBytes), alone.room(14 * largestPieceBytes)];
      expect([...counts]).toEqual([...alone.copy(everyPiece, expected, () => {})]);
      expect(counts.at(-1)).toBe(100);
      const used = 12 * largestPieceBytes;
      for (const i of [0, 1]) {
        expect(Buffer.compare(slabs[i]!.subarray(0, used), expected[i]!.subarray(0, used))).toBe(0);
      }
      expect(told).toEqual([...told].sort((a, b) => a - b));
      expect(told.at(-1)).toBeLessThanOrEqual(25 * largestPieceBytes);
    } finally {
      await together.close();
    }
  });

  it('ends when it is told to, and the helper takes no further piece', async () => {
    const together = copyTogether(memory);
    try {
      const room = together.room(25 * largestPieceBytes);
      together.settle();
      const rows = listOf(
        Array.from({ length: 2000 }, (_, i) => [0, 0, (i % 25) * largestPieceBytes, largestPieceBytes] as const),
      );
      let calls = 0;
      expect(() =>
        together.copy(rows, [room], () => {
          if (++calls === 3) throw new RangeError('enough');
        }),
      ).toThrow('enough');
      expect(calls).toBe(3);
      // Longer than a piece takes.
      await sleep(50);
      room.fill(7);
      await sleep(50);
      expect(room.every((byte) => byte === 7)).toBe(true);
    } finally {
      await together.close();
    }
  });
});

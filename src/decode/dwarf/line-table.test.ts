import { describe, expect, it } from 'vitest';
import { type LineSections, linesAt } from './line-table.ts';

const bytesOf = (text: string): number[] => [...Buffer.from(text), 0];
const word = (value: number, width = 4): number[] =>
  Array.from({ length: width }, (_, i) => Math.floor(value / 256 ** i) % 256);

/** Opcodes that are not special, and how many operands each has. */
const standard = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
/** A special opcode that moves the address by `step` and the line by `lines` (-3 to 8). */
const special = (step: number, lines: number): number => 13 + 12 * step + (lines + 3);

/** A unit of one sequence: from 0x1000 line 10 of file 1; from 0x1004 line 12; from 0x1008 line 30 of file 2; ends at 0x1010. */
const program = [
  ...[0, 9, 2, ...word(0x1000, 8)],
  ...[3, 9, 1], // advance_line 9, copy
  special(4, 2),
  ...[4, 2, 3, 18, special(4, 0)], // set_file 2, advance_line 18
  ...[2, 8, 0, 1, 1], // advance_pc 8, end_sequence
];

function unit(version: number, tables: readonly number[]): Uint8Array {
  const afterLength = [...[1, ...(version >= 4 ? [1] : []), 1, 256 - 3, 12, 13, ...standard], ...tables];
  const body = [
    ...word(version, 2),
    ...(version === 5 ? [8, 0] : []),
    ...word(afterLength.length),
    ...afterLength,
    ...program,
  ];
  return Uint8Array.from([...word(body.length), ...body]);
}

const none = new Uint8Array(0);
/** Directory 1 is /src, file 1 a.c in it, file 2 b.c in the compiler's. */
const old = unit(4, [...bytesOf('/src'), 0, ...bytesOf('a.c'), 1, 0, 0, ...bytesOf('b.c'), 0, 0, 0, 0]);
const lineStr = Uint8Array.from([...bytesOf('/build'), ...bytesOf('src'), ...bytesOf('a.c'), ...bytesOf('/abs/b.c')]);
/** Directories /build and src in it; files 0 and 1 are a.c in src, 2 is /abs/b.c. */
const modern = unit(5, [
  ...[1, 1, 0x1f, 2, ...word(0), ...word(7)],
  ...[2, 1, 0x1f, 2, 0x0b, 3, ...word(11), 1, ...word(11), 1, ...word(15), 0],
]);
const sectionsOf = (...units: readonly Uint8Array[]): LineSections => ({
  line: Buffer.concat(units),
  lineStr,
  str: none,
});
const addresses = [0xfff, 0x1000, 0x1003, 0x1004, 0x1008, 0x100f, 0x1010];
const told = (sections: LineSections) =>
  [...linesAt(sections, addresses)].map(([at, { file, line }]) => `${at.toString(16)} ${file}:${line}`).sort();

describe('linesAt', () => {
  it('follows the program of DWARF 4, whose files count from 1', () => {
    expect(told(sectionsOf(old))).toEqual([
      '1000 /src/a.c:10',
      '1003 /src/a.c:10',
      '1004 /src/a.c:12',
      '1008 b.c:30',
      '100f b.c:30',
    ]);
  });

  it('follows the program of DWARF 5, whose directories may be relative', () => {
    expect(told(sectionsOf(modern))).toEqual([
      '1000 /build/src/a.c:10',
      '1003 /build/src/a.c:10',
      '1004 /build/src/a.c:12',
      '1008 /abs/b.c:30',
      '100f /abs/b.c:30',
    ]);
  });

  it('goes on behind a unit of a version that it does not know', () => {
    expect(told(sectionsOf(unit(9, []), old))).toHaveLength(5);
  });

  it('ends on every cut and every flipped byte', () => {
    for (const whole of [old, modern]) {
      for (let at = 0; at < whole.length; at++) {
        linesAt(sectionsOf(whole.subarray(0, at)), addresses);
        const flipped = Uint8Array.from(whole);
        flipped[at]! ^= 0xff;
        linesAt(sectionsOf(flipped), addresses);
      }
    }
  });
});

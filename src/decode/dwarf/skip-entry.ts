// Steps over entries without reading them. The loop that the speed of indexing depends on.
import { type Abbreviation, step } from './abbreviations.ts';
import { form } from './constants.ts';
import { readUleb, unsignedAt } from './read-number.ts';

/** Where the entry's values end; `at` is behind its code. Values that run over `end` give a number above `end`. */
export function skipValues(bytes: Uint8Array, at: number, end: number, abbreviation: Abbreviation): number {
  const { skip } = abbreviation;
  let next = at;
  for (let i = 0; i < skip.length; i++) {
    const move = skip[i]!;
    if (move > 0) {
      next += move;
    } else if (move === step.text) {
      while (next < end && bytes[next] !== 0) next++;
      next++;
    } else if (move === step.leb) {
      while (next < end && bytes[next]! >= 0x80) next++;
      next++;
    } else {
      next = skipBlock(bytes, next, move);
    }
    if (next > end) return next;
  }
  return next;
}

function skipBlock(bytes: Uint8Array, at: number, move: number): number {
  if (move === step.block) {
    const cursor = { bytes, at };
    const length = readUleb(cursor);
    return cursor.at + length;
  }
  if (move === step.block1) return at + 1 + unsignedAt(bytes, at, 1);
  if (move === step.block2) return at + 2 + unsignedAt(bytes, at, 2);
  if (move === step.block4) return at + 4 + unsignedAt(bytes, at, 4);
  // Indirect forms are allowed and never written by the compilers that are read here.
  return Number.POSITIVE_INFINITY;
}

/** Where one value ends. */
export function skipValue(bytes: Uint8Array, at: number, code: number, fixedBytes: number): number {
  if (fixedBytes >= 0) return at + fixedBytes;
  if (code === form.string) return bytes.indexOf(0, at) + 1 || bytes.length + 1;
  if (code === form.block || code === form.exprloc) return skipBlock(bytes, at, step.block);
  if (code === form.block1) return skipBlock(bytes, at, step.block1);
  if (code === form.block2) return skipBlock(bytes, at, step.block2);
  if (code === form.block4) return skipBlock(bytes, at, step.block4);
  const cursor = { bytes, at };
  readUleb(cursor);
  return cursor.at;
}

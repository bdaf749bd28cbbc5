// Where a variable is: location expressions and lists of them. Sources: DWARF 5, 2.5, 2.6.2, 7.7.3; DWARF 4, 2.6.2. Only what
// compilers write for variables in memory is followed: addresses, offsets from the frame, and pieces of both.
import { form } from './constants.ts';
import { addressOfIndex, blockOf, type Entry, type Value } from './read-entry.ts';
import { readSleb, readUleb, unsignedAt } from './read-number.ts';
import type { DwarfSections } from './sections.ts';
import type { Unit } from './units.ts';

/** One piece of a variable. A variable in one place is one piece whose size is not given. */
export interface Piece {
  /**
   * frame: bytes from the canonical frame address, which is what Go's runtime calls fp. address: link-time address.
   * register: its DWARF number. Elsewhere: a constant, or nowhere (optimised away).
   */
  readonly place: 'frame' | 'address' | 'register' | 'elsewhere';
  readonly value: number;
  /** Where in the variable the piece begins, and how long it is; undefined: to its end. */
  readonly offset: number;
  readonly bytes: number | undefined;
}

const op = {
  addr: 0x03,
  plusUconst: 0x23,
  reg0: 0x50,
  breg0: 0x70,
  regx: 0x90,
  fbreg: 0x91,
  piece: 0x93,
  nop: 0x96,
  callFrameCfa: 0x9c,
  stackValue: 0x9f,
  addrx: 0xa1,
} as const;

const mostPieces = 4096;

/** Pieces of an expression; empty when it is one that is not followed. */
export function piecesOf(sections: DwarfSections, unit: Unit, expression: Uint8Array): readonly Piece[] {
  const cursor = { bytes: expression, at: 0 };
  const pieces: Piece[] = [];
  let current: Pick<Piece, 'place' | 'value'> | undefined;
  let offset = 0;
  while (cursor.at < expression.length && pieces.length < mostPieces) {
    const code = expression[cursor.at++]!;
    if (code === op.addr) {
      current = { place: 'address', value: unsignedAt(expression, cursor.at, 8) };
      cursor.at += 8;
    } else if (code === op.addrx) {
      current = { place: 'address', value: addressOfIndex(sections, unit, readUleb(cursor)) };
    } else if (code === op.fbreg) {
      current = { place: 'frame', value: readSleb(cursor) };
    } else if (code === op.callFrameCfa) {
      current = { place: 'frame', value: 0 };
    } else if (code === op.plusUconst && current !== undefined) {
      current = { ...current, value: current.value + readUleb(cursor) };
    } else if (code >= op.reg0 && code < op.reg0 + 32) {
      current = { place: 'register', value: code - op.reg0 };
    } else if (code === op.regx) {
      current = { place: 'register', value: readUleb(cursor) };
    } else if (code === op.piece) {
      const bytes = readUleb(cursor);
      pieces.push({ ...(current ?? { place: 'elsewhere', value: 0 }), offset, bytes });
      offset += bytes;
      current = undefined;
    } else if (code === op.stackValue) {
      // The value is computed, it stands nowhere.
      current = { place: 'elsewhere', value: 0 };
    } else if (code !== op.nop) {
      return [];
    }
  }
  if (current !== undefined) pieces.push({ ...current, offset, bytes: undefined });
  return pieces;
}

/** Where the variable is when the function stands at `pc` (link-time); empty when it is nowhere, or not in memory. */
export function locationAt(sections: DwarfSections, entry: Entry, location: Value, pc: number): readonly Piece[] {
  const { unit } = entry;
  if (location.form === form.exprloc || isBlock(location.form)) {
    return piecesOf(sections, unit, blockOf(sections, location));
  }
  const expression = listedExpression(sections, unit, location, pc);
  return expression === undefined ? [] : piecesOf(sections, unit, expression);
}

const isBlock = (code: number): boolean => code === form.block || code === form.block1 || code === form.block2;

function listedExpression(sections: DwarfSections, unit: Unit, location: Value, pc: number): Uint8Array | undefined {
  if (unit.version < 5) return expressionInLoc(sections.loc, location.number, unit, pc);
  const offset =
    location.form === form.loclistx
      ? unit.loclistsBase + unsignedAt(sections.loclists, unit.loclistsBase + 4 * location.number, 4)
      : location.number;
  return expressionInLoclists(sections, offset, unit, pc);
}

/** DWARF 4: pairs of offsets from the unit's base, until two zeros. */
function expressionInLoc(bytes: Uint8Array, offset: number, unit: Unit, pc: number): Uint8Array | undefined {
  let base = unit.lowPc;
  for (let at = offset; at + 16 <= bytes.length; ) {
    const begin = unsignedAt(bytes, at, 8);
    const end = unsignedAt(bytes, at + 8, 8);
    at += 16;
    if (begin === 0 && end === 0) return undefined;
    if (begin >= 2 ** 63) {
      base = end;
      continue;
    }
    const length = unsignedAt(bytes, at, 2);
    if (pc >= base + begin && pc < base + end) return bytes.subarray(at + 2, at + 2 + length);
    at += 2 + length;
  }
  return undefined;
}

const list = {
  end: 0,
  baseAddressx: 1,
  startxEndx: 2,
  startxLength: 3,
  offsetPair: 4,
  defaultLocation: 5,
  baseAddress: 6,
  startEnd: 7,
  startLength: 8,
} as const;

function expressionInLoclists(sections: DwarfSections, offset: number, unit: Unit, pc: number): Uint8Array | undefined {
  const bytes = sections.loclists;
  const cursor = { bytes, at: offset };
  let base = unit.lowPc;
  const fixed = (): number => {
    cursor.at += 8;
    return unsignedAt(bytes, cursor.at - 8, 8);
  };
  while (cursor.at < bytes.length) {
    const kind = bytes[cursor.at++]!;
    let begin = 0;
    let end = 0;
    if (kind === list.end) return undefined;
    if (kind === list.baseAddressx || kind === list.baseAddress) {
      base = kind === list.baseAddress ? fixed() : addressOfIndex(sections, unit, readUleb(cursor));
      continue;
    }
    if (kind === list.startxEndx) {
      begin = addressOfIndex(sections, unit, readUleb(cursor));
      end = addressOfIndex(sections, unit, readUleb(cursor));
    } else if (kind === list.startxLength) {
      begin = addressOfIndex(sections, unit, readUleb(cursor));
      end = begin + readUleb(cursor);
    } else if (kind === list.offsetPair) {
      begin = base + readUleb(cursor);
      end = base + readUleb(cursor);
    } else if (kind === list.defaultLocation) {
      end = Number.POSITIVE_INFINITY;
    } else if (kind === list.startEnd) {
      begin = fixed();
      end = fixed();
    } else if (kind === list.startLength) {
      begin = fixed();
      end = begin + readUleb(cursor);
    } else {
      return undefined;
    }
    const length = readUleb(cursor);
    if (pc >= begin && pc < end) return bytes.subarray(cursor.at, cursor.at + length);
    cursor.at += length;
  }
  return undefined;
}

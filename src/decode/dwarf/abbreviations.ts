// The table that says how entries (DIEs) are written: per code its tag, and name and form of each attribute. Source: DWARF 5,
// 7.5.3. Each gets a short program that steps over an entry without looking at its values: most entries are never read.
import { DecodeError } from '../../base/errors.ts';
import { attribute, form } from './constants.ts';
import { readSleb, readUleb } from './read-number.ts';

export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly names: Int32Array;
  readonly forms: Int32Array;
  /** Value of attributes of form implicit_const. */
  readonly constants: Float64Array;
  /** Positive: that many bytes. Else one of `step`. */
  readonly skip: Int32Array;
  /** Index of DW_AT_sibling among the attributes; -1 when it has none. */
  readonly sibling: number;
}

export const step = { text: -1, leb: -2, block: -3, block1: -4, block2: -5, block4: -6, indirect: -7 } as const;

/** Index = code. */
export type Abbreviations = readonly (Abbreviation | undefined)[];

const mostCodes = 1 << 20;
const mostAttributes = 1024;

/** Bytes of forms of fixed size; -1 for those whose size depends on the value, -2 for unknown ones. */
export function sizeOfForm(code: number, addressBytes: number): number {
  switch (code) {
    case form.flagPresent:
    case form.implicitConst:
      return 0;
    case form.data1:
    case form.flag:
    case form.ref1:
    case form.strx1:
    case form.addrx1:
      return 1;
    case form.data2:
    case form.ref2:
    case form.strx2:
    case form.addrx2:
      return 2;
    case form.strx3:
    case form.addrx3:
      return 3;
    case form.data4:
    case form.ref4:
    case form.strp:
    case form.secOffset:
    case form.refAddr:
    case form.lineStrp:
    case form.refSup4:
    case form.strpSup:
    case form.strx4:
    case form.addrx4:
      return 4;
    case form.data8:
    case form.ref8:
    case form.refSig8:
    case form.refSup8:
      return 8;
    case form.data16:
      return 16;
    case form.addr:
      return addressBytes;
    case form.string:
    case form.udata:
    case form.sdata:
    case form.refUdata:
    case form.strx:
    case form.addrx:
    case form.loclistx:
    case form.rnglistx:
    case form.block:
    case form.exprloc:
    case form.block1:
    case form.block2:
    case form.block4:
    case form.indirect:
      return -1;
    default:
      return -2;
  }
}

const stepOfForm: Readonly<Record<number, number>> = {
  [form.string]: step.text,
  [form.block]: step.block,
  [form.exprloc]: step.block,
  [form.block1]: step.block1,
  [form.block2]: step.block2,
  [form.block4]: step.block4,
  [form.indirect]: step.indirect,
};

/** The table at an offset of .debug_abbrev. Throws DecodeError when it does not end, or has unknown forms. */
export function readAbbreviations(bytes: Uint8Array, offset: number, addressBytes: number): Abbreviations {
  const cursor = { bytes, at: offset };
  const table: (Abbreviation | undefined)[] = [];
  while (cursor.at < bytes.length) {
    const start = cursor.at;
    const code = readUleb(cursor);
    if (code === 0) return table;
    if (code > mostCodes) throw fault(start, `a code of at most ${mostCodes}`);
    const tag = readUleb(cursor);
    const hasChildren = bytes[cursor.at++] === 1;
    const names: number[] = [];
    const forms: number[] = [];
    const constants: number[] = [];
    for (;;) {
      if (cursor.at >= bytes.length || names.length > mostAttributes)
        throw fault(start, 'a list of attributes that ends');
      const name = readUleb(cursor);
      const code = readUleb(cursor);
      const constant = code === form.implicitConst ? readSleb(cursor) : 0;
      if (name === 0 && code === 0) break;
      names.push(name);
      forms.push(code);
      constants.push(constant);
    }
    table[code] = {
      tag,
      hasChildren,
      names: Int32Array.from(names),
      forms: Int32Array.from(forms),
      constants: Float64Array.from(constants),
      skip: skipProgram(forms, addressBytes, start),
      sibling: names.indexOf(attribute.sibling),
    };
  }
  throw fault(offset, 'a table that ends');
}

function skipProgram(forms: readonly number[], addressBytes: number, at: number): Int32Array {
  const program: number[] = [];
  for (const code of forms) {
    const size = sizeOfForm(code, addressBytes);
    if (size === -2) throw fault(at, `a form of DWARF 4 or 5 (it is 0x${code.toString(16)})`);
    if (size === 0) continue;
    const last = program.length - 1;
    if (size < 0) program.push(stepOfForm[code] ?? step.leb);
    else if (last >= 0 && program[last]! > 0) program[last]! += size;
    else program.push(size);
  }
  return Int32Array.from(program);
}

const fault = (offset: number, expected: string): DecodeError => new DecodeError('dwarf', offset, expected);

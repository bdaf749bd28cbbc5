// One entry (DIE) with the attributes that this program asks for. Names stay where they are until someone wants them.
import { DecodeError } from '../../base/errors.ts';
import { sizeOfForm } from './abbreviations.ts';
import { attribute, form } from './constants.ts';
import { type Cursor, readSleb, readUleb, signed, unsignedAt } from './read-number.ts';
import type { DwarfSections } from './sections.ts';
import { skipValue } from './skip-entry.ts';
import type { Unit } from './units.ts';

export interface Value {
  readonly form: number;
  /** Numbers, addresses, indexes; references as offsets in .debug_info. */
  readonly number: number;
  /** Place of the value in .debug_info, and of what follows it. */
  readonly at: number;
  readonly end: number;
}

export interface Entry {
  readonly offset: number;
  readonly unit: Unit;
  readonly tag: number;
  readonly hasChildren: boolean;
  /** Offset of the first child, or of the next entry. */
  readonly end: number;
  readonly values: ReadonlyMap<number, Value>;
}

/** Undefined for the mark that ends a list of children. Throws DecodeError for a code that is not in the table. */
export function readEntry(sections: DwarfSections, unit: Unit, offset: number): Entry | undefined {
  const cursor = { bytes: sections.info, at: offset };
  const code = readUleb(cursor);
  if (code === 0) return undefined;
  const abbreviation = unit.abbreviations[code];
  if (abbreviation === undefined) throw new DecodeError('dwarf', offset, 'an entry whose code is in the table');
  const values = new Map<number, Value>();
  for (let i = 0; i < abbreviation.names.length; i++) {
    const code = abbreviation.forms[i]!;
    const at = cursor.at;
    const size = sizeOfForm(code, unit.addressBytes);
    const number = numberOf(sections, unit, code, at, size, abbreviation.constants[i]!);
    cursor.at = skipValue(sections.info, at, code, size);
    if (cursor.at > unit.end) throw new DecodeError('dwarf', offset, 'an entry inside its unit');
    values.set(abbreviation.names[i]!, { form: code, number, at, end: cursor.at });
  }
  return { offset, unit, tag: abbreviation.tag, hasChildren: abbreviation.hasChildren, end: cursor.at, values };
}

function numberOf(
  sections: DwarfSections,
  unit: Unit,
  code: number,
  at: number,
  size: number,
  constant: number,
): number {
  const { info } = sections;
  switch (code) {
    case form.flagPresent:
      return 1;
    case form.implicitConst:
      return constant;
    case form.sdata:
      return readSleb({ bytes: info, at });
    case form.addrx:
    case form.addrx1:
    case form.addrx2:
    case form.addrx3:
    case form.addrx4: {
      const index = size > 0 ? unsignedAt(info, at, size) : readUleb({ bytes: info, at });
      return addressOfIndex(sections, unit, index);
    }
    case form.ref1:
    case form.ref2:
    case form.ref4:
    case form.ref8:
      return unit.start + unsignedAt(info, at, size);
    case form.refUdata:
      return unit.start + readUleb({ bytes: info, at });
    case form.string:
    case form.block:
    case form.exprloc:
    case form.block1:
    case form.block2:
    case form.block4:
      return 0;
    default:
      return size >= 0 ? unsignedAt(info, at, Math.min(size, 8)) : readUleb({ bytes: info, at });
  }
}

/** An entry of .debug_addr. */
export function addressOfIndex({ addr }: DwarfSections, unit: Unit, index: number): number {
  return unsignedAt(addr, unit.addrBase + 8 * index, 8);
}

export const numberIn = (entry: Entry, name: number): number | undefined => entry.values.get(name)?.number;

/** Of a constant: data forms have no sign, and are small negative numbers where C says so. */
export function constantOf(value: Value): number {
  if (value.form === form.data1) return signed(value.number, 1);
  if (value.form === form.data2) return signed(value.number, 2);
  if (value.form === form.data4) return signed(value.number, 4);
  if (value.form === form.data8) return signed(value.number, 8);
  return value.number;
}

/** DW_AT_name; '' when the entry has none. */
export function nameOf(sections: DwarfSections, entry: Entry): string {
  const value = entry.values.get(attribute.name);
  return value === undefined ? '' : textOf(sections, entry.unit, value);
}

/**
 * The name of the entry at an offset, read without the rest of it; '' when it has none, or only declares something. Throws
 * DecodeError as readEntry does.
 */
export function definedNameAt(sections: DwarfSections, unit: Unit, offset: number): string {
  const cursor = { bytes: sections.info, at: offset };
  const code = readUleb(cursor);
  if (code === 0) return '';
  const abbreviation = unit.abbreviations[code];
  if (abbreviation === undefined) throw new DecodeError('dwarf', offset, 'an entry whose code is in the table');
  if (abbreviation.names.includes(attribute.declaration)) return '';
  let { at } = cursor;
  for (let i = 0; i < abbreviation.names.length; i++) {
    const code = abbreviation.forms[i]!;
    const size = sizeOfForm(code, unit.addressBytes);
    const end = skipValue(sections.info, at, code, size);
    if (end > unit.end) throw new DecodeError('dwarf', offset, 'an entry inside its unit');
    if (abbreviation.names[i] === attribute.name) {
      const number = numberOf(sections, unit, code, at, size, abbreviation.constants[i]!);
      return textOf(sections, unit, { form: code, number, at, end });
    }
    at = end;
  }
  return '';
}

/** The bytes of a string attribute: where they are, without copying them. */
function textBytes(sections: DwarfSections, unit: Unit, value: Value): Uint8Array {
  const { info, str, lineStr, strOffsets } = sections;
  switch (value.form) {
    case form.string:
      return info.subarray(value.at, value.end - 1);
    case form.strp:
      return textFrom(str, value.number);
    case form.lineStrp:
      return textFrom(lineStr, value.number);
    case form.strx:
    case form.strx1:
    case form.strx2:
    case form.strx3:
    case form.strx4:
      return textFrom(str, unsignedAt(strOffsets, unit.strOffsetsBase + 4 * value.number, 4));
    default:
      return new Uint8Array(0);
  }
}

const decoder = new TextDecoder();
const textOf = (sections: DwarfSections, unit: Unit, value: Value): string =>
  decoder.decode(textBytes(sections, unit, value));

function textFrom(bytes: Uint8Array, start: number): Uint8Array {
  if (start >= bytes.length) return new Uint8Array(0);
  const end = bytes.indexOf(0, start);
  return bytes.subarray(start, end < 0 ? bytes.length : end);
}

/** Bytes of an expression or block. */
export function blockOf({ info }: DwarfSections, value: Value): Uint8Array {
  const cursor: Cursor = { bytes: info, at: value.at };
  if (value.form === form.block1) cursor.at += 1;
  else if (value.form === form.block2) cursor.at += 2;
  else if (value.form === form.block4) cursor.at += 4;
  else readUleb(cursor);
  return info.subarray(cursor.at, value.end);
}

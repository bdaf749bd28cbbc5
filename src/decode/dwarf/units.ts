// Headers of the units of .debug_info, and what their first entry says for all others. Source: DWARF 5, 7.5.1.
import { DecodeError } from '../../base/errors.ts';
import { type Abbreviations, readAbbreviations, sizeOfForm } from './abbreviations.ts';
import { attribute, form } from './constants.ts';
import { readUleb, unsignedAt } from './read-number.ts';
import type { DwarfSections } from './sections.ts';
import { skipValue } from './skip-entry.ts';

export interface Unit {
  readonly version: number;
  readonly addressBytes: number;
  /** Offset of the header in .debug_info: references within the unit count from it. */
  readonly start: number;
  readonly end: number;
  /** Offset of the first entry. */
  readonly firstEntry: number;
  readonly abbreviations: Abbreviations;
  readonly addrBase: number;
  readonly strOffsetsBase: number;
  readonly loclistsBase: number;
  readonly rnglistsBase: number;
  /** Base of location and range lists. */
  readonly lowPc: number;
  readonly isGo: boolean;
}

const goLanguage = 0x16;
const compileUnitType = 1;
const partialUnitType = 3;
const skeletonUnitType = 4;
const mostUnits = 1 << 18;

export interface UnitList {
  readonly units: readonly Unit[];
  readonly warnings: readonly string[];
}

/** A unit that cannot be read costs itself and a warning; the next begins where its length says. */
export function readUnits(sections: DwarfSections): UnitList {
  const { info } = sections;
  const units: Unit[] = [];
  const warnings: string[] = [];
  const tables = new Map<number, Abbreviations>();
  for (let at = 0; at + 12 <= info.length; ) {
    const length = unsignedAt(info, at, 4);
    const end = at + 4 + length;
    if (length >= 0xfffffff0 || end > info.length || length < 7 || units.length > mostUnits) {
      warnings.push(`The debug information is damaged at byte ${at}; what follows is not read.`);
      break;
    }
    try {
      const unit = readUnit(sections, at, end, tables);
      if (unit !== undefined) units.push(unit);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      if (warnings.length < 10) warnings.push(`A unit of the debug information is left out: ${error.message}.`);
    }
    at = end;
  }
  return { units, warnings };
}

function readUnit(
  sections: DwarfSections,
  start: number,
  end: number,
  tables: Map<number, Abbreviations>,
): Unit | undefined {
  const { info } = sections;
  const version = unsignedAt(info, start + 4, 2);
  if (version < 2 || version > 5) throw fault(start + 4, `DWARF 2 to 5 (it is ${version})`);
  const type = version === 5 ? info[start + 6]! : compileUnitType;
  const addressBytes = info[version === 5 ? start + 7 : start + 10]!;
  if (addressBytes !== 8) throw fault(start + 7, 'addresses of 8 bytes');
  // Type units and those of split files belong to nothing that is asked here.
  if (type !== compileUnitType && type !== partialUnitType && type !== skeletonUnitType) return undefined;
  const tableOffset = unsignedAt(info, version === 5 ? start + 8 : start + 6, 4);
  let abbreviations = tables.get(tableOffset);
  if (abbreviations === undefined) {
    abbreviations = readAbbreviations(sections.abbrev, tableOffset, addressBytes);
    tables.set(tableOffset, abbreviations);
  }
  const firstEntry = start + (version === 5 ? 12 : 11) + (type === skeletonUnitType ? 8 : 0);
  const root = readRoot(sections, { start, end, firstEntry, abbreviations, addressBytes });
  return { version, addressBytes, start, end, firstEntry, abbreviations, ...root };
}

function readRoot(
  { info, addr }: DwarfSections,
  unit: Pick<Unit, 'start' | 'end' | 'firstEntry' | 'abbreviations' | 'addressBytes'>,
) {
  const cursor = { bytes: info, at: unit.firstEntry };
  const abbreviation = unit.abbreviations[readUleb(cursor)];
  if (abbreviation === undefined) throw fault(unit.firstEntry, 'a first entry whose code is in the table');
  // Before the bases are known nothing can be looked up: only plain values are read here, the index of lowPc afterwards.
  const numbers = new Map<number, { readonly value: number; readonly form: number }>();
  for (let i = 0; i < abbreviation.names.length; i++) {
    const code = abbreviation.forms[i]!;
    const size = sizeOfForm(code, unit.addressBytes);
    let value = abbreviation.constants[i]!;
    if (size > 0 && size <= 8) value = unsignedAt(info, cursor.at, size);
    else if (code === form.udata || code === form.addrx) value = readUleb({ bytes: info, at: cursor.at });
    numbers.set(abbreviation.names[i]!, { value, form: code });
    cursor.at = skipValue(info, cursor.at, code, size);
  }
  if (cursor.at > unit.end) throw fault(unit.firstEntry, 'a first entry inside its unit');
  const number = (name: number): number => numbers.get(name)?.value ?? 0;
  const addrBase = number(attribute.addrBase);
  const low = numbers.get(attribute.lowPc);
  const lowPc =
    low === undefined || low.form === form.addr ? (low?.value ?? 0) : unsignedAt(addr, addrBase + 8 * low.value, 8);
  return {
    addrBase,
    strOffsetsBase: number(attribute.strOffsetsBase),
    loclistsBase: number(attribute.loclistsBase),
    rnglistsBase: number(attribute.rnglistsBase),
    lowPc,
    isGo: number(attribute.language) === goLanguage,
  };
}

const fault = (offset: number, expected: string): DecodeError => new DecodeError('dwarf', offset, expected);

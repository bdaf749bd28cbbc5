// One pass over .debug_info: where the entries right below each unit are. What is inside them (locals, fields) is stepped
// over and read when asked for; it is nine tenths of the bytes.
import { DecodeError } from '../../base/errors.ts';
import type { Abbreviation } from './abbreviations.ts';
import { attribute, form, tag } from './constants.ts';
import { readEntry } from './read-entry.ts';
import { readUleb } from './read-number.ts';
import type { DwarfSections } from './sections.ts';
import { skipValues } from './skip-entry.ts';
import type { Unit } from './units.ts';

export interface EntryIndex {
  /** Offsets in .debug_info, rising. */
  readonly types: Int32Array;
  readonly variables: Int32Array;
  readonly constants: Int32Array;
  readonly subprograms: Int32Array;
  readonly warnings: readonly string[];
}

interface Growing {
  array: Int32Array;
  length: number;
}

const typeTags: readonly number[] = [
  tag.array,
  tag.base,
  tag.const,
  tag.enumeration,
  tag.pointer,
  tag.structure,
  tag.subroutine,
  tag.typedef,
  tag.union,
  tag.unspecified,
  tag.volatile,
];

export function indexEntries(sections: DwarfSections, units: readonly Unit[]): EntryIndex {
  const types = growing();
  const variables = growing();
  const constants = growing();
  const subprograms = growing();
  const listOfTag = new Map<number, Growing>([
    ...typeTags.map((code) => [code, types] as const),
    [tag.variable, variables],
    [tag.constant, constants],
    [tag.subprogram, subprograms],
  ]);
  const warnings: string[] = [];
  for (const unit of units) {
    const problem = indexUnit(sections, unit, listOfTag);
    if (problem !== undefined && warnings.length < 10) warnings.push(problem);
  }
  return {
    types: finish(types),
    variables: finish(variables),
    constants: finish(constants),
    subprograms: finish(subprograms),
    warnings,
  };
}

/** What is wrong with the unit, if anything: what was found before stays. */
function indexUnit(sections: DwarfSections, unit: Unit, listOfTag: ReadonlyMap<number, Growing>): string | undefined {
  const bytes = sections.info;
  const { end, abbreviations } = unit;
  const damaged = (at: number): string =>
    `The debug information is damaged at byte ${at}; the rest of its unit is not read.`;
  let at = unit.firstEntry;
  let depth = 0;
  while (at < end) {
    const start = at;
    let code = bytes[at++]!;
    if (code >= 0x80) {
      const cursor = { bytes, at: start };
      code = readUleb(cursor);
      at = cursor.at;
    }
    if (code === 0) {
      depth--;
      if (depth <= 0) return undefined;
      continue;
    }
    const abbreviation = abbreviations[code];
    if (abbreviation === undefined) return damaged(start);
    at = skipValues(bytes, at, end, abbreviation);
    if (at > end) return damaged(start);
    if (depth === 1) {
      const list = listOfTag.get(abbreviation.tag);
      if (list !== undefined) add(list, start);
    }
    if (!abbreviation.hasChildren) continue;
    const sibling = depth === 1 ? siblingOf(sections, unit, start, abbreviation) : undefined;
    if (sibling !== undefined && sibling > at && sibling < end) at = sibling;
    else depth++;
  }
  return undefined;
}

/** C compilers say where the next entry is, Go does not. */
function siblingOf(
  sections: DwarfSections,
  unit: Unit,
  offset: number,
  abbreviation: Abbreviation,
): number | undefined {
  if (abbreviation.sibling < 0 || abbreviation.forms[abbreviation.sibling] !== form.ref4) return undefined;
  try {
    return readEntry(sections, unit, offset)?.values.get(attribute.sibling)?.number;
  } catch (error) {
    if (error instanceof DecodeError) return undefined;
    throw error;
  }
}

const growing = (): Growing => ({ array: new Int32Array(1024), length: 0 });

function add(list: Growing, value: number): void {
  if (list.length === list.array.length) {
    const wider = new Int32Array(list.array.length * 2);
    wider.set(list.array);
    list.array = wider;
  }
  list.array[list.length++] = value;
}

const finish = (list: Growing): Int32Array => list.array.slice(0, list.length);

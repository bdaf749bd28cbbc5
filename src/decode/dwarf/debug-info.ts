// The debug information of a binary: an index made once, and entries read when asked for.
import type { ByteSource } from '../../base/byte-source.ts';
import type { Elf } from '../elf/read-elf.ts';
import { attribute, form } from './constants.ts';
import { type EntryIndex, indexEntries } from './index-entries.ts';
import { definedNameAt, type Entry, nameOf, readEntry } from './read-entry.ts';
import { type DwarfSections, readDwarfSections } from './sections.ts';
import { readUnits, type Unit } from './units.ts';

export interface DebugInfo {
  readonly sections: DwarfSections;
  readonly units: readonly Unit[];
  readonly index: EntryIndex;
  /** What was damaged or left out. */
  readonly warnings: readonly string[];
}

/** Undefined when the file has none. Throws DecodeError when its sections cannot be read. */
export async function readDebugInfo(source: ByteSource, elf: Elf): Promise<DebugInfo | undefined> {
  const sections = await readDwarfSections(source, elf);
  return sections === undefined ? undefined : debugInfoOf(sections);
}

export function debugInfoOf(sections: DwarfSections): DebugInfo {
  const { units, warnings } = readUnits(sections);
  const index = indexEntries(sections, units);
  return { sections, units, index, warnings: [...warnings, ...index.warnings] };
}

/** The entry at an offset of .debug_info; undefined when there is none. Throws DecodeError when it is damaged. */
export function entryAt(info: DebugInfo, offset: number): Entry | undefined {
  const unit = unitAt(info, offset);
  return unit === undefined ? undefined : readEntry(info.sections, unit, offset);
}

export function unitAt({ units }: DebugInfo, offset: number): Unit | undefined {
  let low = 0;
  let high = units.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (units[middle]!.start <= offset) low = middle;
    else high = middle;
  }
  const unit = units[low];
  return unit !== undefined && offset >= unit.firstEntry && offset < unit.end ? unit : undefined;
}

/** The entry that an attribute refers to. */
export function referredEntry(info: DebugInfo, entry: Entry, name: number): Entry | undefined {
  const value = entry.values.get(name);
  if (value === undefined || value.form === form.refSig8) return undefined;
  return entryAt(info, value.number);
}

/** Direct children, in order. */
export function* childrenOf(info: DebugInfo, entry: Entry): Generator<Entry> {
  if (!entry.hasChildren) return;
  let at = entry.end;
  let depth = 1;
  while (at < entry.unit.end) {
    const child = readEntry(info.sections, entry.unit, at);
    if (child === undefined) {
      depth--;
      at++;
      if (depth === 0) return;
      continue;
    }
    if (depth === 1) yield child;
    at = child.end;
    if (child.hasChildren) depth++;
  }
}

/** The name of an entry, or of the abstract one that it is an instance of. */
export function fullNameOf(info: DebugInfo, entry: Entry): string {
  const own = nameOf(info.sections, entry);
  if (own !== '') return own;
  const origin =
    referredEntry(info, entry, attribute.abstractOrigin) ?? referredEntry(info, entry, attribute.specification);
  return origin === undefined ? '' : nameOf(info.sections, origin);
}

/**
 * Offsets of entries by their names; the first of a name counts. Declarations without a definition are left out.
 * A binary has tens of thousands: made once, when something is looked up by name.
 */
export function offsetsByName(info: DebugInfo, offsets: Int32Array): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const offset of offsets) {
    const unit = unitAt(info, offset);
    const name = unit === undefined ? '' : definedNameAt(info.sections, unit, offset);
    if (name !== '' && !found.has(name)) found.set(name, offset);
  }
  return found;
}

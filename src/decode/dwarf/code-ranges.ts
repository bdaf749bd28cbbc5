// The code that an entry covers: a function, a block, an inlined call. Sources: DWARF 5, 2.17 and 7.25; DWARF 4, 2.17.3.
import { attribute, form } from './constants.ts';
import { addressOfIndex, type Entry, numberIn } from './read-entry.ts';
import { readUleb, unsignedAt } from './read-number.ts';
import type { DwarfSections } from './sections.ts';

export interface CodeRange {
  readonly low: number;
  readonly high: number;
}

const mostRanges = 1 << 16;

/** Empty when the entry does not say. Addresses are link-time. */
export function codeRangesOf(sections: DwarfSections, entry: Entry): readonly CodeRange[] {
  const low = numberIn(entry, attribute.lowPc);
  const high = entry.values.get(attribute.highPc);
  if (low !== undefined && high !== undefined) {
    const isAddress =
      high.form === form.addr || (high.form >= form.addrx1 && high.form <= form.addrx4) || high.form === form.addrx;
    return [{ low, high: isAddress ? high.number : low + high.number }];
  }
  const ranges = entry.values.get(attribute.ranges);
  if (ranges === undefined) return [];
  const { unit } = entry;
  if (unit.version < 5) return rangesOfDwarf4(sections.ranges, ranges.number, unit.lowPc);
  const offset =
    ranges.form === form.rnglistx
      ? unit.rnglistsBase + unsignedAt(sections.rnglists, unit.rnglistsBase + 4 * ranges.number, 4)
      : ranges.number;
  return rangesOfDwarf5(sections, entry, offset);
}

function rangesOfDwarf4(bytes: Uint8Array, offset: number, unitBase: number): readonly CodeRange[] {
  const found: CodeRange[] = [];
  let base = unitBase;
  for (let at = offset; at + 16 <= bytes.length && found.length < mostRanges; at += 16) {
    const begin = unsignedAt(bytes, at, 8);
    const end = unsignedAt(bytes, at + 8, 8);
    if (begin === 0 && end === 0) break;
    if (begin >= 2 ** 63) base = end;
    else found.push({ low: base + begin, high: base + end });
  }
  return found;
}

const list = {
  end: 0,
  baseAddressx: 1,
  startxEndx: 2,
  startxLength: 3,
  offsetPair: 4,
  baseAddress: 5,
  startEnd: 6,
  startLength: 7,
};

function rangesOfDwarf5(sections: DwarfSections, { unit }: Entry, offset: number): readonly CodeRange[] {
  const bytes = sections.rnglists;
  const cursor = { bytes, at: offset };
  const found: CodeRange[] = [];
  let base = unit.lowPc;
  const indexed = (): number => addressOfIndex(sections, unit, readUleb(cursor));
  const fixed = (): number => {
    cursor.at += 8;
    return unsignedAt(bytes, cursor.at - 8, 8);
  };
  const add = (low: number, high: number): void => void found.push({ low, high });
  const addLength = (low: number): void => add(low, low + readUleb(cursor));
  while (cursor.at < bytes.length && found.length < mostRanges) {
    const kind = bytes[cursor.at++]!;
    if (kind === list.baseAddressx) base = indexed();
    else if (kind === list.baseAddress) base = fixed();
    else if (kind === list.startxEndx) add(indexed(), indexed());
    else if (kind === list.startxLength) addLength(indexed());
    else if (kind === list.offsetPair) add(base + readUleb(cursor), base + readUleb(cursor));
    else if (kind === list.startEnd) add(fixed(), fixed());
    else if (kind === list.startLength) addLength(fixed());
    else break;
  }
  return found;
}

export const covers = (ranges: readonly CodeRange[], pc: number): boolean =>
  ranges.some(({ low, high }) => pc >= low && pc < high);

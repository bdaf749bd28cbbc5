// Stacks between two moments → a row for each function (or package): itself, and with what it calls.
import { packageOf } from '../../model/ownership.ts';
import type { StackChange } from '../flame/flame-tree.ts';

export interface FunctionTable {
  readonly length: number;
  readonly name: readonly string[];
  /** A place of the function in the source: that of the frame that grew most. Empty for packages. */
  readonly file: readonly string[];
  readonly line: Int32Array;
  readonly own: Uint8Array;
  readonly ownBefore: Float64Array;
  readonly ownAfter: Float64Array;
  /** A function that calls itself counts once. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

export function tabulateFunctions({ stacks, before, after }: StackChange, by: 'function' | 'package'): FunctionTable {
  const rows = new Map<string, number>();
  const ofFrame = stacks.frames.function.map((functionName) => {
    const name = by === 'package' ? packageOf(functionName) : functionName;
    const known = rows.get(name);
    if (known !== undefined) return known;
    rows.set(name, rows.size);
    return rows.size - 1;
  });
  const length = rows.size;
  const column = (): Float64Array => new Float64Array(length);
  const table = { ownBefore: column(), ownAfter: column(), before: column(), after: column() };
  const { prefix, frame } = stacks;
  const withCallees = {
    before: Float64Array.from(prefix, (_, row) => before?.[row] ?? 0),
    after: Float64Array.from(after),
  };
  /** Growth of the frame that stands for the function, and its row. */
  const most = new Float64Array(length).fill(Number.NEGATIVE_INFINITY);
  const place = new Int32Array(length).fill(-1);
  for (let row = prefix.length - 1; row >= 0; row--) {
    const above = prefix[row]!;
    const ownBefore = before?.[row] ?? 0;
    const ownAfter = after[row]!;
    if (above >= 0) {
      withCallees.before[above]! += withCallees.before[row]!;
      withCallees.after[above]! += withCallees.after[row]!;
    }
    if (frame[row]! < 0) continue;
    const name = ofFrame[frame[row]!]!;
    table.ownBefore[name]! += ownBefore;
    table.ownAfter[name]! += ownAfter;
    const grown = withCallees.after[row]! - withCallees.before[row]!;
    if (grown > most[name]!) {
      most[name] = grown;
      place[name] = frame[row]!;
    }
    if (isBelowItself(stacks, ofFrame, row, name)) continue;
    table.before[name]! += withCallees.before[row]!;
    table.after[name]! += withCallees.after[row]!;
  }
  const own = new Uint8Array(length);
  for (const one of stacks.frames.own) own[ofFrame[one]!] = 1;
  const placed = (name: number): boolean => by === 'function' && place[name]! >= 0;
  return {
    length,
    name: [...rows.keys()],
    file: Array.from(place, (at, name) => (placed(name) ? stacks.frames.file[at]! : '')),
    line: place.map((at, name) => (placed(name) ? stacks.frames.line[at]! : 0)),
    own,
    ...table,
  };
}

function isBelowItself(
  { prefix, frame }: StackChange['stacks'],
  ofFrame: readonly number[],
  row: number,
  name: number,
): boolean {
  for (let above = prefix[row]!; above >= 0; above = prefix[above]!) {
    if (frame[above]! >= 0 && ofFrame[frame[above]!] === name) return true;
  }
  return false;
}

export const functionColumns = ['name', 'ownGrowth', 'growth', 'ownAfter', 'after'] as const;
export type FunctionColumn = (typeof functionColumns)[number];

/** Rows of the table in the order that is asked for, without those that never had anything; equal ones by name. */
export function sortFunctions(
  table: FunctionTable,
  column: FunctionColumn,
  descending: boolean,
  search: string,
): Int32Array {
  const wanted = search.toLowerCase();
  const rows: number[] = [];
  for (let row = 0; row < table.length; row++) {
    if (table.before[row] === 0 && table.after[row] === 0) continue;
    if (wanted === '' || table.name[row]!.toLowerCase().includes(wanted)) rows.push(row);
  }
  const byName = (a: number, b: number): number => (table.name[a]! < table.name[b]! ? -1 : 1);
  const value = valueIn(table, column);
  const sign = descending ? -1 : 1;
  rows.sort((a, b) => (value === undefined ? sign * byName(a, b) : sign * (value(a) - value(b)) || byName(a, b)));
  return Int32Array.from(rows);
}

function valueIn(table: FunctionTable, column: FunctionColumn): ((row: number) => number) | undefined {
  switch (column) {
    case 'name':
      return undefined;
    case 'ownGrowth':
      return (row) => table.ownAfter[row]! - table.ownBefore[row]!;
    case 'growth':
      return (row) => table.after[row]! - table.before[row]!;
    case 'ownAfter':
      return (row) => table.ownAfter[row]!;
    case 'after':
      return (row) => table.after[row]!;
  }
}

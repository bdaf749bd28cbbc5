// What the function table says for the unwinder and the collector: frame sizes, stack maps, stack objects. Source:
// runtime/symtab.go funcspdelta, pcdatavalue, funcdata; internal/abi/symtab.go.
import { pcValue } from './pc-value.ts';
import { int32, type Pclntab } from './pclntab.ts';

export const pcdata = { unsafePoint: 0, stackMapIndex: 1, inlineTree: 2 } as const;
export const funcdata = { argsPointerMaps: 0, localsPointerMaps: 1, stackObjects: 2 } as const;
/** internal/abi FuncFlag: the outermost function of a stack, and one that changes the stack pointer itself. */
export const funcFlag = { topFrame: 1, spWrite: 2 } as const;

const pcspField = 16;
const pcdataCountField = 28;

/** Bytes between the stack pointer at an address (relative to the function's start) and its return address; -1 unknown. */
export function frameBytesAt(table: Pclntab, row: number, pc: number): number {
  return pcValue(table, field(table, row, pcspField) >>> 0, pc);
}

export const flagsOf = (table: Pclntab, row: number): number =>
  table.bytes[table.records[row]! + (isOld(table) ? 37 : 41)] ?? 0;

/** Bytes of arguments on the stack; negative when it is not known (assembly with any number of them). */
export const argumentBytesOf = (table: Pclntab, row: number): number => field(table, row, 8);

/** The value of a table by pc; -1 when the function has none there. */
export function pcdataAt(table: Pclntab, row: number, index: number, pc: number): number {
  const count = field(table, row, pcdataCountField) >>> 0;
  if (index >= count) return -1;
  return pcValue(table, field(table, row, tailOf(table) + 4 * index) >>> 0, pc);
}

/** Offset from moduledata.gofunc of what the compiler wrote about a function; -1 when there is none. */
export function funcdataAt(table: Pclntab, row: number, index: number): number {
  const tail = tailOf(table);
  const record = table.records[row]!;
  if (index >= (table.bytes[record + tail - 1] ?? 0)) return -1;
  const count = field(table, row, pcdataCountField) >>> 0;
  const offset = field(table, row, tail + 4 * count + 4 * index);
  return offset === -1 ? -1 : offset >>> 0;
}

const isOld = (table: Pclntab): boolean => table.header.layout === 'go1.18';
const tailOf = (table: Pclntab): number => (isOld(table) ? 40 : 44);
const field = (table: Pclntab, row: number, offset: number): number => int32(table, table.records[row]! + offset);

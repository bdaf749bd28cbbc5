// The function and line table of a Go binary: addresses → functions, files, lines, inlined calls. It is there in stripped
// binaries too. Sources: runtime/symtab.go, runtime/runtime2.go (_func), runtime/symtabinl.go, cmd/link/internal/ld/pcln.go,
// Go 1.16 to 1.27. Three layouts, told by the magic:
//
//   0xfffffffa 1.16  functab and _func hold addresses (8 bytes)
//   0xfffffff0 1.18  they hold offsets from runtime.text (4 bytes)
//   0xfffffff1 1.20  the same, with the start line in _func and another inline table
import { DecodeError } from '../../base/errors.ts';

export type PclntabLayout = 'go1.16' | 'go1.18' | 'go1.20';

export const layoutOfMagic: Readonly<Record<number, PclntabLayout>> = {
  4294967290: 'go1.16',
  4294967280: 'go1.18',
  4294967281: 'go1.20',
};

export interface PclntabHeader {
  readonly layout: PclntabLayout;
  /** Least size of an instruction; pc deltas are multiples of it. */
  readonly quantum: number;
  readonly functions: number;
  /** What the header says; 0 from Go 1.26 on, and in files that are relocated when they are loaded. */
  readonly textStart: number;
  readonly nameOffset: number;
  readonly cuOffset: number;
  readonly fileOffset: number;
  readonly pcOffset: number;
  readonly functionOffset: number;
}

export const headerBytes = 72;
const mostFunctions = 1 << 24;

/** Throws DecodeError when the bytes are not a header of a 64-bit little-endian table, or its offsets do not rise. */
export function readPclntabHeader(bytes: Uint8Array): PclntabHeader {
  if (bytes.length < headerBytes) throw fault(0, `a header of ${headerBytes} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout = layoutOfMagic[view.getUint32(0, true)];
  if (layout === undefined) throw fault(0, 'the magic of Go 1.16 to 1.27');
  const quantum = bytes[6]!;
  if (bytes[4] !== 0 || bytes[5] !== 0 || ![1, 2, 4].includes(quantum) || bytes[7] !== 8) {
    throw fault(4, 'pointers of 8 bytes and instructions of 1, 2 or 4');
  }
  const word = (index: number): number => Number(view.getBigUint64(8 + 8 * index, true));
  const shift = layout === 'go1.16' ? 0 : 1;
  const header = {
    layout,
    quantum,
    functions: word(0),
    textStart: layout === 'go1.16' ? 0 : word(2),
    nameOffset: word(2 + shift),
    cuOffset: word(3 + shift),
    fileOffset: word(4 + shift),
    pcOffset: word(5 + shift),
    functionOffset: word(6 + shift),
  };
  if (header.functions === 0 || header.functions > mostFunctions) throw fault(8, `1 to ${mostFunctions} functions`);
  const offsets = [header.nameOffset, header.cuOffset, header.fileOffset, header.pcOffset, header.functionOffset];
  if (offsets.some((offset, i) => offset < (offsets[i - 1] ?? 64) || offset > 2 ** 31)) {
    throw fault(24, 'offsets of the tables that rise');
  }
  return header;
}

/** Functions by address, and the bytes that names, files and lines are read from. */
export interface Pclntab {
  readonly header: PclntabHeader;
  readonly bytes: Uint8Array;
  /** Link-time address of runtime.text; for Go 1.16 and 1.17 0, because their tables hold addresses. */
  readonly textStart: number;
  /** Link-time address of the first byte behind Go's code. */
  readonly textEnd: number;
  /** Rising addresses of the functions, relative to textStart. */
  readonly starts: Float64Array;
  /** Offset of each _func in `bytes`. */
  readonly records: Float64Array;
}

/** Throws DecodeError when the functab does not fit in the bytes or does not rise. */
export function buildPclntab(header: PclntabHeader, bytes: Uint8Array, textStart: number): Pclntab {
  const wide = header.layout === 'go1.16';
  const entryBytes = wide ? 16 : 8;
  const { functions } = header;
  const end = header.functionOffset + functions * entryBytes + (wide ? 8 : 4);
  if (end > bytes.length) throw fault(header.functionOffset, `a table of ${functions} functions`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Float64Array(functions);
  const records = new Float64Array(functions);
  const startAt = (at: number): number => (wide ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true));
  for (let i = 0; i < functions; i++) {
    const at = header.functionOffset + i * entryBytes;
    starts[i] = startAt(at);
    const offset = wide ? Number(view.getBigUint64(at + 8, true)) : view.getUint32(at + 4, true);
    records[i] = header.functionOffset + offset;
    if (i > 0 && starts[i]! < starts[i - 1]!) throw fault(at, 'functions in the order of their addresses');
    if (records[i]! + 40 > bytes.length) throw fault(at, 'a record of a function inside the table');
  }
  if (wide && starts[functions - 1] === 0) throw fault(header.functionOffset, 'addresses that the file itself holds');
  const textEnd = textStart + startAt(header.functionOffset + functions * entryBytes);
  return { header, bytes, textStart: wide ? 0 : textStart, textEnd, starts, records };
}

/** Row of the function that holds the link-time address; -1 when it is not Go's code. */
export function functionRowAt(table: Pclntab, address: number): number {
  const offset = address - table.textStart;
  if (offset < table.starts[0]! || address >= table.textEnd) return -1;
  let low = 0;
  let high = table.starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (table.starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low;
}

export function functionNameAt(table: Pclntab, row: number): string {
  return nameAt(table, int32(table, table.records[row]! + nameField(table)));
}

/** Link-time address of the first instruction; undefined when no function has the name. */
export function addressOfFunction(table: Pclntab, name: string): number | undefined {
  // Names are compared as bytes: making a string of each of 100 000 functions would cost more than the rest.
  const wanted = new TextEncoder().encode(`${name}\0`);
  const field = nameField(table);
  for (let row = 0; row < table.starts.length; row++) {
    const at = table.header.nameOffset + int32(table, table.records[row]! + field);
    if (at >= 0 && matches(table.bytes, at, wanted)) return table.textStart + table.starts[row]!;
  }
  return undefined;
}

export function hasFunctionLike(table: Pclntab, pattern: RegExp): boolean {
  for (let row = 0; row < table.starts.length; row++) if (pattern.test(functionNameAt(table, row))) return true;
  return false;
}

const nameField = (table: Pclntab): number => (table.header.layout === 'go1.16' ? 8 : 4);

export function nameAt(table: Pclntab, offset: number): string {
  return textAt(table.bytes, table.header.nameOffset + offset, table.header.cuOffset);
}

/** Up to the first zero byte. Names may be kilobytes long (generics), never more. */
export function textAt(bytes: Uint8Array, start: number, limit: number): string {
  if (start < 0 || start >= limit) return '';
  const end = bytes.indexOf(0, start);
  return Buffer.from(bytes.subarray(start, Math.min(end < 0 ? limit : end, start + 65_536))).toString('utf8');
}

export function int32(table: Pclntab, at: number): number {
  if (at < 0 || at + 4 > table.bytes.length) throw fault(at, 'a field inside the table');
  const { bytes } = table;
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function matches(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

export const fault = (offset: number, expected: string): DecodeError => new DecodeError('pclntab', offset, expected);

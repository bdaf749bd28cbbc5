// Which line of the source an address of C or C++ code comes from: .debug_line, a program a unit for a small machine.
// Source: DWARF 2 to 5, section 6.2 (line number information). A damaged unit costs its own lines only.
import { type Cursor, readFixed, readSleb, readUleb, signed } from './read-number.ts';

export interface LineSections {
  readonly line: Uint8Array;
  readonly lineStr: Uint8Array;
  readonly str: Uint8Array;
}

export interface SourceLine {
  readonly file: string;
  readonly line: number;
}

interface Program {
  readonly version: number;
  readonly offsetBytes: 4 | 8;
  readonly end: number;
  readonly leastInstruction: number;
  readonly lineBase: number;
  readonly lineRange: number;
  /** Operands of each standard opcode, from 1. */
  readonly operands: readonly number[];
  readonly files: readonly string[];
  /** Where the opcodes begin. */
  readonly start: number;
}

/** Lines of link-time addresses; those without a line are missing. */
export function linesAt(sections: LineSections, addresses: readonly number[]): ReadonlyMap<number, SourceLine> {
  const wanted = Float64Array.from(new Set(addresses)).sort();
  const found = new Map<number, SourceLine>();
  for (let at = 0; at + 4 <= sections.line.length && wanted.length > found.size; ) {
    const cursor: Cursor = { bytes: sections.line, at };
    const { length, offsetBytes } = readLength(cursor);
    const end = cursor.at + length;
    if (length === 0 || end > sections.line.length) break;
    const program = readHeader(sections, cursor, end, offsetBytes);
    if (program !== undefined) run(program, sections.line, wanted, found);
    at = end;
  }
  return found;
}

function readLength(cursor: Cursor): { length: number; offsetBytes: 4 | 8 } {
  const length = readFixed(cursor, 4);
  return length === 0xffff_ffff ? { length: readFixed(cursor, 8), offsetBytes: 8 } : { length, offsetBytes: 4 };
}

/** undefined for versions that are not known. */
function readHeader(sections: LineSections, cursor: Cursor, end: number, offsetBytes: 4 | 8): Program | undefined {
  const version = readFixed(cursor, 2);
  if (version < 2 || version > 5) return undefined;
  if (version === 5) cursor.at += 2;
  const headerBytes = readFixed(cursor, offsetBytes);
  const start = cursor.at + headerBytes;
  const leastInstruction = readFixed(cursor, 1);
  if (version >= 4) cursor.at += 1;
  cursor.at += 1;
  const lineBase = signed(readFixed(cursor, 1), 1);
  const lineRange = readFixed(cursor, 1);
  const opcodeBase = readFixed(cursor, 1);
  if (lineRange === 0 || opcodeBase === 0 || start > end) return undefined;
  const operands = Array.from({ length: opcodeBase - 1 }, () => readFixed(cursor, 1));
  const shape = { version, offsetBytes, end, leastInstruction, lineBase, lineRange, operands, start };
  const files = version === 5 ? readFiles5(sections, cursor, start, offsetBytes) : readFiles(cursor, start);
  return files === undefined ? undefined : { ...shape, files };
}

/** DWARF 2 to 4: directories and files count from 1; directory 0 is the one of the compiler, which is not told here. */
function readFiles(cursor: Cursor, end: number): readonly string[] {
  const directories = [''];
  for (let name = readText(cursor); name !== '' && cursor.at < end; name = readText(cursor)) directories.push(name);
  const files = [''];
  for (let name = readText(cursor); name !== '' && cursor.at < end; name = readText(cursor)) {
    files.push(inDirectory(directories[readUleb(cursor)], name));
    readUleb(cursor);
    readUleb(cursor);
  }
  return files;
}

const content = { path: 1, directory: 2 };

function readFiles5(
  sections: LineSections,
  cursor: Cursor,
  end: number,
  offsetBytes: 4 | 8,
): readonly string[] | undefined {
  const directories = readEntries(sections, cursor, end, offsetBytes);
  const files = directories && readEntries(sections, cursor, end, offsetBytes);
  return files?.map((file) => {
    const own = directories![file.directory]?.path;
    // Directories may be relative to the first, the compiler's.
    return inDirectory(own === undefined ? undefined : inDirectory(directories![0]?.path, own), file.path);
  });
}

function readEntries(sections: LineSections, cursor: Cursor, end: number, offsetBytes: 4 | 8) {
  const formats = Array.from({ length: readFixed(cursor, 1) }, () => [readUleb(cursor), readUleb(cursor)] as const);
  const count = readUleb(cursor);
  if (formats.length === 0 && count > 0) return undefined;
  const entries: { readonly path: string; readonly directory: number }[] = [];
  for (let i = 0; i < count; i++) {
    if (cursor.at >= end) return undefined;
    let path = '';
    let directory = 0;
    for (const [kind, form] of formats) {
      const value = readForm(sections, cursor, form, offsetBytes);
      if (value === undefined) return undefined;
      if (kind === content.path && typeof value === 'string') path = value;
      if (kind === content.directory && typeof value === 'number') directory = value;
    }
    entries.push({ path, directory });
  }
  return entries;
}

/** The forms that a line table may use; undefined for others. */
function readForm(
  { lineStr, str }: LineSections,
  cursor: Cursor,
  form: number,
  offsetBytes: 4 | 8,
): string | number | undefined {
  switch (form) {
    case 0x08: // string
      return readText(cursor);
    case 0x0e: // strp
      return readText({ bytes: str, at: readFixed(cursor, offsetBytes) });
    case 0x1f: // line_strp
      return readText({ bytes: lineStr, at: readFixed(cursor, offsetBytes) });
    case 0x0f: // udata
      return readUleb(cursor);
    case 0x0b: // data1
      return readFixed(cursor, 1);
    case 0x05: // data2
      return readFixed(cursor, 2);
    case 0x06: // data4
      return readFixed(cursor, 4);
    case 0x07: // data8
      return readFixed(cursor, 8);
    case 0x1e: // data16: a checksum
      cursor.at += 16;
      return 0;
    case 0x09: // block
      cursor.at += readUleb(cursor);
      return 0;
    default:
      return undefined;
  }
}

const inDirectory = (directory: string | undefined, name: string): string =>
  directory === undefined || directory === '' || name.startsWith('/') ? name : `${directory}/${name}`;

const mostNameBytes = 4096;

function readText(cursor: Cursor): string {
  const { bytes, at } = cursor;
  const zero = bytes.indexOf(0, at);
  const end = zero < 0 ? bytes.length : zero;
  cursor.at = end + 1;
  return Buffer.from(bytes.subarray(at, Math.min(end, at + mostNameBytes))).toString('utf8');
}

/** Every row of the table covers the addresses up to the next row of its sequence. */
function run(program: Program, bytes: Uint8Array, wanted: Float64Array, found: Map<number, SourceLine>): void {
  const { leastInstruction, lineBase, lineRange, operands, end, files } = program;
  const opcodeBase = operands.length + 1;
  const cursor: Cursor = { bytes, at: program.start };
  let address = 0;
  let file = 1;
  let line = 1;
  let row: { readonly address: number; readonly file: number; readonly line: number } | undefined;
  const emit = (): void => {
    if (row !== undefined && row.line > 0 && address > row.address) {
      for (let i = lowerBound(wanted, row.address); i < wanted.length && wanted[i]! < address; i++) {
        const name = files[row.file];
        if (name !== undefined && name !== '' && !found.has(wanted[i]!)) {
          found.set(wanted[i]!, { file: name, line: row.line });
        }
      }
    }
    row = { address, file, line };
  };
  while (cursor.at < end) {
    const opcode = readFixed(cursor, 1);
    if (opcode >= opcodeBase) {
      const step = opcode - opcodeBase;
      address += leastInstruction * Math.floor(step / lineRange);
      line += lineBase + (step % lineRange);
      emit();
      continue;
    }
    switch (opcode) {
      case 0: {
        const next = readUleb(cursor) + cursor.at;
        const extended = readFixed(cursor, 1);
        if (extended === 1) {
          emit();
          row = undefined;
          address = 0;
          file = 1;
          line = 1;
        } else if (extended === 2) address = readFixed(cursor, Math.min(8, next - cursor.at));
        cursor.at = next;
        break;
      }
      case 1:
        emit();
        break;
      case 2:
        address += leastInstruction * readUleb(cursor);
        break;
      case 3:
        line += readSleb(cursor);
        break;
      case 4:
        file = readUleb(cursor);
        break;
      case 8:
        address += leastInstruction * Math.floor((255 - opcodeBase) / lineRange);
        break;
      case 9:
        address += readFixed(cursor, 2);
        break;
      default:
        for (let i = 0; i < operands[opcode - 1]!; i++) readUleb(cursor);
    }
  }
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

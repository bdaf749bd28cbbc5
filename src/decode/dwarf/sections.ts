// The sections of an ELF file that hold DWARF, inflated. Sources: elf(5) and the gABI (SHF_COMPRESSED, Elf64_Chdr: type u32,
// reserved u32, size u64, alignment u64), and GNU's older .zdebug_ (`ZLIB` and the size, big endian).
import { inflateSync } from 'node:zlib';
import type { ByteSource } from '../../base/byte-source.ts';
import { DecodeError } from '../../base/errors.ts';
import type { Elf, ElfSection } from '../elf/read-elf.ts';

export interface DwarfSections {
  readonly info: Uint8Array;
  readonly abbrev: Uint8Array;
  readonly str: Uint8Array;
  readonly lineStr: Uint8Array;
  readonly strOffsets: Uint8Array;
  readonly addr: Uint8Array;
  /** Lists of DWARF 4 and of DWARF 5: a file may hold both. */
  readonly loc: Uint8Array;
  readonly loclists: Uint8Array;
  readonly ranges: Uint8Array;
  readonly rnglists: Uint8Array;
}

const compressedFlag = 0x800;
const zlibType = 1;
const compressedHeaderBytes = 24;
/** Offsets are kept as 31-bit numbers. A binary of 100 MB has about 60 MB of .debug_info. */
const mostSectionBytes = 1024 * 1024 * 1024;
const none = new Uint8Array(0);

/** Undefined when the file has no debug information (stripped, `-w`). Throws DecodeError for sections that do not inflate. */
export async function readDwarfSections(source: ByteSource, elf: Elf): Promise<DwarfSections | undefined> {
  const read = (name: string): Promise<Uint8Array> => readDwarfSection(source, elf, name);
  const info = await read('info');
  if (info.length === 0) return undefined;
  return {
    info,
    abbrev: await read('abbrev'),
    str: await read('str'),
    lineStr: await read('line_str'),
    strOffsets: await read('str_offsets'),
    addr: await read('addr'),
    loc: await read('loc'),
    loclists: await read('loclists'),
    ranges: await read('ranges'),
    rnglists: await read('rnglists'),
  };
}

/** `line` for .debug_line; empty when the file has none. Throws DecodeError when it does not inflate. */
export async function readDwarfSection(source: ByteSource, elf: Elf, name: string): Promise<Uint8Array> {
  const section = elf.sections.find((one) => one.name === `.debug_${name}` || one.name === `.zdebug_${name}`);
  return section === undefined ? none : readSection(source, section);
}

async function readSection(source: ByteSource, section: ElfSection): Promise<Uint8Array> {
  if (section.bytes > mostSectionBytes) throw fault(section, `at most ${mostSectionBytes} bytes`);
  const bytes = await source.read(section.offset, section.bytes);
  if (bytes.length < section.bytes) throw fault(section, `${section.bytes} bytes (the file is cut off)`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if ((section.flags & compressedFlag) !== 0) {
    if (bytes.length < compressedHeaderBytes || view.getUint32(0, true) !== zlibType) {
      throw fault(section, 'compression with zlib');
    }
    return inflate(section, bytes.subarray(compressedHeaderBytes), Number(view.getBigUint64(8, true)));
  }
  if (section.name.startsWith('.z')) {
    if (bytes.length < 12) throw fault(section, 'a header of 12 bytes');
    return inflate(section, bytes.subarray(12), Number(view.getBigUint64(4, false)));
  }
  return bytes;
}

function inflate(section: ElfSection, bytes: Uint8Array, size: number): Uint8Array {
  if (size > mostSectionBytes) throw fault(section, `at most ${mostSectionBytes} bytes`);
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(bytes, { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw new DecodeError('dwarf', section.offset, `zlib data in ${section.name}`, { cause });
  }
  if (inflated.length !== size) throw fault(section, `${size} bytes when inflated`);
  return inflated;
}

const fault = (section: ElfSection, expected: string): DecodeError =>
  new DecodeError('dwarf', section.offset, `${expected} in ${section.name}`);

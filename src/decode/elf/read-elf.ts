// The headers of an ELF file: segments and sections, nothing of their contents. Source: elf(5).
// Reads only what it needs, through a ByteSource, with every count and offset checked first.
import type { ByteSource } from '../../base/byte-source.ts';
import { DecodeError } from '../../base/errors.ts';

export interface ElfSegment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

export interface ElfSection {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly bytes: number;
}

export interface Elf {
  readonly machine: 'amd64' | 'arm64' | 'other';
  readonly littleEndian: boolean;
  /** ET_DYN: addresses are relative to where it is loaded. */
  readonly positionIndependent: boolean;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
}

export const loadSegment = 1;
const mostHeaders = 4096;
const machines: Readonly<Record<number, Elf['machine']>> = { 62: 'amd64', 183: 'arm64' };

/** Throws DecodeError for anything but 64-bit little-endian ELF. Stripped files have no, or few, sections. */
export async function readElf(source: ByteSource): Promise<Elf> {
  const header = await source.read(0, 64);
  if (header.length < 64 || header[0] !== 0x7f || header[1] !== 0x45 || header[2] !== 0x4c || header[3] !== 0x46) {
    throw new DecodeError('elf', 0, 'an ELF file');
  }
  if (header[4] !== 2) throw new DecodeError('elf', 4, 'a 64-bit ELF file (32-bit targets are not supported)');
  if (header[5] !== 1) throw new DecodeError('elf', 5, 'a little-endian ELF file');
  const view = viewOf(header);
  const segmentTable = { offset: uint64(view, 32), size: view.getUint16(54, true), count: view.getUint16(56, true) };
  const sectionTable = { offset: uint64(view, 40), size: view.getUint16(58, true), count: view.getUint16(60, true) };
  const nameSection = view.getUint16(62, true);
  return {
    machine: machines[view.getUint16(18, true)] ?? 'other',
    littleEndian: true,
    positionIndependent: view.getUint16(16, true) === 3,
    segments: await readSegments(source, segmentTable),
    sections: await readSections(source, sectionTable, nameSection),
  };
}

interface Table {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function readTable(source: ByteSource, table: Table, least: number, what: string): Promise<DataView | undefined> {
  if (table.count === 0) return undefined;
  if (table.count > mostHeaders || table.size < least) {
    throw new DecodeError('elf', table.offset, `at most ${mostHeaders} ${what} headers of at least ${least} bytes`);
  }
  const bytes = await source.read(table.offset, table.size * table.count);
  if (bytes.length < table.size * table.count)
    throw new DecodeError('elf', table.offset, `${table.count} ${what} headers`);
  return viewOf(bytes);
}

async function readSegments(source: ByteSource, table: Table): Promise<ElfSegment[]> {
  const view = await readTable(source, table, 56, 'segment');
  if (view === undefined) return [];
  return Array.from({ length: table.count }, (_, i) => {
    const at = i * table.size;
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: uint64(view, at + 8),
      address: uint64(view, at + 16),
      fileBytes: uint64(view, at + 32),
      memoryBytes: uint64(view, at + 40),
    };
  });
}

async function readSections(source: ByteSource, table: Table, nameSection: number): Promise<ElfSection[]> {
  // A file that was cut, or a stripped one, may have no section table; its segments still tell enough.
  const view = await readTable(source, table, 64, 'section').catch(() => undefined);
  if (view === undefined) return [];
  const rows = Array.from({ length: table.count }, (_, i) => {
    const at = i * table.size;
    return {
      nameOffset: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      flags: uint64(view, at + 8),
      address: uint64(view, at + 16),
      offset: uint64(view, at + 24),
      bytes: uint64(view, at + 32),
    };
  });
  const names = rows[nameSection];
  const text =
    names === undefined ? new Uint8Array(0) : await source.read(names.offset, Math.min(names.bytes, 1 << 20));
  return rows.map(({ nameOffset, ...rest }) => ({ name: cString(text, nameOffset), ...rest }));
}

function cString(bytes: Uint8Array, start: number): string {
  const end = bytes.indexOf(0, start);
  return end < 0 || start >= bytes.length ? '' : Buffer.from(bytes.subarray(start, end)).toString('latin1');
}

/** Offsets and addresses of user space are below 2^53; a larger one is a broken file and reads as out of range. */
function uint64(view: DataView, at: number): number {
  return Number(view.getBigUint64(at, true));
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

// runtime.firstmoduledata of a Go binary: where its code and its inline trees are. Source: runtime/symtab.go moduledata:
// pcHeader at 0, funcnametab at 8, text at 176; go:func.* at 304 (1.18), 320 (1.20) or 344 (1.27). It is found by its
// first two fields, which point to the table and to the names behind it. In a position-independent file they may be zero,
// with their values in the relocations (RELA of elf(5), type RELATIVE).
import type { ByteSource } from '../../base/byte-source.ts';
import { type Elf, type ElfSegment, loadSegment } from '../elf/read-elf.ts';
import type { PclntabHeader } from './pclntab.ts';

export interface ModuleData {
  readonly text: number;
  readonly gofunc: number | undefined;
}

const textField = 176;
const mostDataBytes = 256 * 1024 * 1024;
const mostRelocationBytes = 64 * 1024 * 1024;
const dynamicSegment = 2;
const relaTag = 7;
const relaBytesTag = 8;
const relativeTypes: Readonly<Record<Elf['machine'], number>> = { amd64: 8, arm64: 1027, other: -1 };

export async function readModuleData(
  source: ByteSource,
  elf: Elf,
  header: PclntabHeader,
  tableAddress: number,
  goMinor: number | undefined,
): Promise<ModuleData | undefined> {
  const gofuncField = header.layout === 'go1.18' ? 304 : goMinor !== undefined && goMinor >= 27 ? 344 : 320;
  const wanted = { first: tableAddress, second: tableAddress + header.nameOffset };
  const fields =
    (await searchData(source, elf, wanted, [textField, gofuncField])) ??
    (await searchRelocations(source, elf, wanted, [textField, gofuncField]));
  if (fields === undefined || !isCode(elf, fields[0])) return undefined;
  const gofunc = fields[1];
  const known = header.layout !== 'go1.16' && gofunc !== undefined && gofunc > 0;
  return { text: fields[0]!, gofunc: known ? gofunc : undefined };
}

interface Wanted {
  readonly first: number;
  readonly second: number;
}

type Fields = readonly (number | undefined)[];

async function searchData(
  source: ByteSource,
  elf: Elf,
  wanted: Wanted,
  fields: readonly number[],
): Promise<Fields | undefined> {
  const pattern = Buffer.alloc(16);
  pattern.writeBigUInt64LE(BigInt(wanted.first));
  pattern.writeBigUInt64LE(BigInt(wanted.second), 8);
  for (const segment of elf.segments) {
    if (segment.type !== loadSegment || (segment.flags & 1) !== 0) continue;
    const bytes = Buffer.from(await source.read(segment.offset, Math.min(segment.fileBytes, mostDataBytes)));
    const at = bytes.indexOf(pattern);
    if (at < 0) continue;
    const values = fields.map((field) =>
      at + field + 8 <= bytes.length ? Number(bytes.readBigUInt64LE(at + field)) : undefined,
    );
    if (values[0] !== undefined) return values;
  }
  return undefined;
}

async function searchRelocations(
  source: ByteSource,
  elf: Elf,
  wanted: Wanted,
  fields: readonly number[],
): Promise<Fields | undefined> {
  const bytes = await readRelocations(source, elf);
  if (bytes === undefined) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = relativeTypes[elf.machine];
  const each = (visit: (offset: number, addend: number) => void): void => {
    for (let at = 0; at + 24 <= bytes.length; at += 24) {
      if (view.getUint32(at + 8, true) !== type) continue;
      visit(Number(view.getBigUint64(at, true)), Number(view.getBigInt64(at + 16, true)));
    }
  };
  const starts = new Set<number>();
  const seconds = new Set<number>();
  each((offset, addend) => {
    if (addend === wanted.first) starts.add(offset);
    else if (addend === wanted.second) seconds.add(offset - 8);
  });
  const start = [...starts].find((offset) => seconds.has(offset));
  if (start === undefined) return undefined;
  const values: (number | undefined)[] = fields.map(() => undefined);
  each((offset, addend) => {
    const index = fields.indexOf(offset - start);
    if (index >= 0) values[index] = addend;
  });
  return values;
}

async function readRelocations(source: ByteSource, elf: Elf): Promise<Uint8Array | undefined> {
  const dynamic = elf.segments.find((segment) => segment.type === dynamicSegment);
  if (dynamic === undefined) return undefined;
  const table = await source.read(dynamic.offset, Math.min(dynamic.fileBytes, 1 << 16));
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  let address: number | undefined;
  let size: number | undefined;
  for (let at = 0; at + 16 <= table.length; at += 16) {
    const tag = Number(view.getBigInt64(at, true));
    if (tag === relaTag) address = Number(view.getBigUint64(at + 8, true));
    if (tag === relaBytesTag) size = Number(view.getBigUint64(at + 8, true));
  }
  if (address === undefined || size === undefined) return undefined;
  const place = segmentOf(elf, address);
  if (place === undefined) return undefined;
  return source.read(place.offset + (address - place.address), Math.min(size, mostRelocationBytes));
}

const segmentOf = (elf: Elf, address: number): ElfSegment | undefined =>
  elf.segments.find(
    (one) => one.type === loadSegment && address >= one.address && address < one.address + one.fileBytes,
  );

/** Only an address in an executable segment can be where code begins. */
function isCode(elf: Elf, address: number | undefined): boolean {
  if (address === undefined) return false;
  const segment = segmentOf(elf, address);
  return segment !== undefined && (segment.flags & 1) !== 0;
}

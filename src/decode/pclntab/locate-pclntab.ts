// Finds the function table in an ELF file, the address of Go's code, and where inline trees lie. Sections name the table in
// ordinary binaries; stripped position-independent ones have it inside .data.rel.ro, found by its magic. The address of
// runtime.text is not that of .text when a C linker made the binary: it is read from runtime.firstmoduledata, found by the
// pointer to the table that it begins with, in the file or among its relocations.
import type { ByteSource } from '../../base/byte-source.ts';
import { type Elf, loadSegment } from '../elf/read-elf.ts';
import type { GoSymbols } from './go-frames.ts';
import { readModuleData } from './module-data.ts';
import { buildPclntab, fault, headerBytes, layoutOfMagic, type PclntabHeader, readPclntabHeader } from './pclntab.ts';

const mostTableBytes = 512 * 1024 * 1024;
const chunkBytes = 4 * 1024 * 1024;

/**
 * `goMinor` (24 for Go 1.24) only chooses where newer versions keep their inline trees.
 * Throws DecodeError when there is no table, or the address of Go's code cannot be known.
 */
export async function readGoSymbols(source: ByteSource, elf: Elf, goMinor: number | undefined): Promise<GoSymbols> {
  const found = await findHeader(source, elf);
  if (found === undefined) throw fault(0, 'the function table of Go 1.16 to 1.27 (this is no Go binary)');
  const { header, fileOffset, address, limit } = found;
  const module = await readModuleData(source, elf, header, address, goMinor);
  const textStart = module?.text ?? (header.textStart > 0 ? header.textStart : sectionAddress(elf, '.text'));
  if (header.layout !== 'go1.16' && textStart === undefined) throw fault(fileOffset, 'the address of runtime.text');
  const bytes = await source.read(fileOffset, Math.min(limit, mostTableBytes));
  const trees = module?.gofunc === undefined ? undefined : fileOffsetOf(elf, module.gofunc);
  return {
    table: buildPclntab(header, bytes, textStart ?? 0),
    inlineTrees: trees === undefined ? undefined : { source, fileOffset: trees },
  };
}

interface FoundHeader {
  readonly header: PclntabHeader;
  readonly fileOffset: number;
  readonly address: number;
  /** Bytes from the header to the end of what it lies in. */
  readonly limit: number;
}

async function findHeader(source: ByteSource, elf: Elf): Promise<FoundHeader | undefined> {
  const section = elf.sections.find((one) => /^(\.data\.rel\.ro)?\.gopclntab$/.test(one.name));
  if (section !== undefined) {
    const header = headerOf(await source.read(section.offset, headerBytes));
    if (header !== undefined) {
      return { header, fileOffset: section.offset, address: section.address, limit: section.bytes };
    }
  }
  for (const segment of elf.segments) {
    if (segment.type !== loadSegment) continue;
    const at = await findMagic(source, segment.offset, segment.fileBytes);
    if (at === undefined) continue;
    return {
      header: at.header,
      fileOffset: at.offset,
      address: segment.address + (at.offset - segment.offset),
      limit: segment.offset + segment.fileBytes - at.offset,
    };
  }
  return undefined;
}

async function findMagic(source: ByteSource, start: number, bytes: number) {
  for (let from = 0; from < bytes; from += chunkBytes) {
    const chunk = Buffer.from(await source.read(start + from, Math.min(chunkBytes + headerBytes, bytes - from)));
    for (const magic of Object.keys(layoutOfMagic)) {
      const pattern = Buffer.alloc(6);
      pattern.writeUInt32LE(Number(magic));
      for (let at = chunk.indexOf(pattern); at >= 0; at = chunk.indexOf(pattern, at + 1)) {
        const header = (start + from + at) % 8 === 0 ? headerOf(chunk.subarray(at, at + headerBytes)) : undefined;
        if (header !== undefined) return { header, offset: start + from + at };
      }
    }
    if (chunk.length === 0) return undefined;
  }
  return undefined;
}

/** The same bytes occur by chance, and in programs that read such tables: the rest of the header decides. */
function headerOf(bytes: Uint8Array): PclntabHeader | undefined {
  try {
    return readPclntabHeader(bytes);
  } catch {
    return undefined;
  }
}

const sectionAddress = (elf: Elf, name: string): number | undefined =>
  elf.sections.find((section) => section.name === name)?.address;

/** Where in the file a link-time address lies; undefined when it is in no part of it. */
export function fileOffsetOf(elf: Elf, address: number): number | undefined {
  const segment = elf.segments.find(
    (one) => one.type === loadSegment && address >= one.address && address < one.address + one.fileBytes,
  );
  return segment === undefined ? undefined : segment.offset + (address - segment.address);
}

/** The link-time address of a place in the file, as the mapping of a process names it. */
export function addressOfFileOffset(elf: Elf, fileOffset: number): number | undefined {
  const segment = elf.segments.find(
    (one) => one.type === loadSegment && fileOffset >= one.offset && fileOffset < one.offset + one.fileBytes,
  );
  return segment === undefined ? undefined : segment.address + (fileOffset - segment.offset);
}

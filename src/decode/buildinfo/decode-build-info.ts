// What the Go toolchain wrote into a binary: version, modules, settings. Source: debug/buildinfo/buildinfo.go (Go 1.27):
//
//   "\xff Go buildinf:" ptrSize flags …   flags bit 1: Go 1.18+, at 32 two varint-length strings (version, module info)
//                                        else: two pointers to Go strings (Go 1.13–1.17), bit 0 of flags: big endian
//
// It lies in the section .go.buildinfo, or at the start of the first writable segment; stripping does not remove it.
import type { ByteSource } from '../../base/byte-source.ts';
import { DecodeError } from '../../base/errors.ts';
import type { BuildFacts } from '../../model/target.ts';
import { type Elf, loadSegment, readElf } from '../elf/read-elf.ts';
import { parseModuleInfo } from './parse-module-info.ts';

const magic = Buffer.from('\xff Go buildinf:', 'latin1');
const align = 16;
const headerBytes = 32;
/** The runtime's linker aligns it to 16 within the first part of the data segment; Go itself searches the segment. */
const searchBytes = 4 * 1024 * 1024;
const mostStringBytes = 16 * 1024 * 1024;

/** Throws DecodeError when the file is not ELF, or not Go's. */
export async function decodeBuildInfo(source: ByteSource): Promise<BuildFacts> {
  const elf = await readElf(source);
  const at = await findMagic(source, elf);
  if (at === undefined) {
    throw new DecodeError('buildinfo', 0, 'Go build information', {
      advice: 'This is not a Go binary, or it was packed (as UPX does) or built before Go 1.13.',
    });
  }
  const header = await source.read(at, headerBytes);
  const flags = header[15] ?? 0;
  const [version, modules] =
    (flags & 2) !== 0 ? await inlineStrings(source, at + headerBytes) : await pointedStrings(source, elf, header);
  return { ...parseModuleInfo(modules), goVersion: version === '' ? undefined : version, source: 'build-info' };
}

async function findMagic(source: ByteSource, elf: Elf): Promise<number | undefined> {
  const section = elf.sections.find((candidate) => candidate.name === '.go.buildinfo');
  const writable = elf.segments.find((segment) => segment.type === loadSegment && (segment.flags & 6) === 6);
  for (const range of [
    section === undefined ? undefined : { offset: section.offset, bytes: section.bytes },
    writable === undefined ? undefined : { offset: writable.offset, bytes: writable.fileBytes },
  ]) {
    if (range === undefined) continue;
    const bytes = Buffer.from(await source.read(range.offset, Math.min(range.bytes, searchBytes)));
    for (let at = bytes.indexOf(magic); at >= 0; at = bytes.indexOf(magic, at + 1)) {
      if (at % align === 0 && bytes.length - at >= headerBytes) return range.offset + at;
    }
  }
  return undefined;
}

async function inlineStrings(source: ByteSource, offset: number): Promise<[string, string]> {
  const version = await varintString(source, offset);
  const modules = await varintString(source, version.end);
  return [version.text, modules.text];
}

async function varintString(source: ByteSource, offset: number): Promise<{ text: string; end: number }> {
  const head = await source.read(offset, 10);
  let length = 0;
  let used = 0;
  for (let shift = 1; ; shift *= 128) {
    const byte = head[used++];
    if (byte === undefined || used > 5) throw new DecodeError('buildinfo', offset, 'a string length');
    length += (byte & 0x7f) * shift;
    if (byte < 0x80) break;
  }
  if (length > mostStringBytes)
    throw new DecodeError('buildinfo', offset, `a string of at most ${mostStringBytes} bytes`);
  const bytes = await source.read(offset + used, length);
  if (bytes.length < length) throw new DecodeError('buildinfo', offset + used, `${length} bytes of text`);
  return { text: Buffer.from(bytes).toString('utf8'), end: offset + used + length };
}

/** Go 1.13 to 1.17: the header holds addresses of two string headers (pointer, length). */
async function pointedStrings(source: ByteSource, elf: Elf, header: Uint8Array): Promise<[string, string]> {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header[14] !== 8) throw new DecodeError('buildinfo', 14, 'pointers of 8 bytes');
  return [
    await stringAt(source, elf, Number(view.getBigUint64(16, true))),
    await stringAt(source, elf, Number(view.getBigUint64(24, true))),
  ];
}

async function stringAt(source: ByteSource, elf: Elf, address: number): Promise<string> {
  if (address === 0) return '';
  const head = await readAddress(source, elf, address, 16);
  if (head.length < 16) return '';
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = Number(view.getBigUint64(8, true));
  if (length > mostStringBytes)
    throw new DecodeError('buildinfo', address, `a string of at most ${mostStringBytes} bytes`);
  return Buffer.from(await readAddress(source, elf, Number(view.getBigUint64(0, true)), length)).toString('utf8');
}

async function readAddress(source: ByteSource, elf: Elf, address: number, length: number): Promise<Uint8Array> {
  for (const segment of elf.segments) {
    if (segment.type !== loadSegment || address < segment.address || address >= segment.address + segment.fileBytes)
      continue;
    const within = address - segment.address;
    return source.read(segment.offset + within, Math.min(length, segment.fileBytes - within));
  }
  return new Uint8Array(0);
}

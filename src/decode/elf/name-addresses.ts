// Which symbols of an ELF file lie at some addresses: functions and data, from .symtab and .dynsym. For a handful of
// addresses, so that a table of a million names is walked once and not kept. Source: elf(5), Elf64_Sym; the names of C++'s
// tables of virtual functions are those of the Itanium C++ ABI (5.1.4: `_ZTV` and a name).
import type { ByteSource } from '../../base/byte-source.ts';
import type { Elf } from './read-elf.ts';

const symbolBytes = 24;
const mostTableBytes = 256 * 1024 * 1024;
const mostNameBytes = 4096;
/** STT_OBJECT, STT_FUNC, STT_GNU_IFUNC. */
const namedTypes = new Set([1, 2, 10]);

/** By link-time address; what no symbol covers is absent. */
export async function nameAddresses(
  source: ByteSource,
  elf: Elf,
  addresses: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  for (const [tableName, stringsName] of [
    ['.symtab', '.strtab'],
    ['.dynsym', '.dynstr'],
  ] as const) {
    const left = addresses.filter((address) => !found.has(address));
    const table = elf.sections.find((section) => section.name === tableName);
    const strings = elf.sections.find((section) => section.name === stringsName);
    if (left.length === 0 || table === undefined || strings === undefined) continue;
    const bytes = await source.read(table.offset, Math.min(table.bytes, mostTableBytes));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + symbolBytes <= bytes.length; at += symbolBytes) {
      if (!namedTypes.has(bytes[at + 4]! & 15) || view.getUint16(at + 6, true) === 0) continue;
      const start = Number(view.getBigUint64(at + 8, true));
      const size = Math.max(1, Number(view.getBigUint64(at + 16, true)));
      for (const address of left) {
        if (address < start || address >= start + size || found.has(address)) continue;
        const name = await nameAt(source, strings.offset + view.getUint32(at, true));
        if (name !== '') found.set(address, readable(name));
      }
    }
  }
  return found;
}

async function nameAt(source: ByteSource, offset: number): Promise<string> {
  const bytes = await source.read(offset, mostNameBytes);
  const end = bytes.indexOf(0);
  return Buffer.from(bytes.subarray(0, end < 0 ? bytes.length : end)).toString('utf8');
}

/** `_ZTV5Image` → `vtable for Image`, `_ZTVN3img5ImageE` → `vtable for img::Image`; other names as they are. */
function readable(symbol: string): string {
  const name = symbol.replace(/@.*$/, '');
  const nested = /^_ZTV(?:N((?:\d+[A-Za-z_]\w*?)+)E|(\d+[A-Za-z_]\w*))$/.exec(name);
  const parts = nested === null ? undefined : partsOf(nested[1] ?? nested[2]!);
  return parts === undefined ? name : `vtable for ${parts.join('::')}`;
}

/** Each part is its length and its name; undefined where it is not (templates, substitutions). */
function partsOf(text: string): string[] | undefined {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    const digits = /^\d+/.exec(text.slice(at))?.[0];
    if (digits === undefined) return undefined;
    const from = at + digits.length;
    at = from + Number(digits);
    if (at > text.length) return undefined;
    parts.push(text.slice(from, at));
  }
  return parts;
}

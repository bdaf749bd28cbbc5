// The functions that an ELF file names (.symtab, else .dynsym). Source: elf(5), Elf64_Sym: name u32, info u8, other u8,
// section u16, value u64, size u64. Only defined functions are kept (STT_FUNC, and STT_GNU_IFUNC as glibc uses it).
import type { ByteSource } from '../../base/byte-source.ts';
import type { Elf } from '../elf/read-elf.ts';

export interface ElfSymbols {
  readonly names: readonly string[];
  /** Rising link-time addresses. */
  readonly addresses: Float64Array;
  readonly sizes: Float64Array;
}

const symbolBytes = 24;
const mostSymbolBytes = 128 * 1024 * 1024;
const mostNameBytes = 128 * 1024 * 1024;
const functionTypes = new Set([2, 10]);

/** Empty when the file has neither table. */
export async function readElfSymbols(source: ByteSource, elf: Elf): Promise<ElfSymbols> {
  const rows = [
    ...(await readTable(source, elf, '.symtab', '.strtab')),
    ...(await readTable(source, elf, '.dynsym', '.dynstr')),
  ].sort((a, b) => a.address - b.address);
  return {
    names: rows.map((row) => row.name),
    addresses: Float64Array.from(rows, (row) => row.address),
    sizes: Float64Array.from(rows, (row) => row.size),
  };
}

interface Row {
  readonly name: string;
  readonly address: number;
  readonly size: number;
}

async function readTable(source: ByteSource, elf: Elf, tableName: string, namesName: string): Promise<Row[]> {
  const table = elf.sections.find((section) => section.name === tableName);
  const strings = elf.sections.find((section) => section.name === namesName);
  if (table === undefined || strings === undefined) return [];
  const bytes = await source.read(table.offset, Math.min(table.bytes, mostSymbolBytes));
  const names = Buffer.from(await source.read(strings.offset, Math.min(strings.bytes, mostNameBytes)));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: Row[] = [];
  for (let at = 0; at + symbolBytes <= bytes.length; at += symbolBytes) {
    if (!functionTypes.has(bytes[at + 4]! & 15) || view.getUint16(at + 6, true) === 0) continue;
    const start = view.getUint32(at, true);
    const end = start < names.length ? names.indexOf(0, start) : -1;
    if (end <= start) continue;
    rows.push({
      // A version may stand behind the name in some tables: `malloc@@GLIBC_2.2.5`.
      name: names.toString('latin1', start, Math.min(end, start + 4096)).replace(/@.*$/, ''),
      address: Number(view.getBigUint64(at + 8, true)),
      size: Number(view.getBigUint64(at + 16, true)),
    });
  }
  return rows;
}

/** Addresses of the named functions, those that exist. */
export function symbolAddresses(symbols: ElfSymbols, wanted: readonly string[]): ReadonlyMap<string, number> {
  const left = new Set(wanted);
  const found = new Map<string, number>();
  for (let i = 0; i < symbols.names.length && left.size > 0; i++) {
    const name = symbols.names[i]!;
    if (left.delete(name)) found.set(name, symbols.addresses[i]!);
  }
  return found;
}

/** Name of the function that holds the address; undefined when none does. */
export function symbolAt(symbols: ElfSymbols, address: number): string | undefined {
  const { addresses, sizes, names } = symbols;
  let low = 0;
  let high = addresses.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (addresses[middle]! <= address) low = middle + 1;
    else high = middle;
  }
  // Several names may share an address, and an inner symbol may lie in front of the one that reaches this far.
  for (let row = low - 1; row >= 0 && row >= low - 8; row--) {
    if (address < addresses[row]! + Math.max(1, sizes[row]!)) return names[row]!;
  }
  return undefined;
}

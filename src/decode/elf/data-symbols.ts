// The variables that an ELF file names in .symtab: names of globals where there is no debug information (`-ldflags=-w`), and
// the addresses of the runtime's own. Source: elf(5), Elf64_Sym: name u32, info u8, other u8, section u16, value u64, size u64.
import type { ByteSource } from '../../base/byte-source.ts';
import type { Elf } from './read-elf.ts';

export interface DataSymbols {
  readonly length: number;
  /** Rising link-time addresses. */
  readonly address: Float64Array;
  readonly sizeBytes: Float64Array;
  /** `main.cache`. Made when asked for: most are never shown. */
  name(row: number): string;
  /** Row of the variable, or -1. */
  find(name: string): number;
}

const symbolBytes = 24;
const mostTableBytes = 256 * 1024 * 1024;
const mostNameBytes = 4096;
const objectType = 1;

/** Empty when the file has no .symtab. */
export async function readDataSymbols(source: ByteSource, elf: Elf): Promise<DataSymbols> {
  const table = elf.sections.find((section) => section.name === '.symtab');
  const strings = elf.sections.find((section) => section.name === '.strtab');
  if (table === undefined || strings === undefined) return symbolsOf(new Uint8Array(0), new Uint8Array(0));
  const bytes = await source.read(table.offset, Math.min(table.bytes, mostTableBytes));
  return symbolsOf(bytes, await source.read(strings.offset, Math.min(strings.bytes, mostTableBytes)));
}

function symbolsOf(bytes: Uint8Array, strings: Uint8Array): DataSymbols {
  const names = Buffer.from(strings.buffer, strings.byteOffset, strings.byteLength);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts: number[] = [];
  for (let at = 0; at + symbolBytes <= bytes.length; at += symbolBytes) {
    if ((bytes[at + 4]! & 15) === objectType && view.getUint16(at + 6, true) !== 0) starts.push(at);
  }
  const addressOf = (at: number): number => Number(view.getBigUint64(at + 8, true));
  const keyed = starts.map((at) => ({ at, address: addressOf(at) })).sort((a, b) => a.address - b.address);
  const name = (row: number): string => {
    const start = view.getUint32(keyed[row]!.at, true);
    const end = names.indexOf(0, start);
    return start >= names.length ? '' : names.toString('utf8', start, Math.min(end, start + mostNameBytes));
  };
  return {
    length: keyed.length,
    address: Float64Array.from(keyed, (one) => one.address),
    sizeBytes: Float64Array.from(keyed, (one) => Number(view.getBigUint64(one.at + 16, true))),
    name,
    find(wanted) {
      const pattern = Buffer.from(`${wanted}\0`);
      return keyed.findIndex(({ at }) => {
        const start = view.getUint32(at, true);
        return names.subarray(start, start + pattern.length).equals(pattern);
      });
    },
  };
}

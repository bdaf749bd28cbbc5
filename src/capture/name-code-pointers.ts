// Names for addresses in the binaries of a running process: a function, a table of virtual functions, a variable. Without
// symbols, or without the right to read the files, an address keeps no name; that is no fault.
import { nameAddresses } from '../decode/elf/name-addresses.ts';
import { addressOfFileOffset } from '../decode/pclntab/locate-pclntab.ts';
import { type Mapping, readMappings } from './native/process-maps.ts';
import { type Binaries, type Binary, openBinaries } from './native/read-binaries.ts';

/** By address in the process. */
export async function nameCodePointers(
  pid: number,
  addresses: readonly number[],
): Promise<ReadonlyMap<number, string>> {
  const names = new Map<number, string>();
  if (addresses.length === 0) return names;
  let binaries: Binaries | undefined;
  try {
    const mappings = await readMappings(pid);
    binaries = await openBinaries(pid, mappings);
    const byFile = new Map<Binary, Map<number, number>>();
    for (const address of addresses) {
      const mapping = mappings.find((one) => address >= one.start && address < one.end);
      const binary = mapping === undefined ? undefined : await binaries.library(mapping);
      const linked = binary === undefined ? undefined : linkAddress(binary, mapping!, address);
      if (binary === undefined || linked === undefined) continue;
      const wanted = byFile.get(binary) ?? new Map<number, number>();
      byFile.set(binary, wanted.set(linked, address));
    }
    for (const [binary, wanted] of byFile) {
      const found = await nameAddresses(binary.source, binary.elf, [...wanted.keys()]);
      for (const [linked, name] of found) names.set(wanted.get(linked)!, name);
    }
  } catch {
    // The process ended, or its files may not be read: no names.
  } finally {
    await binaries?.close();
  }
  return names;
}

function linkAddress({ elf }: Binary, mapping: Mapping, address: number): number | undefined {
  return addressOfFileOffset(elf, mapping.fileOffset + address - mapping.start);
}

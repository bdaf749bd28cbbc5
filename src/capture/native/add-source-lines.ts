// File and line of C code from the debug information of its object, and C++ names as the source has them. Both are a help,
// not a need: an object without debug information, or a machine without c++filt, leaves them out.
import { linesAt } from '../../decode/dwarf/line-table.ts';
import { readDwarfSection } from '../../decode/dwarf/sections.ts';
import type { CodePlace, NativeSiteNames } from '../../model/native.ts';
import { runProgram } from '../run-program.ts';
import type { Binary } from './read-binaries.ts';

/** Where an address lies in the file that is mapped there. */
export type Locate = (address: number) => Promise<{ readonly binary: Binary; readonly linked: number } | undefined>;

const mostNames = 500;

export async function addSourceLines(
  named: readonly NativeSiteNames[],
  locate: Locate,
): Promise<readonly NativeSiteNames[]> {
  const wanted = new Map<Binary, Map<number, number>>();
  for (const { cCaller } of named) {
    if (cCaller === undefined || cCaller.line !== undefined) continue;
    // A return address: the call is the instruction before.
    const found = await locate(cCaller.address - 1);
    if (found === undefined) continue;
    const addresses = wanted.get(found.binary) ?? new Map<number, number>();
    wanted.set(found.binary, addresses.set(cCaller.address, found.linked));
  }
  const lines = new Map<number, { readonly file: string; readonly line: number }>();
  for (const [{ source, elf }, addresses] of wanted) {
    const read = (name: string): Promise<Uint8Array> =>
      readDwarfSection(source, elf, name).catch(() => new Uint8Array(0));
    const sections = { line: await read('line'), lineStr: await read('line_str'), str: await read('str') };
    const found = linesAt(sections, [...addresses.values()]);
    for (const [address, linked] of addresses) {
      const line = found.get(linked);
      if (line !== undefined) lines.set(address, line);
    }
  }
  const sourceNames = await demangle(named.flatMap(({ cCaller }) => cCaller?.function ?? []));
  return named.map((site) => {
    if (site.cCaller === undefined) return site;
    const { address, function: name } = site.cCaller;
    const cCaller: CodePlace = {
      ...site.cCaller,
      ...lines.get(address),
      function: name === undefined ? undefined : (sourceNames.get(name) ?? name),
    };
    return { ...site, cCaller };
  });
}

/** `_Znwm` → `operator new(unsigned long)`. */
async function demangle(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const mangled = [...new Set(names)].filter((name) => /^_Z\w+$/.test(name)).slice(0, mostNames);
  if (mangled.length === 0) return new Map();
  const text = await runProgram('c++filt', mangled).catch(() => '');
  const answers = text.split('\n');
  return new Map(mangled.map((name, i) => [name, answers[i] || name]));
}

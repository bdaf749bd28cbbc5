// Global variables as roots: the words of data and bss that the linker marked as pointers. Source: runtime/mgcmark.go
// markroot (fBSS, fData), runtime/symtab.go moduledata.gcdatamask, gcbssmask.
import { lastAtOrBelow, readExactly } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';
import type { GoModule } from './module-data.ts';
import type { RootSetBuilder } from './root-set.ts';
import { spanOfAddress } from './span-table.ts';

export interface GlobalNames {
  /** The variable that holds an address of memory; undefined when none is known. */
  variableAt(address: number): GlobalVariable | undefined;
  /** What the word at an address refers to, as type-table.ts writes it. */
  targetAt(address: number): number;
  /** The field of its variable that holds an address: `.sessions`; '' when it is not known, or the variable itself. */
  fieldAt(address: number): string;
}

export interface GlobalVariable {
  readonly name: string;
  readonly address: number;
}

/** Names by rising address; what lies behind the end of the last variable before it has no name. */
export function globalNamesOf(
  columns: { readonly address: Float64Array; readonly sizeBytes: Float64Array; name(row: number): string },
  loadBias: number,
): Pick<GlobalNames, 'variableAt'> {
  return {
    variableAt(address) {
      const row = lastAtOrBelow(columns.address, address - loadBias);
      if (row < 0) return undefined;
      const start = columns.address[row]!;
      if (address - loadBias >= start + Math.max(8, columns.sizeBytes[row]!)) return undefined;
      return { name: columns.name(row), address: start + loadBias };
    },
  };
}

/**
 * Adds a node for each variable with a pointer into the heap. `skip` is the address of a variable that is no root:
 * runtime.allgs, because each goroutine has a node of its own. Returns the nodes by the addresses of their variables.
 */
export function addGlobalRoots(
  builder: RootSetBuilder,
  image: HeapImage,
  names: GlobalNames,
  skip: number,
): ReadonlyMap<number, number> {
  const nodes = new Map<number, number>();
  for (const module of image.modules) {
    const parts = [
      { name: 'data', start: module.data, end: module.edata, mask: module.gcdatamask },
      { name: 'bss', start: module.bss, end: module.ebss, mask: module.gcbssmask },
    ];
    for (const part of parts) addPart(builder, image, names, skip, module, part, nodes);
  }
  return nodes;
}

interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly mask: GoModule['gcdatamask'];
}

const mostPartBytes = 1024 * 1024 * 1024;

function addPart(
  builder: RootSetBuilder,
  image: HeapImage,
  names: GlobalNames,
  skip: number,
  module: GoModule,
  part: Part,
  nodes: Map<number, number>,
): void {
  const bytes = Math.min(mostPartBytes, part.end - part.start) & ~7;
  const words = Math.min(bytes / 8, part.mask.bits);
  const mask = readExactly(image.memory, part.mask.address, (words + 7) >> 3);
  const contents = readExactly(image.memory, part.start, bytes);
  if (mask === undefined || contents === undefined || bytes <= 0) return;
  const view = new DataView(contents.buffer);
  let owner: number | undefined;
  for (let word = 0; word < words; word++) {
    if (((mask[word >>> 3]! >> (word & 7)) & 1) === 0) continue;
    const pointer = view.getUint32(word * 8 + 4, true) * 0x1_0000_0000 + view.getUint32(word * 8, true);
    if (pointer === 0 || spanOfAddress(image.spans.pageIndex, pointer) < 0) continue;
    const address = part.start + word * 8;
    if (address === skip) continue;
    const variable = names.variableAt(address);
    const start = variable?.address ?? address;
    if (owner !== start) {
      const module_ = image.modules.length > 1 && module !== image.modules[0] ? ' of a plugin' : '';
      const name = variable?.name ?? `${part.name}+0x${(address - part.start).toString(16)}${module_}`;
      nodes.set(start, builder.addNode({ kind: 'global', name, address: start }));
      owner = start;
    }
    builder.addPointer(pointer, names.targetAt(address), address);
  }
}

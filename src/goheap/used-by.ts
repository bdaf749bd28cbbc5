// Names for global variables of stripped programs: where they are, and which functions use them. It is no name, but it leads to
// the place in the source: `bss+0x8 used by main.init, main.main`.
import { lastAtOrBelow } from '../base/memory-source.ts';
import { type CodeReferences, findCodeReferences } from './code-references.ts';
import type { Memory } from './memory.ts';
import type { GoModule } from './module-data.ts';

export interface UsedBy {
  /** The variable that an address belongs to; undefined when no code is seen to use it. */
  variableAt(address: number): { readonly name: string; readonly address: number } | undefined;
}

export interface UsedBySources {
  readonly memory: Memory;
  readonly module: GoModule;
  /** '' for what is no Go code. */
  readonly functionName: (pc: number) => string;
}

const mostNamed = 3;
const mostCodeBytes = 512 * 1024 * 1024;
const chunkBytes = 16 * 1024 * 1024;
/** Instructions may reach over the end of a chunk. */
const overlapBytes = 16;
/** How far an array or struct is followed from where code takes its address. */
const mostVariableBytes = 64 * 1024;
const ofRuntime = /^(?:internal\/)?runtime[./]|^internal\//;

/** Code is looked through when the first name is asked for: a second for 100 MB. */
export function createUsedBy(sources: UsedBySources): UsedBy {
  const { module } = sources;
  let references: readonly CodeReferences[] | undefined;
  const known = new Map<number, string>();
  const parts = [
    { name: 'data', start: module.data, end: module.edata },
    { name: 'bss', start: module.bss, end: module.ebss },
  ];
  return {
    variableAt(address) {
      const part = parts.find((one) => address >= one.start && address < one.end);
      if (part === undefined) return undefined;
      references ??= readReferences(sources);
      const start = startOf(references, address);
      if (start === undefined || start < part.start) return undefined;
      let name = known.get(start);
      if (name === undefined) {
        const users = usersOf(sources, references, start);
        name = users === '' ? '' : `${part.name}+0x${(start - part.start).toString(16)} used by ${users}`;
        known.set(start, name);
      }
      return name === '' ? undefined : { name, address: start };
    },
  };
}

function readReferences({ memory, module }: UsedBySources): readonly CodeReferences[] {
  const found: CodeReferences[] = [];
  const end = Math.min(module.etext, module.text + mostCodeBytes);
  for (let from = module.text; from < end; from += chunkBytes) {
    const bytes = memory.read(from, Math.min(chunkBytes + overlapBytes, end - from));
    if (bytes !== undefined) found.push(findCodeReferences({ bytes, address: from }, module.data, module.end));
  }
  return found;
}

/** Where the variable begins: at the address itself, or at the closest one in front of it that code takes the address of. */
function startOf(all: readonly CodeReferences[], address: number): number | undefined {
  let start: number | undefined;
  for (const references of all) {
    for (let row = lastAtOrBelow(references.target, address); row >= 0; row--) {
      const target = references.target[row]!;
      if (target < address - mostVariableBytes || (start !== undefined && target <= start)) break;
      if (target === address || references.takesAddress[row] === 1) {
        start = target;
        break;
      }
    }
  }
  return start;
}

function usersOf({ functionName }: UsedBySources, all: readonly CodeReferences[], start: number): string {
  const names = new Set<string>();
  for (const references of all) {
    for (let row = lastAtOrBelow(references.target, start); row >= 0 && references.target[row] === start; row--) {
      const name = functionName(references.pc[row]!);
      if (name !== '') names.add(name);
    }
  }
  const sorted = [...names].sort((a, b) => Number(ofRuntime.test(a)) - Number(ofRuntime.test(b)) || (a < b ? -1 : 1));
  return `${sorted.slice(0, mostNamed).join(', ')}${sorted.length > mostNamed ? ', …' : ''}`;
}

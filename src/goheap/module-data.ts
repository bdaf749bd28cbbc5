// runtime.moduledata in memory: the ranges of a module's code, data and types. Source: runtime/symtab.go.
import { type Memory, wordAt } from './memory.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface GoModule {
  readonly address: number;
  readonly pcHeader: number;
  readonly text: number;
  readonly etext: number;
  readonly minpc: number;
  readonly maxpc: number;
  readonly noptrdata: number;
  readonly enoptrdata: number;
  readonly data: number;
  readonly edata: number;
  readonly bss: number;
  readonly ebss: number;
  readonly noptrbss: number;
  readonly enoptrbss: number;
  readonly end: number;
  readonly types: number;
  readonly etypes: number;
  readonly rodata: number;
  readonly gofunc: number;
  /** Bit vectors {bits, address}: which words of data and bss are pointers. */
  readonly gcdatamask: BitVector;
  readonly gcbssmask: BitVector;
  /** The next module (a plugin), or 0. */
  readonly next: number;
}

export interface BitVector {
  readonly bits: number;
  readonly address: number;
}

const mostModules = 256;

/** One module; undefined when it cannot be read or its ranges are not in order. */
export function readModule(memory: Memory, layout: RuntimeLayout, address: number): GoModule | undefined {
  const fields = layout.structs.moduledata;
  const bytes = memory.read(address, fields.sizeBytes);
  if (bytes === undefined) return undefined;
  const word = (offset: number): number => wordAt(bytes, offset);
  const vector = (offset: number): BitVector => ({ bits: word(offset) % 2 ** 32, address: word(offset + 8) });
  const found: GoModule = {
    address,
    pcHeader: word(fields.pcHeader),
    text: word(fields.text),
    etext: word(fields.etext),
    minpc: word(fields.minpc),
    maxpc: word(fields.maxpc),
    noptrdata: word(fields.noptrdata),
    enoptrdata: word(fields.enoptrdata),
    data: word(fields.data),
    edata: word(fields.edata),
    bss: word(fields.bss),
    ebss: word(fields.ebss),
    noptrbss: word(fields.noptrbss),
    enoptrbss: word(fields.enoptrbss),
    end: word(fields.end),
    types: word(fields.types),
    etypes: word(fields.etypes),
    rodata: word(fields.rodata),
    gofunc: word(fields.gofunc),
    gcdatamask: vector(fields.gcdatamask),
    gcbssmask: vector(fields.gcbssmask),
    next: word(fields.next),
  };
  return isOrdered(found) ? found : undefined;
}

/** The main module and, with plugins, those linked to it. */
export function readModules(memory: Memory, layout: RuntimeLayout, first: number): readonly GoModule[] {
  const modules: GoModule[] = [];
  for (let at = first; at !== 0 && modules.length < mostModules; ) {
    const found = readModule(memory, layout, at);
    if (found === undefined || modules.some((one) => one.address === at)) break;
    modules.push(found);
    at = found.next;
  }
  return modules;
}

/** NaN (no address) makes every comparison false. */
function isOrdered(one: GoModule): boolean {
  return (
    one.text > 0 &&
    one.text <= one.minpc &&
    one.minpc < one.maxpc &&
    one.maxpc <= one.etext &&
    one.data <= one.edata &&
    one.bss <= one.ebss &&
    one.noptrbss <= one.enoptrbss &&
    one.enoptrbss <= one.end &&
    one.types < one.etypes &&
    one.next >= 0
  );
}

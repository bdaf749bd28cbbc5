// Where the runtime keeps what the heap walk starts from: by .symtab, else by debug information, else by what it looks like
// in memory. Addresses are those in memory (the load bias is added).
import { KnownError } from '../base/errors.ts';
import type { Elf } from '../decode/elf/read-elf.ts';
import { findRuntimeInMemory } from './find-runtime-in-memory.ts';
import type { CodeSources } from './find-variables-in-code.ts';
import type { Memory } from './memory.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

/** Variables of package runtime. The first three are needed, the others give more. */
export const runtimeVariables = [
  'mheap_',
  'firstmoduledata',
  'allgs',
  'allp',
  'allfin',
  'finq',
  'gcCleanups',
  'mbuckets',
  'mProfCycle',
  'MemProfileRate',
  'disableMemoryProfiling',
  'memstats',
  'gcController',
  'semtable',
] as const;

export type RuntimeVariable = (typeof runtimeVariables)[number];
const needed = ['mheap_', 'firstmoduledata', 'allgs'] as const;
type Needed = (typeof needed)[number];

/** Names → link-time addresses: the symbol table, or debug information. */
export interface NamedAddresses {
  /** Link-time address of a variable (`runtime.mheap_`); undefined when it is not named. */
  addressOf(name: string): number | undefined;
}

export type RuntimeAddresses = Readonly<Record<Needed, number>> &
  Readonly<Partial<Record<Exclude<RuntimeVariable, Needed>, number>>>;

export interface RuntimeLocation {
  readonly foundBy: 'names' | 'memory';
  readonly addresses: RuntimeAddresses;
}

export interface LocateOptions {
  readonly elf: Elf;
  readonly loadBias: number;
  readonly layout: RuntimeLayout;
  readonly memory: Memory;
  /** In the order in which they are to be believed. Empty for stripped binaries. */
  readonly names: readonly NamedAddresses[];
  /** Code of a function by name, which stripped binaries keep; more is found with it. */
  readonly functionRange?: CodeSources['functionRange'];
}

/** Throws KnownError E-NO-GO-RUNTIME that names what was not found. */
export function locateRuntime(options: LocateOptions): RuntimeLocation {
  const named: Partial<Record<RuntimeVariable, number>> = {};
  for (const variable of runtimeVariables) {
    for (const names of options.names) {
      const address = names.addressOf(`runtime.${variable}`);
      if (address === undefined) continue;
      named[variable] = address + options.loadBias;
      break;
    }
  }
  if (has(named)) return { foundBy: 'names', addresses: named };
  const found = findRuntimeInMemory(options);
  if (has(found)) return { foundBy: 'memory', addresses: found };
  const lacking = needed.filter((variable) => found[variable] === undefined).map((name) => `runtime.${name}`);
  throw new KnownError('E-NO-GO-RUNTIME', `${lacking.join(', ')} cannot be found in the memory of this program`, {
    advice:
      'Either this is not a Go program, or it was changed after linking (packed by UPX, for example), or its Go version ' +
      `is not ${options.layout.version}, as its build information says.`,
  });
}

function has(addresses: Partial<Record<RuntimeVariable, number>>): addresses is RuntimeAddresses {
  return needed.every((variable) => addresses[variable] !== undefined);
}

// Everything that gives names and types to one process: debug information where there is any, the symbol table, the
// runtime's own types.
import { wordReaderOf } from '../base/memory-source.ts';
import { functionNameAt, functionRowAt } from '../decode/pclntab/pclntab.ts';
import { findClosureTypes } from './closure-types.ts';
import { closureFactsOf, namesFromDebugInfo, subprogramsOf } from './debug-names.ts';
import { type GlobalNames, type GlobalVariable, globalNamesOf } from './global-roots.ts';
import { createGoTypes, type GoTypes } from './go-types.ts';
import type { LocalNames } from './goroutine-roots.ts';
import type { HeapImage } from './heap-image.ts';
import { memoryOf } from './memory-of-source.ts';
import type { GoProgram } from './read-program.ts';
import { resolveInterface } from './resolve-interface.ts';
import { spreadStaticTypes } from './static-types.ts';
import { rowOf, untyped } from './type-table.ts';
import { createUsedBy, type UsedBy } from './used-by.ts';

export interface Naming {
  readonly types: GoTypes;
  readonly globals: GlobalNames;
  readonly locals: LocalNames;
  /** What a pointer to a g refers to. */
  readonly gTarget: number;
}

export function nameThings(image: HeapImage, program: GoProgram, loadBias: number): Naming {
  const { debug, code } = program;
  const startOf = (pc: number): string | undefined => {
    const row = functionRowAt(code.table, pc - loadBias);
    // A closure begins with the address of a function, not of something inside one.
    return row >= 0 && code.table.textStart + code.table.starts[row]! === pc - loadBias
      ? functionNameAt(code.table, row)
      : undefined;
  };
  const subprograms = debug && subprogramsOf(debug);
  const types = createGoTypes({
    memory: memoryOf(image.memory),
    layout: image.target.layout,
    modules: image.modules,
    debug,
    closureAt: closureFactsOf({
      info: debug,
      subprograms,
      loadBias,
      nameOf: startOf,
      typeOf: closureTypeOf(image, startOf),
    }),
  });
  const reader = wordReaderOf(image.memory);
  const symbols = globalNamesOf(program.symbols, loadBias);
  if (debug === undefined || subprograms === undefined) {
    const usedBy = usedByOf(image, functionNamesOf(program, loadBias));
    const variableAt = (address: number): GlobalVariable | undefined =>
      symbols.variableAt(address) ?? usedBy?.variableAt(address);
    const globals = { variableAt, targetAt: () => untyped, fieldAt: () => '' };
    return {
      types,
      globals,
      locals: { wordAt: () => undefined, resolve: (target: number) => target },
      gTarget: untyped,
    };
  }
  const names = namesFromDebugInfo(debug, types, loadBias, subprograms);
  const { targets, places } = spreadStaticTypes(
    image,
    types,
    names.targetAt,
    (address) => names.variableAt(address)?.name ?? '',
  );
  const placeAt = (address: number): GlobalVariable | undefined => {
    const place = places.get(address);
    return place && { name: place.variable, address: place.start };
  };
  return {
    types,
    globals: {
      // Debug information does not name what the compiler made up: static composites, tables of maps.
      variableAt: (address) => names.variableAt(address) ?? placeAt(address) ?? symbols.variableAt(address),
      fieldAt: (address) => places.get(address)?.field ?? names.fieldAt(address),
      targetAt(address) {
        const target = names.targetAt(address);
        const known = target === untyped ? (targets.get(address) ?? untyped) : target;
        return resolveInterface(types, reader, known, address);
      },
    },
    locals: {
      wordAt: names.localAt,
      resolve: (target, address) => resolveInterface(types, reader, target, address),
    },
    gTarget: elementOf(types, names.targetAt(image.target.addresses.allgs)),
  };
}

/** Code is looked through when the first closure asks for it. */
function closureTypeOf(
  image: HeapImage,
  startOf: (pc: number) => string | undefined,
): (pc: number) => number | undefined {
  const memory = memoryOf(image.memory);
  const { layout } = image.target;
  const isFunction = (pc: number): boolean => startOf(pc) !== undefined;
  let found: readonly ReadonlyMap<number, number>[] | undefined;
  return (pc) => {
    found ??= image.modules.map((module) => findClosureTypes({ memory, layout, module, isFunction }));
    return found.map((types) => types.get(pc)).find((type) => type !== undefined);
  };
}

/** What stands for names where there are none. */
function usedByOf(image: HeapImage, functionName: (pc: number) => string): UsedBy | undefined {
  const [module] = image.modules;
  return module && createUsedBy({ memory: memoryOf(image.memory), module, functionName });
}

/** runtime.allgs is a slice of pointers. */
function elementOf(types: GoTypes, target: number): number {
  return target < 0 ? untyped : (types.targets(rowOf(target))[0] ?? untyped);
}

/** '' for what is no Go code. */
export function functionNamesOf({ code }: GoProgram, loadBias: number): (pc: number) => string {
  const known = new Map<number, string>();
  return (pc) => {
    let name = known.get(pc);
    if (name === undefined) {
      const row = functionRowAt(code.table, pc - loadBias);
      name = row < 0 ? '' : functionNameAt(code.table, row);
      known.set(pc, name);
    }
    return name;
  };
}

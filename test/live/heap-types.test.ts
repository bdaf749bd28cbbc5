// Types of a real process: the same from the runtime's descriptors alone as with debug information, for each form of a type.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DebugInfo, readDebugInfo } from '../../src/decode/dwarf/debug-info.ts';
import { readGoSymbols } from '../../src/decode/pclntab/locate-pclntab.ts';
import { functionRowAt } from '../../src/decode/pclntab/pclntab.ts';
import { findClosureTypes } from '../../src/goheap/closure-types.ts';
import { namesOfDebugInfo } from '../../src/goheap/debug-facts.ts';
import { closureFactsOf, type DebugNames, namesFromDebugInfo, subprogramsOf } from '../../src/goheap/debug-names.ts';
import { createGoTypes, type GoTypes } from '../../src/goheap/go-types.ts';
import { locateRuntime, type NamedAddresses } from '../../src/goheap/locate-runtime.ts';
import { readWord } from '../../src/goheap/memory.ts';
import { readModules } from '../../src/goheap/module-data.ts';
import {
  closure,
  efaceData,
  ifaceData,
  isMany,
  mapDirectory,
  rowOf,
  scalar,
  untyped,
} from '../../src/goheap/type-table.ts';
import { hasGo, makeHeapPrograms, openHeapTarget } from './heap-program.ts';

describe.skipIf(!hasGo).each([
  ['fixed addresses', []],
  ['position-independent', ['-buildmode=pie']],
] as const)('types in memory, %s (needs Go on Linux)', (_, flags) => {
  const programs = makeHeapPrograms();
  let opened: Awaited<ReturnType<typeof openHeapTarget>>;
  let debug: DebugInfo;
  let addresses: NamedAddresses;
  /** With debug information, and without any. */
  let types: GoTypes;
  let bare: GoTypes;
  let names: DebugNames;

  beforeAll(async () => {
    const target = await programs.start(flags);
    opened = await openHeapTarget(target.pid);
    debug = (await readDebugInfo(opened.source, opened.elf))!;
    addresses = namesOfDebugInfo(debug);
    const located = locateRuntime({ ...opened, names: [addresses] });
    const modules = readModules(opened.memory, opened.layout, located.addresses.firstmoduledata);
    const code = await readGoSymbols(opened.source, opened.elf, undefined);
    const isFunction = (pc: number): boolean => {
      const row = functionRowAt(code.table, pc - opened.loadBias);
      return row >= 0 && code.table.textStart + code.table.starts[row]! === pc - opened.loadBias;
    };
    const closureTypes = findClosureTypes({ ...opened, module: modules[0]!, isFunction });
    const subprograms = subprogramsOf(debug);
    const closureAt = closureFactsOf({
      info: debug,
      subprograms,
      loadBias: opened.loadBias,
      nameOf: () => 'main.main.func1',
      typeOf: (pc) => closureTypes.get(pc),
    });
    types = createGoTypes({ ...opened, modules, debug, closureAt });
    bare = createGoTypes({
      ...opened,
      modules,
      debug: undefined,
      closureAt: (pc) => ({ functionName: 'main.main.func1', captures: [], type: closureTypes.get(pc) }),
    });
    names = namesFromDebugInfo(debug, types, opened.loadBias, subprograms);
  });
  afterAll(() => programs.remove());

  const specialWords: Readonly<Record<number, string>> = {
    [scalar]: '-',
    [untyped]: '?',
    [efaceData]: 'any',
    [ifaceData]: 'interface',
    [closure]: 'func',
    [mapDirectory]: 'directory',
  };
  const word = (table: GoTypes, target: number): string =>
    specialWords[target] ?? `${isMany(target) ? '[]' : ''}${table.name(rowOf(target))}`;
  const wordsOf = (table: GoTypes, row: number): string[] =>
    Array.from(table.targets(row), (target, i) => `${table.fieldAt(row, 8 * i)} ${word(table, target)}`.trim());
  const variable = (name: string): number => addresses.addressOf(name)! + opened.loadBias;
  const node = (): number => rowOf(names.targetAt(variable('main.root')));

  const wordsOfNode = [
    '.Left main.Node',
    '.Right main.Node',
    '.Name []string data',
    '.Name -',
    '.Data []uint8',
    '.Data -',
    '.Data -',
    '.Any -',
    '.Any any',
    '.Err -',
    '.Err interface',
    '.Tags map[string]*main.Node',
    '.Next func',
    '.Done chan *main.Node',
    '.Pair[0] main.Node',
    '.Pair[1] main.Node',
    '.Inner.Count -',
    '.Inner.Last main.Node',
  ];

  it('names the variable and says what each word of a value refers to', () => {
    expect(names.variableAt(variable('main.table') + 80)!.name).toBe('main.table');
    expect(types.name(node())).toBe('main.Node');
    expect(wordsOf(types, node())).toEqual(wordsOfNode);
    expect(word(types, names.targetAt(variable('main.table') + 7992))).toBe('main.Node');
  });

  it('says the same without debug information, from the type word of an interface', () => {
    const type = readWord(opened.memory, variable('main.shared'))!;
    const inside = bare.targetInInterface(type);
    expect([bare.name(rowOf(inside)), bare.sizeBytes(rowOf(inside))]).toEqual(['main.Node', 8 * wordsOfNode.length]);
    expect(wordsOf(bare, rowOf(inside))).toEqual(wordsOfNode);
  });

  it('follows maps and channels through their headers', () => {
    const of = (index: number): number => rowOf(types.targets(node())[index]!);
    const parts = types.mapParts(of(11));
    if (parts === undefined) {
      const header = Array.from(types.targets(of(11)));
      const bucket = rowOf(header.find((target) => isMany(target) && target > 0)!);
      expect(wordsOf(types, bucket).slice(1, 3)).toEqual(['.keys[0] []string data', '.keys[0] -']);
      expect(wordsOf(types, bucket).at(-1)).toBe(`.overflow ${types.name(bucket)}`);
    } else {
      expect(wordsOf(types, parts.group).slice(0, 4)).toEqual([
        '.ctrl -',
        '.slots[0].key []string data',
        '.slots[0].key -',
        '.slots[0].elem main.Node',
      ]);
      expect(word(types, types.targets(parts.tablePointer)[0]!)).toBe('table of map[string]*main.Node');
    }
    expect(wordsOf(types, of(13))).toContain('.buf []*main.Node');
    expect(wordsOf(types, of(13))).toContain('.recvq runtime.sudog');
  });

  it('knows what a closure captures', () => {
    const root = readWord(opened.memory, variable('main.root'))!;
    const code = readWord(opened.memory, readWord(opened.memory, root + 12 * 8)!)!;
    expect(types.name(types.rowOfClosure(code))).toBe('func main.main.func1');
    // Debug information says it since Go 1.23, the code that makes the closure always.
    for (const table of [types, bare]) {
      expect(wordsOf(table, table.rowOfClosure(code)).map((text) => text.replace(/^\.\S+/, '').trim())).toEqual([
        '-',
        'int',
      ]);
    }
  });

  it('uses import paths, and composes the names of unnamed types', () => {
    const mux = rowOf(names.targetAt(variable('net/http.DefaultServeMux')));
    expect(types.name(mux)).toBe('net/http.ServeMux');
    expect(wordsOf(types, mux)).toContainEqual(expect.stringMatching(/ map\[string\]\*?net\/http\.\w+$/));
  });

  it('takes nothing for a type that is none', () => {
    for (const address of [0, 7, 8, variable('main.table'), opened.loadBias + 0x401000, 2 ** 46]) {
      expect(bare.rowOfRuntimeType(address)).toBe(-1);
    }
    expect(types.rowOfDebugType(3)).toBe(-1);
  });
});

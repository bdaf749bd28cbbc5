import { describe, expect, it } from 'vitest';
import { drawMemory } from '../../test/drawing/draw-memory.ts';
import { createGoTypes } from './go-types.ts';
import { layoutForVersion } from './layout-for-version.ts';
import type { GoModule } from './module-data.ts';
import { kind } from './read-runtime-type.ts';
import { isMany, rowOf } from './type-table.ts';

const types = 0x10000;
const string = 0x10100;
const node = 0x10200;
const pointer = 0x10300;
const list = 0x10400;
const fields = 0x10500;
const names = 0x10800;
const layout = layoutForVersion('go1.26.8')!;
const module = { types, etypes: 0x11000 } as GoModule;

/** `type Node struct { name string; all []*Node }` of package `some/pkg`, as the linker lays its descriptors out. */
function draw() {
  const memory = drawMemory();
  let nameAt = names;
  const name = (text: string): number => {
    const at = nameAt;
    memory.bytes(at, [0, text.length, ...Buffer.from(text)]);
    nameAt += text.length + 2;
    return at;
  };
  const type = (at: number, code: number, size: number, pointers: number, tflag: number, text: string): void => {
    memory.words(at, size, pointers);
    memory.bytes(at + 16, [1, 2, 3, 4, tflag, 8, 8, code]);
    memory.bytes(at + 40, new Uint8Array(new Int32Array([name(text) - types, 0]).buffer));
  };
  const { tflagNamed = 0, tflagUncommon = 0, tflagExtraStar = 0 } = layout.constants;
  type(string, kind.string, 16, 8, tflagNamed, 'string');
  type(pointer, kind.pointer, 8, 8, 0, '*pkg.Node');
  memory.words(pointer + 48, node);
  type(list, kind.slice, 24, 8, 0, '[]*pkg.Node');
  memory.words(list + 48, pointer);
  type(node, kind.struct, 40, 24, tflagNamed | tflagUncommon | tflagExtraStar, '*pkg.Node');
  memory.words(node + 48, 0, fields, 2, 2);
  memory.bytes(node + 80, new Uint8Array(new Int32Array([name('some/pkg') - types]).buffer));
  memory.words(fields, name('name'), string, 0, name('all'), list, 16);
  return memory;
}

const read = (memory: ReturnType<typeof draw>) =>
  createGoTypes({ memory, layout, modules: [module], debug: undefined, closureAt: () => undefined });

describe('types from their descriptors', () => {
  it('have the import path in their name, and words that lead on', () => {
    const table = read(draw());
    const row = table.rowOfRuntimeType(node);
    expect([table.name(row), table.sizeBytes(row)]).toEqual(['some/pkg.Node', 40]);
    const targets = table.targets(row);
    expect(Array.from(targets, (target) => (target < 0 ? '-' : table.name(rowOf(target))))).toEqual([
      'string data',
      '-',
      '*some/pkg.Node',
    ]);
    expect([isMany(targets[0]!), isMany(targets[2]!)]).toEqual([true, true]);
    expect([table.fieldAt(row, 8), table.fieldAt(row, 16), table.fieldAt(row, 39)]).toEqual(['.name', '.all', '.all']);
  });

  it('are none where nothing sane is, and damage never ends a walk', () => {
    expect(read(drawMemory()).rowOfRuntimeType(node)).toBe(-1);
    const whole = draw().read(types, 0x1000)!;
    for (let at = 0; at < whole.length; at++) {
      if (whole[at] === 0 && at % 8 !== 3) continue;
      for (const bit of [1, 32, 128]) {
        const memory = drawMemory();
        memory.bytes(types, whole);
        memory.bytes(types + at, [whole[at]! ^ bit]);
        const table = read(memory);
        for (const address of [node, pointer, list, string]) {
          const row = table.rowOfRuntimeType(address);
          if (row < 0) continue;
          table.name(row);
          table.targets(row);
          table.fieldAt(row, 16);
          table.targetInInterface(address);
        }
      }
    }
  });
});

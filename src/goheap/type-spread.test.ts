import { describe, expect, it } from 'vitest';
import { type DrawnObject, drawGoMemory } from '../../test/drawing/draw-go-memory.ts';
import { takeHeapImage } from './heap-image.ts';
import { createTypeSpread } from './type-spread.ts';
import { closure, efaceData, many, one, scalar, type TypeTable, untyped } from './type-table.ts';

/** Types of the tests: row 0 is a struct of two pointers, 1 an int, 2 a struct {any; *row0}, 3 a channel. */
const rows = [
  { name: 'main.Pair', sizeBytes: 16, targets: [one(0), one(0)] },
  { name: 'int', sizeBytes: 8, targets: [] },
  { name: 'main.Box', sizeBytes: 24, targets: [scalar, efaceData, one(0)] },
  { name: 'chan int', sizeBytes: 96, targets: [scalar, scalar, untyped] },
  { name: 'func main.f', sizeBytes: 0, targets: [] },
];
const targets = rows.map((row) => Int32Array.from(row.targets));

const table: TypeTable = {
  length: () => rows.length,
  name: (row) => rows[row]!.name,
  sizeBytes: (row) => rows[row]!.sizeBytes,
  targets: (row) => targets[row]!,
  fieldAt: () => '',
  mapParts: () => undefined,
  rowOfRuntimeType: () => 0,
  targetInInterface: (address) => (address === 0x501000 ? one(1) : untyped),
  rowOfClosure: (pc) => (pc === 0x401000 ? 4 : -1),
  rowNamed: () => -1,
};

/** What an object of the drawn kind is taken for when a pointer with this type leads to byte `within` of it. */
function accepted(drawn: DrawnObject, target: number, within = 0): string {
  const memory = drawGoMemory({ a: drawn }).target;
  const image = takeHeapImage(memory, { rehearsal: undefined, threads: () => [], progress: () => {} });
  const found = createTypeSpread(image, table).accept(target, 0, 0, within);
  if (found === untyped) return 'unknown';
  return `${(found & 1) === 1 ? '[]' : ''}${rows[found >> 1]!.name}`;
}

describe('types that travel', () => {
  it('are believed where the size class fits', () => {
    expect(accepted({ bytes: 16 }, one(0))).toBe('main.Pair');
    // A slot of 48 bytes holds something of 33 to 48: the pointer is to its first field.
    expect(accepted({ bytes: 48 }, one(0))).toBe('unknown');
    expect(accepted({ bytes: 48 }, many(0))).toBe('[]main.Pair');
  });

  it('are not believed of the middle of an object, except where an array has an element there', () => {
    expect(accepted({ bytes: 48 }, one(0), 16)).toBe('unknown');
    expect(accepted({ bytes: 48 }, many(0), 16)).toBe('[]main.Pair');
    expect(accepted({ bytes: 48 }, many(0), 8)).toBe('unknown');
  });

  it('must have pointers where the object has, and none where it has none', () => {
    expect(accepted({ bytes: 16, noscan: true }, one(0))).toBe('unknown');
    expect(accepted({ bytes: 64 }, many(1))).toBe('unknown');
    expect(accepted({ bytes: 64, noscan: true }, many(1))).toBe('[]int');
  });

  it('name small values that share a slot, and channels that hold their buffer', () => {
    expect(accepted({ bytes: 16, noscan: true }, one(1), 8)).toBe('int');
    expect(accepted({ bytes: 112, noscan: true }, one(3))).toBe('chan int');
  });

  it('name a closure by its code', () => {
    expect(accepted({ bytes: 16, words: [0x401000] }, closure)).toBe('func main.f');
    expect(accepted({ bytes: 16, words: [0x402000] }, closure)).toBe('unknown');
  });

  it('follow an interface to what its first word says', () => {
    const { target } = drawGoMemory({ box: { bytes: 24, words: [0x501000] } });
    const image = takeHeapImage(target, { rehearsal: undefined, threads: () => [], progress: () => {} });
    const spread = createTypeSpread(image, table);
    spread.begin(one(2), 0, image.contents.slabs[0]!);
    const base = image.contents.spanWord[0]!;
    expect([0, 1, 2].map((word) => spread.targetOf(word, base + word * 2))).toEqual([scalar, one(1), one(0)]);
  });
});

import { describe, expect, it } from 'vitest';
import { DecodeError } from '../../base/errors.ts';
import { attribute, form, tag } from './constants.ts';
import { debugInfoOf, entryAt, offsetsByName } from './debug-info.ts';
import type { DwarfSections } from './sections.ts';
import { debugTypeAt } from './types.ts';
import { capturesOf, localsAt, readGlobals, readSubprograms, subprogramAt, subprogramName } from './variables.ts';

const empty = new Uint8Array(0);
const text = (value: string): number[] => [...Buffer.from(`${value}\0`)];
const word = (value: number): number[] => [...new Uint8Array(new BigUint64Array([BigInt(value)]).buffer)];
const half = (value: number): number[] => [...new Uint8Array(new Uint32Array([value]).buffer)];
const uleb = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...uleb(value >> 7)]);

type Drawn = readonly [name: number, form: number][];
const a = attribute;
const f = form;

/** Codes 1 to 9, as the Go compiler writes them, in both versions. */
const abbreviations: readonly (readonly [number, boolean, Drawn])[] = [
  [
    tag.compileUnit,
    true,
    [
      [a.name, f.string],
      [a.language, f.data1],
      [a.lowPc, f.addr],
      [a.addrBase, f.secOffset],
    ],
  ],
  [
    tag.base,
    false,
    [
      [a.name, f.string],
      [a.byteSize, f.data1],
      [a.goKind, f.data1],
    ],
  ],
  [
    tag.structure,
    true,
    [
      [a.name, f.string],
      [a.byteSize, f.udata],
      [a.goKind, f.data1],
      [a.goRuntimeType, f.addr],
    ],
  ],
  [
    tag.member,
    false,
    [
      [a.name, f.string],
      [a.dataMemberLocation, f.udata],
      [a.type, f.refAddr],
    ],
  ],
  [
    tag.variable,
    false,
    [
      [a.name, f.string],
      [a.location, f.exprloc],
      [a.type, f.refAddr],
    ],
  ],
  [
    tag.constant,
    false,
    [
      [a.name, f.string],
      [a.type, f.refAddr],
      [a.constValue, f.sdata],
    ],
  ],
  [
    tag.subprogram,
    true,
    [
      [a.name, f.string],
      [a.lowPc, f.addr],
      [a.highPc, f.addr],
    ],
  ],
  [
    tag.variable,
    false,
    [
      [a.name, f.string],
      [a.location, f.secOffset],
      [a.type, f.refAddr],
      [a.goClosureOffset, f.udata],
    ],
  ],
  [
    tag.lexicalBlock,
    true,
    [
      [a.lowPc, f.addr],
      [a.highPc, f.addr],
    ],
  ],
];

const abbrev = Uint8Array.from([
  ...abbreviations.flatMap(([code, children, attributes], i) => [
    ...uleb(i + 1),
    ...uleb(code),
    children ? 1 : 0,
    ...attributes.flatMap(([name, value]) => [...uleb(name), ...uleb(value)]),
    0,
    0,
  ]),
  0,
]);

/**
 *   type main.Node struct { left *…; count int }     var main.root Node at 0x5000     const main.limit = -3
 *   func main.walk 0x1000…0x1100 { a: a list; { b: at fp-24, in 0x1080…0x10a0 } }
 */
function draw(version: 4 | 5): DwarfSections {
  const head = version === 4 ? 11 : 12;
  const body: number[] = [];
  const here = (): number => head + body.length;
  body.push(1, ...text('main'), 0x16, ...word(0x1000), ...half(8));
  const int = here();
  body.push(2, ...text('int'), 8, 2);
  const node = here();
  body.push(3, ...text('main.Node'), 16, 25, ...word(0x40));
  body.push(4, ...text('left'), 0, ...half(node), 4, ...text('count'), 8, ...half(int), 0);
  body.push(5, ...text('main.root'), 9, 0x03, ...word(0x5000), ...half(node));
  body.push(6, ...text('main.limit'), ...half(int), 0x7d);
  body.push(7, ...text('main.walk'), ...word(0x1000), ...word(0x1100));
  body.push(8, ...text('a'), ...half(0), ...half(node), 16);
  body.push(9, ...word(0x1080), ...word(0x10a0), 5, ...text('b'), 2, 0x91, 0x68, ...half(int), 0, 0);
  body.push(0);
  const header = version === 4 ? [4, 0, ...half(0), 8] : [5, 0, 1, 8, ...half(0)];
  const info = Uint8Array.from([...half(header.length + body.length), ...header, ...body]);
  // a is in register 3 for 16 bytes of code, then its two words are at fp-16 and in register 0.
  const split = [0x91, 0x70, 0x93, 8, 0x50, 0x93, 8];
  const loc = [
    ...word(0),
    ...word(16),
    1,
    0,
    0x53,
    ...word(16),
    ...word(0x100),
    split.length,
    0,
    ...split,
    ...word(0),
    ...word(0),
  ];
  const loclists = [4, 0, 16, 1, 0x53, 3, 1, ...uleb(0xf0), split.length, ...split, 0];
  const addr = [...half(0), ...half(0), ...word(0), ...word(0x1010)];
  return {
    info,
    abbrev,
    str: empty,
    lineStr: empty,
    strOffsets: empty,
    ranges: empty,
    rnglists: empty,
    addr: version === 5 ? Uint8Array.from(addr) : empty,
    // A file with units of both versions has both: the version of the unit decides.
    loc: Uint8Array.from(version === 4 ? loc : loclists),
    loclists: Uint8Array.from(version === 4 ? loc : loclists),
  };
}

describe.each([4, 5] as const)('debug information of DWARF %i', (version) => {
  const info = debugInfoOf(draw(version));
  const int = offsetsByName(info, info.index.types).get('int')!;
  const node = offsetsByName(info, info.index.types).get('main.Node')!;

  it('has the layout of structures', () => {
    const { name, kind, sizeBytes, goKind, goRuntimeType, members } = debugTypeAt(info, node)!;
    expect({ name, kind, sizeBytes, goKind, goRuntimeType }).toEqual({
      name: 'main.Node',
      kind: 'struct',
      sizeBytes: 16,
      goKind: 25,
      goRuntimeType: 0x40,
    });
    expect(members).toEqual([
      { name: 'left', offset: 0, type: node },
      { name: 'count', offset: 8, type: int },
    ]);
  });

  it('has globals with their addresses, and constants', () => {
    const globals = readGlobals(info);
    expect(Array.from(globals.address, (address, row) => [address, globals.name(row), globals.type[row]])).toEqual([
      [0x5000, 'main.root', node],
    ]);
    const limit = offsetsByName(info, info.index.constants).get('main.limit')!;
    expect(entryAt(info, limit)!.values.get(attribute.constValue)!.number).toBe(-3);
  });

  it('has locals where they are at a pc, and only in their block', () => {
    const walk = subprogramAt(readSubprograms(info), 0x1010);
    expect([subprogramName(info, walk), subprogramAt(readSubprograms(info), 0x1100)]).toEqual(['main.walk', -1]);
    const places = (pc: number) =>
      localsAt(info, walk, pc).map(
        ({ name, pieces }) => `${name} ${pieces.map((one) => `${one.place} ${one.value}`).join(', ')}`,
      );
    expect(places(0x1008)).toEqual(['a register 3']);
    expect(places(0x1010)).toEqual(['a frame -16, register 0']);
    expect(places(0x1090)).toEqual(['a frame -16, register 0', 'b frame -24']);
    expect(capturesOf(info, walk)).toEqual([{ name: 'a', offset: 16, type: node }]);
  });

  it('answers damage with an error, a warning or other facts, never with a crash', () => {
    const whole = draw(version);
    for (let at = 0; at < whole.info.length + whole.abbrev.length; at++) {
      for (const bit of [1, 16, 128]) {
        const [bytes, table] = [whole.info.slice(), whole.abbrev.slice()];
        if (at < bytes.length) bytes[at]! ^= bit;
        else table[at - bytes.length]! ^= bit;
        try {
          const damaged = debugInfoOf({ ...whole, info: bytes, abbrev: table });
          const globals = readGlobals(damaged);
          for (let row = 0; row < globals.length; row++) globals.name(row);
          for (const offset of damaged.index.types) debugTypeAt(damaged, offset);
          for (const offset of damaged.index.subprograms) localsAt(damaged, offset, 0x1090);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
      }
    }
  });
});

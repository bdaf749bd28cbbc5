import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { disjointRanges } from './disjoint-ranges.ts';

const range = (start: number, text: string) => ({ start, bytes: Buffer.from(text) });
const drawn = (layers: Parameters<typeof disjointRanges>[0]): string[] =>
  disjointRanges(layers).map(({ start, bytes }) => `${start} ${Buffer.from(bytes).toString()}`);

describe('disjointRanges', () => {
  it('lets the first layer win, wherever the later one begins', () => {
    expect(drawn([[range(4, 'AAAA')], [range(0, 'bbbbbbbbbbbb')]])).toEqual(['0 bbbb', '4 AAAA', '8 bbbb']);
    expect(drawn([[range(0, 'AA'), range(6, 'AA')], [range(1, 'bbbbbb')]])).toEqual(['0 AA', '2 bbbb', '6 AA']);
  });

  it('gives each byte once, from the first that has it', () => {
    const layer = fc.array(fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 20 })), { maxLength: 6 });
    fc.assert(
      fc.property(fc.array(layer, { maxLength: 4 }), (drawing) => {
        const layers = drawing.map((ranges, i) =>
          ranges.map(([start, length]) => range(start, String.fromCharCode(65 + i).repeat(length))),
        );
        const expected = new Array<string>(100).fill('.');
        for (const ranges of [...layers].reverse()) {
          for (const { start, bytes } of ranges) {
            for (let i = 0; i < bytes.length; i++) expected[start + i] = String.fromCharCode(bytes[i]!);
          }
        }
        const found = new Array<string>(100).fill('.');
        for (const { start, bytes } of disjointRanges(layers)) {
          for (let i = 0; i < bytes.length; i++) {
            expect(found[start + i]).toBe('.');
            found[start + i] = String.fromCharCode(bytes[i]!);
          }
        }
        expect(found.join('')).toBe(expected.join(''));
      }),
    );
  });
});

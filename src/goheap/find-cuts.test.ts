import { describe, expect, it } from 'vitest';
import type { DrawnObject } from '../../test/drawing/draw-go-memory.ts';
import { type DrawnVariable, drawHeaders } from '../../test/drawing/draw-headers.ts';
import { findCuts } from './find-cuts.ts';
import { many, one, scalar } from './type-table.ts';

/** struct Site { title string; body []byte }. */
const site = one(0);
const types = [
  { name: 'main.Site', sizeBytes: 40, targets: [many(1), scalar, many(2)] },
  { name: 'string data', sizeBytes: 1, targets: [] },
  { name: 'uint8', sizeBytes: 1, targets: [] },
];
const page = { page: { bytes: 9472, noscan: true } };
const held: readonly DrawnVariable[] = [{ to: 'site', target: site }];

/** Each array of which only a part is seen: bytes by length, by capacity, and whether types say so. */
function cuts(objects: Record<string, DrawnObject>, variables: readonly DrawnVariable[]): readonly string[] {
  const { sources, nameOf } = drawHeaders(types, { ...page, ...objects }, variables);
  const found = findCuts(sources);
  return Array.from(found.node, (node, i) =>
    [
      nameOf(node),
      found.isSlice[i] === 1 ? 'slice' : 'string',
      `${found.visibleByLengthBytes[i]}/${found.visibleBytes[i]}`,
      found.byNumbers[i] === 1 ? 'by numbers' : 'by type',
    ].join(' '),
  );
}

describe('arrays that are seen in part', () => {
  it('are kept by a substring: its bytes are all that can be seen', () => {
    expect(cuts({ site: { bytes: 48, words: ['page+28', 29, 0, 0, 0] } }, held)).toEqual(['page string 29/29 by type']);
  });

  it('are kept by a slice that shows the front; the rest is within its capacity', () => {
    expect(cuts({ site: { bytes: 48, words: [0, 0, 'page', 20, 9000] } }, held)).toEqual([
      'page slice 20/9000 by type',
    ]);
  });

  it('are kept by a slice whose capacity ends with it', () => {
    expect(cuts({ site: { bytes: 48, words: [0, 0, 'page+100', 20, 20] } }, held)).toEqual([
      'page slice 20/20 by type',
    ]);
  });

  it('are seen as far as all strings reach together', () => {
    const other = { bytes: 48, words: ['page+1028', 20, 0, 0, 0] };
    expect(
      cuts({ site: { bytes: 48, words: ['page+28', 29, 0, 0, 0] }, other }, [...held, { to: 'other', target: site }]),
    ).toEqual(['page string 1020/1020 by type']);
  });

  it('are told by the numbers behind a pointer where no type is known', () => {
    expect(cuts({ pairs: { bytes: 32, words: ['page+28', 29, 'page', 9] } }, [{ to: 'pairs' }])).toEqual([
      'page string 57/57 by numbers',
    ]);
    expect(cuts({ ports: { bytes: 48, words: [7, 'page', 16, 9000, 7, 7] } }, [{ to: 'ports' }])).toEqual([
      'page slice 16/9000 by numbers',
    ]);
  });
});

describe('arrays are seen whole', () => {
  it('when most of their bytes are in use, or little is wasted', () => {
    expect(cuts({ site: { bytes: 48, words: ['page+28', 8000, 0, 0, 0] } }, held)).toEqual([]);
    const small = { site: { bytes: 48, words: ['line', 4, 0, 0, 0] }, line: { bytes: 128, noscan: true } };
    expect(cuts(small, held)).toEqual([]);
  });

  it('by a variable of a function, whose length may be anywhere', () => {
    const objects = { site: { bytes: 48, words: ['page+28', 29, 0, 0, 0] } };
    expect(cuts(objects, [...held, { to: 'page', target: many(2), kind: 'goroutine' }])).toEqual([]);
  });

  it('by a plain pointer of unknown type beside the string', () => {
    const objects = {
      site: { bytes: 48, words: ['page+28', 29, 0, 0, 0] },
      plain: { bytes: 16, words: ['page', 'page'] },
    };
    expect(cuts(objects, [...held, { to: 'plain' }])).toEqual([]);
  });

  it('by a pointer with two counters behind it, which no length and capacity of a slice would be', () => {
    expect(cuts({ buffer: { bytes: 24, words: ['page', 4, 12] } }, [{ to: 'buffer' }])).toEqual([]);
    expect(cuts({ buffer: { bytes: 24, words: ['page', 0, 0] } }, [{ to: 'buffer' }])).toEqual([]);
  });

  it('when the numbers of a header do not fit', () => {
    expect(cuts({ site: { bytes: 48, words: [0, 0, 'page', 20, 9473] } }, held)).toEqual([]);
  });
});

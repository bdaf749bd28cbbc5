import { describe, expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { foldedRowKinds } from '../model/retention.ts';
import { measureRetention } from './measure-retention.ts';
import { plainTypesOf } from './plain-types.ts';

const plainName = (name: string): string => {
  const types = plainTypesOf({ length: 1, name: [name], sizeBytes: new Float64Array(1), certainty: ['exact'] });
  return types.name[types.plainOf[0]!]!;
};

describe('plainTypesOf', () => {
  it.each([
    ['[]*table of map[string]*main.T', 'map[string]*main.T'],
    ['table of map[int]int', 'map[int]int'],
    ['[]map.group[string]*main.T', 'map[string]*main.T'],
    ['map.group[main.K[int]][]string', 'map[main.K[int]][]string'],
    ['[]map.bucket[string]int', 'map[string]int'],
    ['[]*bucket of map[string]int', 'map[string]int'],
    ['overflow buckets of map[string]int', 'map[string]int'],
    ['[]*internal/runtime/maps.table', 'map of unknown type'],
    ['[]map[string]int', '[]map[string]int'],
    ['main.table', 'main.table'],
  ])('counts %s as %s', (part, plain) => expect(plainName(part)).toBe(plain));

  it('shows a map as one thing, and counts maps, not their parts', () => {
    const graph = drawHeap(
      `
      global main.cache > map
      map map[string]main.T 48 > directory
      directory []*table_of 16 > t1 t2
      t1 table_of 32 > g1
      t2 table_of 32 > g2
      g1 []map.group[string]main.T 1000 > v1
      g2 []map.group[string]main.T 1000 > v2
      v1 main.T 64
      v2 main.T 64`.replaceAll('table_of', 'table of map[string]main.T'),
    );
    const { folded, types, histogram } = measureRetention(graph);
    const rows = Array.from({ length: folded.length }, (_, row) => row)
      .filter((row) => foldedRowKinds[folded.kind[row]!] === 'type')
      .map((row) => `${folded.count[row]} × ${types.name[folded.what[row]!]}, own ${folded.ownBytes[row]}`);
    expect(rows).toEqual(['1 × map[string]main.T, own 2128', '2 × main.T, own 128']);
    expect(histogram.bytes[types.name.indexOf('map[string]main.T')]).toBe(2128);
  });
});

import { describe, expect, it } from 'vitest';
import { drawHeap } from '../../test/drawing/draw-heap.ts';
import { createHeldByPools } from './held-by-pools.ts';
import { measureRetention } from './measure-retention.ts';

interface Seen {
  /** Bytes that slices show of each array, by its name's type; what is left out is seen whole. */
  readonly shows?: number;
  readonly byNumbers?: boolean;
}

/** Of all arrays of bytes: those that lie in a pool. */
function pooled(text: string, { shows, byNumbers = false }: Seen = {}) {
  const graph = drawHeap(text);
  const arrays = Array.from({ length: graph.length }, (_, node) => node).filter(
    (node) => graph.types.name[graph.type[node]!] === '[]uint8',
  );
  const cut = shows === undefined ? [] : arrays;
  return createHeldByPools(graph, measureRetention(graph), {
    length: cut.length,
    node: Int32Array.from(cut),
    isSlice: new Uint8Array(cut.length).fill(1),
    byNumbers: new Uint8Array(cut.length).fill(byNumbers ? 1 : 0),
    heldBytes: Float64Array.from(cut, (node) => graph.bytes[node]!),
    visibleBytes: Float64Array.from(cut, (node) => graph.bytes[node]!),
    visibleByLengthBytes: new Float64Array(cut.length).fill(shows ?? 0),
  })(arrays);
}

/** The runtime's list of pools leads to the same arrays as the pool's variable. */
const pool = `
  global main.buffers > local victim
  global sync.allPools > list
  list []*sync.Pool 8 > pool
  pool sync.Pool 64 > local victim
  local []sync.poolLocal 256 > a chain
  chain sync.poolChainElt 64 > values
  values []sync.eface 128 > b
  victim []sync.poolLocal 256 > c
  a bytes.Buffer 48 > arrayA
  b bytes.Buffer 48 > arrayB
  c bytes.Buffer 48 > arrayC
  arrayA []uint8 4096
  arrayB []uint8 4096
  arrayC []uint8 4096
`;

describe('what lies in a sync.Pool', () => {
  it('is held by its lists, whoever leads to the pool', () => {
    expect(pooled(pool)).toEqual({ objects: 3, bytes: 12_288, oversized: 0 });
  });

  it('is oversized when it was last used for a small part of what it holds', () => {
    expect(pooled(pool, { shows: 100 })).toMatchObject({ oversized: 3 });
    expect(pooled(pool, { shows: 2048 })).toMatchObject({ oversized: 0 });
  });

  it('says nothing of its use when it was emptied on its way back, or when only numbers tell', () => {
    expect(pooled(pool, { shows: 0 })).toMatchObject({ oversized: 0 });
    expect(pooled(pool, { shows: 100, byNumbers: true })).toMatchObject({ oversized: 0 });
  });

  it('is not what somebody uses at the moment, or keeps as well', () => {
    expect(pooled(`${pool}\n goroutine main.send\n frame main.send > a`)).toMatchObject({ objects: 2 });
    expect(pooled(`${pool}\n global main.all > slice\n slice []*bytes.Buffer 24 > a b c`)).toBeUndefined();
  });

  it('is no leak of a free list that the program keeps itself', () => {
    expect(pooled(pool.replaceAll('sync.poolLocal', 'main.poolLocal'))).toBeUndefined();
  });

  it('is told where the types are guessed, too', () => {
    expect(pooled(pool.replaceAll('[]sync.poolLocal', 'probably []sync.poolLocal'))).toMatchObject({ objects: 3 });
  });
});

import { describe, expect, it } from 'vitest';
import { type DrawnObject, drawGoMemory } from '../../test/drawing/draw-go-memory.ts';
import { takeHeapImage } from './heap-image.ts';
import { indexObjects, slotOfAddress } from './object-index.ts';
import { createScanner } from './pointer-scanner.ts';
import { createRootSetBuilder } from './root-set.ts';
import { untyped } from './type-table.ts';
import { walkGraph } from './walk-graph.ts';

const withoutTypes = {
  accept: () => untyped,
  exactOf: () => untyped,
  begin: () => {},
  targetOf: () => untyped,
  headerWords: () => 0,
};

interface Root {
  readonly to: string;
  readonly guess?: boolean;
  readonly kind?: 'global' | 'goroutine';
}

/** Walks a drawn heap and spells out who refers to whom, each reference as `from>to`, in the order of the graph. */
function walk(
  objects: Readonly<Record<string, DrawnObject>>,
  roots: readonly Root[],
  sets: { opaque?: string[]; kept?: string[] } = {},
) {
  const { target, addressOf } = drawGoMemory(objects);
  const image = takeHeapImage(target, { rehearsal: undefined, threads: () => [], progress: () => {} });
  const index = indexObjects(image);
  const builder = createRootSetBuilder();
  for (const root of roots) {
    builder.addNode({ kind: root.kind ?? 'global', name: `main.${root.to}` });
    builder.addPointer(addressOf(root.to), untyped, 0, root.guess === true);
  }
  const slots = (names: string[] = []) => new Set(names.map((name) => slotOfAddress(index, addressOf(name))));
  const scanning = createScanner(image);
  const graph = walkGraph(image, index, scanning, builder.finish(), withoutTypes, slots(sets.opaque), slots(sets.kept));
  const nameOf = (node: number): string => {
    if (node < graph.named) return ['root', ...roots.map((root) => `main.${root.to}`)][node]!;
    const start = image.spans.start[graph.span[node]!]!;
    return Object.keys(objects).find((name) => Math.abs(addressOf(name) - start) <= 8)!;
  };
  const references: string[] = [];
  for (let node = graph.named; node < graph.length; node++) {
    for (let i = graph.referenceStart[node]!; i < graph.referenceStart[node + 1]!; i++) {
      references.push(`${nameOf(node)}>${nameOf(graph.referenceTo[i]!)}`);
    }
  }
  const found = Array.from({ length: graph.length - graph.named }, (_, i) => nameOf(graph.named + i));
  const parents = Object.fromEntries(found.map((name, i) => [name, nameOf(graph.parent[graph.named + i]!)]));
  return { found, references, parents, graph, index, scanning };
}

describe('walkGraph', () => {
  it('finds what the roots reach, nearest first, and nothing else', () => {
    const objects = {
      a: { bytes: 16, words: ['b', 'c'] },
      b: { bytes: 16, words: ['d'] },
      c: { bytes: 16, words: ['d', 'a'] },
      d: { bytes: 8 },
      lost: { bytes: 16, words: ['a'] },
    };
    const { found, references, parents, index } = walk(objects, [{ to: 'a' }]);
    expect(found).toEqual(['a', 'b', 'c', 'd']);
    expect(references).toEqual(['a>b', 'a>c', 'b>d', 'c>d', 'c>a']);
    expect(parents).toEqual({ a: 'main.a', b: 'a', c: 'a', d: 'b' });
    expect(index.allocatedObjects).toBe(5);
  });

  it('keeps a whole object for a pointer into its middle', () => {
    const { found } = walk({ a: { bytes: 48, words: ['text+17'] }, text: { bytes: 64, noscan: true } }, [
      { to: 'a+40' },
    ]);
    expect(found).toEqual(['a', 'text']);
  });

  it('follows only words that the bitmap marks, and no objects without pointers', () => {
    const objects: Record<string, DrawnObject> = {
      a: { bytes: 24, words: [0xc000004000, 'b', 0xc000004000] },
      b: { bytes: 24, words: ['c', 'c'], noscan: true },
      c: { bytes: 24 },
    };
    expect(walk(objects, [{ to: 'a' }]).found).toEqual(['a', 'b']);
  });

  it('counts pointers to free memory, which there should not be; a guess may lead there', () => {
    const objects = { a: { bytes: 16, words: ['gone'] }, gone: { bytes: 32, free: true } };
    expect(walk(objects, [{ to: 'a' }]).graph).toMatchObject({ pointers: 2, toFreeSlots: 1 });
    expect(walk(objects, [{ to: 'gone', guess: true }]).graph).toMatchObject({ pointers: 0, toFreeSlots: 0 });
  });

  it('repeats the mask of a type to the end of an object with a header', () => {
    const row = { sizeBytes: 24, pointers: [1] };
    const objects = {
      rows: { bytes: 640, type: row, words: [7, 'a', 7, 7, 'b', 7, 'c', 'd'] },
      a: { bytes: 8 },
      b: { bytes: 8 },
      c: { bytes: 8 },
      d: { bytes: 8 },
    };
    expect(walk(objects, [{ to: 'rows' }]).found).toEqual(['rows', 'a', 'b', 'd']);
  });

  it('follows large objects window by window', () => {
    const words = Array.from({ length: 10_000 }, (_, i) => (i === 9_999 ? 'last' : i === 5_000 ? 'middle' : 0));
    const objects = {
      large: { bytes: 81_920, type: { sizeBytes: 8, pointers: [0] }, words },
      middle: { bytes: 8 },
      last: { bytes: 8 },
    };
    const { references } = walk(objects, [{ to: 'large' }]);
    expect(references).toEqual(['large>middle', 'large>last']);
  });

  it('takes all words for possible pointers when the type of an object is none', () => {
    const objects = {
      odd: { bytes: 640, words: ['a', 3, 'b'] },
      a: { bytes: 8 },
      b: { bytes: 8 },
    };
    // Its first word, where the header should be, points to an object: no type is there.
    const { found, scanning } = walk(objects, [{ to: 'odd' }]);
    expect(found).toEqual(['odd', 'a', 'b']);
    expect(scanning.masks.counts.bad).toBe(1);
  });

  it('does not follow lists of what has roots of its own, and keeps a g for its goroutine only', () => {
    const objects = {
      all: { bytes: 16, words: ['g'] },
      queue: { bytes: 16, words: ['g'] },
      g: { bytes: 16, words: ['held'] },
      held: { bytes: 8 },
    };
    const roots = [{ to: 'all' }, { to: 'queue' }, { to: 'g', kind: 'goroutine' as const }];
    const { references, parents } = walk(objects, roots, { opaque: ['all'], kept: ['g'] });
    expect(references).toEqual(['g>held']);
    expect(parents).toMatchObject({ g: 'main.g', held: 'g' });
  });

  it('follows a chain to its end', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 300 }, (_, i) => [`n${i}`, { bytes: 16, words: i === 299 ? [] : [`n${i + 1}`] }]),
    );
    expect(walk(chain, [{ to: 'n0' }]).references).toHaveLength(299);
  });
});

import { describe, expect, it } from 'vitest';
import { drawHeap, drawWalk } from '../../test/drawing/draw-heap.ts';
import type { HeapNames } from '../model/heap-graph.ts';
import type { PathStep, Subject } from '../model/retention.ts';
import { explainHolder } from './explain-holder.ts';
import { explainSubject } from './explain-subject.ts';
import { findSubject } from './find-subject.ts';
import { measureRetention } from './measure-retention.ts';

const service = `
  goroutine main.worker created main.start main.go:12 > s1
  global main.cache > map
  global main.list > e1
  map map[string]*main.Session 48 > s1 s2 s3
  s1 *main.Session 64
  s2 *main.Session 64 > data
  s3 *main.Session 64
  data []uint8 1000
  e1 *list.Element 48 > e2 v1
  v1 string 16
  e2 *list.Element 48 > e3
  e3 *list.Element 48 > e4
  e4 *list.Element 48 > e5
  e5 *list.Element 48 > e6
  e6 *list.Element 48 > item
  item *main.Session 64`;

const spelled = (path: readonly PathStep[]): string =>
  path
    .map(
      (step) =>
        `${step.onEveryPath === true ? '' : '?'}${step.label}${step.name}${step.again === undefined ? '' : ` (+${step.again.times})`}`,
    )
    .join(' → ');

describe('explainSubject', () => {
  const graph = drawHeap(service);
  const retention = measureRetention(graph);
  const names: HeapNames = { referenceLabel: (from) => (from < graph.named.length ? '' : '.next ') };
  const why = (text: string, ways = 5) => {
    const subject = findSubject({ graph, sampled: undefined }, retention, text);
    if (subject === undefined || subject.kind === 'groups') throw new Error(`${text} is not in the heap`);
    return explainSubject({ graph, names }, retention, subject, ways);
  };

  it('tells the ways on which objects of a type are held, and marks steps that have no way around', () => {
    const { objects, bytes, retainedBytes, ways } = why('main.Session');
    expect([objects, bytes, retainedBytes]).toEqual([4, 256, 1256]);
    expect(ways.map((way) => `${way.objects}: ${spelled(way.path)}`)).toEqual([
      '2: main.cache → map[string]*main.Session → .next *main.Session',
      '1: ?main.worker → *main.Session',
      '1: main.list → *list.Element (+5) → .next *main.Session',
    ]);
  });

  it('sums up the ways that are not shown', () => {
    expect(why('main.Session', 1).otherWays).toEqual({ ways: 2, objects: 2, bytes: 128 });
  });

  it('finds the object behind an address in its middle', () => {
    const node = graph.type.indexOf(graph.types.name.indexOf('[]uint8'));
    const address = `0x${(graph.addressOf(node) + 500).toString(16)}`;
    expect(spelled(why(address).ways[0]!.path)).toBe(
      'main.cache → map[string]*main.Session → .next *main.Session → .next []uint8',
    );
    expect(findSubject({ graph, sampled: undefined }, retention, '0x10')).toBeUndefined();
  });

  it.each<[string, Subject['kind'] | undefined]>([
    ['*main.Session', 'types'],
    ['Session', 'types'],
    ['session', 'types'],
    ['main.cache', 'groups'],
    ['main.go:12', 'groups'],
    ['nothing', undefined],
  ])('reads %s as a question about %s', (text, kind) => {
    expect(findSubject({ graph, sampled: undefined }, retention, text)?.kind).toBe(kind);
  });
});

describe('explainHolder', () => {
  const walk = drawWalk(service);
  const retention = measureRetention(walk.graph);
  const holderOf = (text: string) => {
    const subject = findSubject(walk, retention, text);
    return subject === undefined || subject.kind === 'groups' ? undefined : explainHolder(walk, retention, subject);
  };

  it('names the root, the way and what would be free without it', () => {
    expect(holderOf('[]uint8')).toEqual({
      root: 'global main.cache',
      path: ['map[string]*main.Session', '*main.Session', '[]uint8'],
      retainedBytes: 1176,
      share: 1,
      isOnly: true,
    });
  });

  it('says which share of a type is held so', () => {
    expect(holderOf('main.Session')).toMatchObject({ root: 'global main.cache', share: 0.5 });
  });

  it('knows when nobody alone holds it', () => {
    const shared = drawWalk('global main.a > x\nglobal main.b > x\nx X 100');
    const subject = { kind: 'types', types: [0], names: ['X'] } as const;
    expect(explainHolder(shared, measureRetention(shared.graph), subject)).toEqual({
      root: 'global main.a',
      path: ['X'],
      retainedBytes: 100,
      share: 1,
      isOnly: false,
    });
  });
});

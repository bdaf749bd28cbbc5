import { describe, expect, it } from 'vitest';
import { drawWalk } from '../../test/drawing/draw-heap.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { createStackTableBuilder, noStack } from '../model/stacks.ts';
import { allocationSitesOf } from './allocation-sites.ts';
import { explainSubject } from './explain-subject.ts';
import { findSubject } from './find-subject.ts';
import { measureRetention } from './measure-retention.ts';

/** Three sampled objects: two bodies made by bytes.Repeat under main.render, and a session of main.login. */
function sampledWalk(): HeapWalk {
  const walk = drawWalk(`
    global main.cache > s
    global main.pending > b2
    s main.Session 64 > b1
    b1 []uint8 1000
    b2 []uint8 1000`);
  const stacks = createStackTableBuilder();
  const main = stacks.internStack(noStack, stacks.internFrame('main.main', '/src/main.go', 9));
  const render = stacks.internStack(main, stacks.internFrame('main.render', '/src/main.go', 37));
  const repeat = stacks.internStack(render, stacks.internFrame('bytes.Repeat', '/go/src/bytes/bytes.go', 5));
  const login = stacks.internStack(main, stacks.internFrame('main.login', '/src/main.go', 50));
  const node = (type: string, nth: number): number => {
    const row = walk.graph.types.name.indexOf(type);
    return [...walk.graph.type.keys()].filter((one) => walk.graph.type[one] === row)[nth]!;
  };
  return {
    ...walk,
    sampled: {
      length: 3,
      node: Int32Array.from([node('[]uint8', 0), node('[]uint8', 1), node('main.Session', 0)]),
      stack: Int32Array.from([repeat, repeat, login]),
      stacks: stacks.finish(),
    },
  };
}

describe('allocationSitesOf', () => {
  it('blames the line of the program, not the library that it called', () => {
    const walk = sampledWalk();
    const { types } = measureRetention(walk.graph);
    const sites = allocationSitesOf(walk, types);
    expect(sites.get(types.name.indexOf('[]uint8'))).toEqual([
      { frame: { functionName: 'main.render', file: '/src/main.go', line: 37 }, samples: 2 },
    ]);
  });
});

describe('explainSubject of an allocation site', () => {
  it.each(['main.go:37', 'main.render', 'bytes.Repeat'])('tells who holds what %s allocated', (site) => {
    const walk = sampledWalk();
    const retention = measureRetention(walk.graph);
    const subject = findSubject(walk, retention, site);
    if (subject?.kind !== 'objects') throw new Error(`${site} is not taken for a site`);
    const { objects, retainedBytes, ways } = explainSubject(walk, retention, subject, 5);
    expect([objects, retainedBytes]).toEqual([2, 2000]);
    expect(ways.map((way) => way.path.map((step) => step.name).join(' → ')).sort()).toEqual([
      'main.cache → main.Session → []uint8',
      'main.pending → []uint8',
    ]);
  });

  it('counts once what is inside of another', () => {
    const walk = sampledWalk();
    const retention = measureRetention(walk.graph);
    const subject = findSubject(walk, retention, 'main.main');
    if (subject?.kind !== 'objects') throw new Error('main.main is not taken for a site');
    expect(explainSubject(walk, retention, subject, 5).retainedBytes).toBe(2064);
  });
});

import { Profile } from 'pprof-format';
import { expect, it } from 'vitest';
import { drawWalk } from '../../test/drawing/draw-heap.ts';
import { findWays } from '../retention/find-ways.ts';
import { foldWays } from '../retention/fold-tree.ts';
import { measureRetention } from '../retention/measure-retention.ts';
import { encodeHeapProfile } from './heap-profile.ts';

it('writes the ways to objects as stacks, roots outermost', () => {
  const walk = {
    ...drawWalk(`
      goroutine main.worker created main.start /src/main.go:12 > job
      global main.cache > map
      map map[string]*main.Session 48 > s1 s2
      s1 main.Session 64
      s2 main.Session 64
      job main.Job 16`),
    names: { referenceLabel: (from: number) => (from < 3 ? '' : '[17]') },
  };
  const retention = measureRetention(walk.graph);
  const ways = findWays(walk.graph, retention.tree.groups);
  const paths = foldWays(walk.graph, retention.tree.groups, retention.types, ways);
  const profile = Profile.decode(encodeHeapProfile(walk, retention, paths, ways.parent, 'by leakline'));
  const { strings } = profile.stringTable;
  const name = (id: number | bigint): string => {
    const location = profile.location.find((one) => one.id === id)!;
    return strings[Number(profile.function.find((one) => one.id === location.line[0]!.functionId)!.name)]!;
  };
  expect(
    profile.sample.map((sample) => `${sample.locationId.map(name).join(' < ')}: ${sample.value.join(', ')}`),
  ).toEqual([
    'main.Job < goroutine main.worker: 1, 16',
    'map[string]*main.Session < global main.cache: 1, 48',
    '[…] main.Session < map[string]*main.Session < global main.cache: 2, 128',
  ]);
  expect(strings).toContain('/src/main.go');
});

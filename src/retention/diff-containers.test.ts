import { describe, expect, it } from 'vitest';
import type { ContainerFact } from '../model/heap-containers.ts';
import { diffContainers } from './diff-containers.ts';

const fact = (more: Partial<ContainerFact>): ContainerFact => ({
  kind: 'map',
  node: 5,
  address: 0xc000,
  typeName: 'map[string]*main.Session',
  entries: 100,
  capacity: 128,
  retainedBytes: 1000,
  ownBytes: 100,
  root: 'global main.cache',
  name: 'global main.cache',
  ...more,
});
const jobs = { kind: 'slice', typeName: '[]*main.Job', root: 'global main.jobs', name: 'global main.jobs' } as const;

describe('diffContainers', () => {
  it('says entries and bytes a second of the container at the same place', () => {
    const [growth] = diffContainers([fact({})], [fact({ entries: 150, retainedBytes: 3000 })], 10);
    expect([growth?.entriesPerSecond, growth?.retainedBytesPerSecond]).toEqual([5, 200]);
  });

  it('follows a slice to its new array by name, but a map never', () => {
    const moved = diffContainers([fact(jobs)], [fact({ ...jobs, address: 0xd000, entries: 200 })], 10);
    expect(moved.map((one) => one.entriesPerSecond)).toEqual([10]);
    expect(diffContainers([fact({})], [fact({ address: 0xd000 })], 10)).toEqual([]);
  });

  it('says nothing when several slices have one name, or when another root uses the place', () => {
    const twice = [fact({ ...jobs, address: 1 }), fact({ ...jobs, address: 2 })];
    expect(diffContainers(twice, [fact({ ...jobs, address: 3 })], 10)).toEqual([]);
    expect(diffContainers([fact({})], [fact({ root: 'global main.other' })], 10)).toEqual([]);
  });
});

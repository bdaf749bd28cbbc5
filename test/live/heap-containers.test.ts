// Containers of real Go programs: entries as the program made them, with both implementations of maps.
import { afterAll, describe, expect, it } from 'vitest';
import { walkProcess } from '../../src/capture/heap/walk-process.ts';
import { containersOf } from '../../src/retention/containers-of.ts';
import { measureRetention } from '../../src/retention/measure-retention.ts';
import { createHeapBuilds, hasGo } from './heap-programs.ts';

const mayTrace = process.platform === 'linux' && process.arch === 'x64' && process.geteuid?.() === 0;

describe.skipIf(!mayTrace || !hasGo)('containers of a live process (needs Linux on amd64, root and Go)', () => {
  const builds = createHeapBuilds();
  afterAll(() => builds.cleanUp());

  it.each([
    ['with tables', {}],
    ['with buckets', { GOTOOLCHAIN: 'go1.23.4' }],
  ])('counts entries and names containers: maps %s', async (name, env) => {
    const program = await builds.start(builds.build('containers', name.replace(' ', '-'), [], env));
    const walk = await walkProcess(program.pid, { maxPauseMs: 20_000 });
    const facts = containersOf(walk, measureRetention(walk.graph));
    const found = facts
      .filter(({ root }) => /^global main\./.test(root))
      .map((fact) => `${fact.kind} ${fact.name}: ${fact.entries}`);
    // Before 1.24 a sync.Map is two ordinary maps.
    const users = name === 'with buckets' ? 'map global main.users .dirty: 1000' : 'sync-map global main.users: 1000';
    expect(found.slice(0, 6)).toEqual([
      'map global main.main1 .sessions: 5000',
      'slice global main.jobs: 2000',
      users,
      'list global main.order: 300',
      'chan global main.main1 .queue: 300',
      'map global main.main1 .byName: 6',
    ]);
  });
});

// Heap walks of one program built by each Go version that this machine has in its module cache, with debug information and
// stripped: the tables of goheap/layouts against the runtimes that they are of.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { walkProcess } from '../../src/capture/heap/walk-process.ts';
import { createHeapBuilds, hasGo } from './heap-programs.ts';

const mayTrace = process.platform === 'linux' && process.arch === 'x64' && process.geteuid?.() === 0;

interface Toolchain {
  readonly minor: number;
  readonly patch: number;
  readonly root: string;
}

/** The newest patch of each version from 1.20 on; 1.19 where a distribution installed it. */
function toolchains(): readonly Toolchain[] {
  if (!hasGo) return [];
  const cache = path.join(execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim(), 'golang.org');
  const names = existsSync(cache) ? readdirSync(cache) : [];
  const newest = new Map<number, Toolchain>();
  for (const name of names) {
    const match = /^toolchain@v0\.0\.1-go1\.(\d+)(?:\.(\d+))?\.linux-amd64$/.exec(name);
    if (match === null || Number(match[1]) < 20) continue;
    const one = { minor: Number(match[1]), patch: Number(match[2] ?? 0), root: path.join(cache, name) };
    if (one.patch >= (newest.get(one.minor)?.patch ?? 0)) newest.set(one.minor, one);
  }
  const old = '/usr/lib/go-1.19';
  if (existsSync(path.join(old, 'bin/go'))) newest.set(19, { minor: 19, patch: 0, root: old });
  return [...newest.values()].sort((a, b) => a.minor - b.minor);
}

const found = toolchains();

describe.skipIf(!mayTrace || found.length === 0)(
  'walks by Go version (needs root and toolchains in the module cache)',
  () => {
    const builds = createHeapBuilds();
    afterAll(() => builds.cleanUp());

    // A walk may meet the runtime while it grows its own tables; it then says that its self-checks fail, and is taken again.
    it.each(found)('go1.$minor', { retry: 2 }, async ({ minor, root }) => {
      const env = { GOROOT: root, GOTOOLCHAIN: 'local', PATH: `${path.join(root, 'bin')}:${process.env['PATH']}` };
      for (const [name, flags, symbols] of [
        ['debug', [], 'dwarf'],
        ['stripped', ['-ldflags=-s -w'], 'stripped'],
      ] as const) {
        const program = await builds.start(builds.build('graph', `${name}-${minor}`, flags, env));
        const walk = await walkProcess(program.pid, { maxPauseMs: 20_000 });
        expect(walk).toMatchObject({ symbols, goVersion: expect.stringMatching(`^go1\\.${minor}(\\.|$)`) });
        expect(walk.selfChecks.filter((check) => !check.ok)).toEqual([]);
        // What the program makes to print its counts comes on top of them.
        expect(walk.objects.reachable - program.counts.objects).toBeGreaterThanOrEqual(0);
        expect(walk.objects.reachable - program.counts.objects).toBeLessThan(40 + program.counts.objects / 10_000);
        if (symbols === 'dwarf') expect(walk.typedShare).toBeGreaterThan(0.93);
        await program.stop();
      }
    });
  },
);

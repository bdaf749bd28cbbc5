// Heap walks of core files: those of gcore and those that the kernel writes.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { walkCore } from '../../src/capture/heap/walk-core.ts';
import type { HeapWalk } from '../../src/model/heap-graph.ts';
import { createHeapBuilds, type HeapProgram, hasGo, startProgram } from './heap-programs.ts';

const isLinux = process.platform === 'linux' && process.arch === 'x64';
const hasGcore = isLinux && spawnSync('which', ['gcore']).status === 0 && process.geteuid?.() === 0;
const corePattern = isLinux ? readFileSync('/proc/sys/kernel/core_pattern', 'utf8').trim() : '';

function expectExact(walk: HeapWalk, { counts }: HeapProgram): void {
  expect(walk.selfChecks.filter((check) => !check.ok)).toEqual([]);
  expect(walk.objects.reachable).toBeGreaterThanOrEqual(counts.objects);
  expect(walk.objects.reachable).toBeLessThanOrEqual(counts.objects * 1.0001 + 40);
  expect(walk).toMatchObject({ stopped: 'core', pauseMs: 0, goVersion: counts.version });
}

describe.skipIf(!isLinux || !hasGo)('walking cores (needs Linux on amd64 and Go)', () => {
  const builds = createHeapBuilds();
  const binaries = { plain: '', pie: '', stripped: '' };
  beforeAll(() => {
    binaries.plain = builds.build('graph', 'plain');
    binaries.pie = builds.build('graph', 'pie', ['-buildmode=pie']);
    binaries.stripped = builds.build('graph', 'stripped', ['-ldflags=-s -w']);
  });
  afterAll(() => builds.cleanUp());

  const gcore = (pid: number): string => {
    execFileSync('gcore', ['-o', path.join(builds.directory, 'core'), String(pid)], { stdio: 'ignore' });
    return path.join(builds.directory, `core.${pid}`);
  };

  describe.skipIf(!hasGcore)('from gcore (needs gdb and root)', () => {
    it.each(['plain', 'pie', 'stripped'] as const)('finds exactly what the runtime counts: %s', async (kind) => {
      const program = await builds.start(binaries[kind]);
      expectExact(await walkCore(binaries[kind], gcore(program.pid)), program);
    });

    it('finds the executable by itself, and refuses another one, a core that was cut and one that leaves out too much', async () => {
      const program = await builds.start(binaries.plain);
      const core = gcore(program.pid);
      expectExact(await walkCore(undefined, core), program);
      await expect(walkCore(binaries.stripped, core)).resolves.toMatchObject({ symbols: 'stripped' });
      const other = builds.build('graph', 'other', ['-gcflags=-N -l']);
      await expect(walkCore(other, core)).rejects.toMatchObject({ code: 'E-HEAP-WRONG-EXE' });
      truncateSync(core, 1_000_000);
      await expect(walkCore(binaries.plain, core)).rejects.toMatchObject({ code: 'E-DECODE' });
      writeFileSync(`/proc/${program.pid}/coredump_filter`, '0');
      await expect(walkCore(binaries.plain, gcore(program.pid))).rejects.toMatchObject({ code: 'E-HEAP-LEFT-OUT' });
    });
  });

  it.skipIf(!/^core(\.%p)?$/.test(corePattern))(
    'reads what the kernel writes (needs the core pattern "core")',
    async () => {
      const script = 'ulimit -c unlimited; exec "$0"';
      const program = await startProgram('sh', ['-c', script, binaries.plain], {
        cwd: builds.directory,
        env: { ...process.env, GOTRACEBACK: 'crash' },
      });
      const before = new Set(readdirSync(builds.directory));
      process.kill(program.pid, 'SIGABRT');
      await program.ended;
      const core = readdirSync(builds.directory).find((name) => name.startsWith('core') && !before.has(name));
      expect(core).toBeDefined();
      const file = path.join(builds.directory, core!);
      expect(existsSync(file)).toBe(true);
      expectExact(await walkCore(binaries.plain, file), program);
    },
  );
});

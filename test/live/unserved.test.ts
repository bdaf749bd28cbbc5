// A process without any pprof endpoint, diagnosed from its memory: the same verdict, line and holder.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { repository, runCommand } from '../run-command.ts';

const hasGo = spawnSync('go', ['version']).status === 0;
const folder = path.join(repository, 'testdata/heap/unserved');

describe.skipIf(!hasGo || process.platform !== 'linux')('a process that serves no pprof (needs Linux and Go)', () => {
  let scratch = '';
  let child: ChildProcess | undefined;
  beforeAll(async () => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-unserved-'));
    const binary = path.join(scratch, 'unserved');
    const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], { cwd: folder, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    child = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child!.stdout!.once('data', resolve));
  });
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  });

  it('is told to leak, by line, with who holds it', async () => {
    const { stdout, stderr, code } = await runCommand([
      'diagnose',
      String(child!.pid),
      '--for',
      '25s',
      '--format',
      'json',
    ]);
    expect(code, stderr).toBe(1);
    const report = JSON.parse(stdout) as Report;
    expect(report.verdict).toBe('leak');
    const told = report.findings.map(({ rule, site }) => `${rule} ${path.basename(site.file)}:${site.line}`);
    expect(told).toContain('hanging-goroutine main.go:26');
    const map = report.findings.find(({ rule }) => rule === 'unbounded-map');
    expect(map?.sites.map(({ role, line }) => `${role} ${line}`)).toContain('retains 22');
    expect(map?.holder?.path.join(' ')).toContain('.open map[int]*main.order');
    expect(report.warnings.join('\n')).toMatch(/listens on no TCP port: its memory was read instead/);
    expect(report.cost).toMatchObject({ requests: 0, forcedGcs: 0 });
  });
});

// A process without any pprof endpoint, diagnosed from its memory: the same verdict, line and holder.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { repository, runCommand } from '../run-command.ts';

const hasGo = spawnSync('go', ['version']).status === 0;

describe.skipIf(!hasGo || process.platform !== 'linux')('a process that serves no pprof (needs Linux and Go)', () => {
  let scratch = '';
  const children: ChildProcess[] = [];
  beforeAll(() => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-unserved-'));
  });
  afterAll(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  });

  async function diagnose(program: string, args: readonly string[]) {
    const binary = path.join(scratch, program);
    const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
      cwd: path.join(repository, 'testdata/heap', program),
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const { stdout, stderr, code } = await runCommand([
      'diagnose',
      String(child.pid),
      '--for',
      '25s',
      '--format',
      'json',
    ]);
    child.kill('SIGKILL');
    return { report: JSON.parse(stdout) as Report, stderr, code };
  }

  it('is told to leak, by line, with who holds it', async () => {
    const { report, stderr, code } = await diagnose('unserved', []);
    expect(code, stderr).toBe(1);
    expect(report.verdict).toBe('leak');
    const told = report.findings.map(({ rule, site }) => `${rule} ${path.basename(site.file)}:${site.line}`);
    expect(told).toContain('hanging-goroutine main.go:26');
    const map = report.findings.find(({ rule }) => rule === 'unbounded-map');
    expect(map?.sites.map(({ role, line }) => `${role} ${line}`)).toContain('retains 22');
    expect(map?.holder?.path.join(' ')).toContain('.open map[int]*main.order');
    expect(report.warnings.join('\n')).toMatch(/listens on no TCP port: its memory was read instead/);
    expect(report.cost).toMatchObject({ requests: 0, forcedGcs: 0 });
  });

  it('names who holds what grows, though no profile knows the line, and calls it no leak yet', async () => {
    const { report, code } = await diagnose('unprofiled', []);
    expect(report.verdict).toBe('inconclusive');
    expect(code).toBe(3);
    const [finding] = report.findings;
    expect(finding).toMatchObject({ rule: 'unknown-retention', holder: { root: 'global main.counter' } });
    expect(finding!.holder!.path.join(' ')).toContain('.open map[int]*main.order');
    expect(report.inconclusive.map(({ why }) => why).join()).toContain('the live heap grows by walks of it');
    expect(report.warnings.join('\n')).toMatch(/no heap profile: the linker turned memory profiling off/);
  });

  it('blames nobody for a heap that stands still', async () => {
    const { report } = await diagnose('unprofiled', ['finish']);
    expect(report.findings).toEqual([]);
    expect(report.verdict).not.toBe('leak');
  });
});

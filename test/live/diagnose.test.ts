// The whole road on real processes: programs of the zoo are built, run and diagnosed by the built CLI, as a user would.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
// @ts-expect-error: a script without types
import { judge, zooPrograms } from '../../scripts/zoo-programs.mjs';
import type { Report } from '../../src/report/report.ts';
import { repository } from '../run-command.ts';

const hasGo = spawnSync('go', ['version']).status === 0;
const isLinux = process.platform === 'linux';
const reason = hasGo ? 'needs Linux' : 'needs a Go toolchain (apt-get install golang-go)';

interface Program {
  readonly rule: string;
  readonly variant: string;
  readonly folder: string;
}

/** The live subset: one of each kind of evidence. `npm run zoo` runs them all. */
const subset = [
  'unbounded-map/leaky',
  'hanging-goroutine/leaky',
  'context-not-cancelled/leaky',
  'response-body-not-closed/leaky',
  'timer-long-lived/leaky',
  'unbounded-map/healthy',
  'hanging-goroutine/lookalike',
  'response-body-not-closed/healthy',
];

let scratch = '';
const running = new Set<ChildProcess>();

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-live-'));
  const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
});
afterAll(() => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});

function programOf(name: string): Program {
  const program = (zooPrograms() as Program[]).find(({ rule, variant }) => `${rule}/${variant}` === name);
  if (program === undefined) throw new Error(`no program ${name}`);
  return program;
}

function build(program: Program): string {
  const binary = path.join(scratch, `${program.rule}-${program.variant}`);
  const args = ['build', '-buildvcs=false', '-o', binary, '.'];
  const built = spawnSync('go', args, { cwd: program.folder, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
  return binary;
}

async function start(program: Program): Promise<{ url: string; pid: number; stop: () => void }> {
  const child = spawn(build(program), [], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(/listening (\S+)/.exec(chunk.toString())?.[1] ?? ''));
    child.once('exit', () => reject(new Error('the program ended at once')));
  });
  child.stdout.resume();
  return { url, pid: child.pid!, stop: () => child.kill('SIGKILL') };
}

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function leakline(args: readonly string[], interruptAfterMs?: number): Promise<Run> {
  const child = spawn(process.execPath, ['dist/cli.js', ...args], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (interruptAfterMs !== undefined) setTimeout(() => child.kill('SIGINT'), interruptAfterMs);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
}

describe.skipIf(!hasGo || !isLinux)(
  `diagnosing live programs${hasGo && isLinux ? '' : ` (skipped: ${reason})`}`,
  () => {
    it.each(subset)('%s', async (name) => {
      const program = programOf(name);
      const service = await start(program);
      try {
        const { stdout, stderr } = await leakline([String(service.pid), '--for', '20s', '--format', 'json']);
        const result = judge(program, JSON.parse(stdout || '{}')) as {
          ok: boolean;
          note: string;
          verdict: string;
          top?: string;
        };
        expect(result.ok, `${result.verdict} ${result.top ?? ''} ${result.note} ${stderr}`).toBe(true);
      } finally {
        service.stop();
      }
    });

    it('gives the same report from the case file as from the process it was captured from', async () => {
      const service = await start(programOf('unbounded-slice/leaky'));
      const file = path.join(scratch, 'x.leakline');
      const captured = await leakline(['capture', service.url, '--for', '12s', '-o', file]);
      service.stop();
      expect(captured.code, captured.stderr).toBe(0);
      const first = await leakline([file, '--format', 'json']);
      const elsewhere = await leakline([file, '--format', 'json', '--no-source']);
      expect(first.code).toBe(1);
      const report = JSON.parse(first.stdout) as Report;
      expect(report.findings[0]).toMatchObject({ rule: 'unbounded-slice' });
      // Twelve seconds without the source that shows the keeper: the same suspect, and no verdict.
      const blind = JSON.parse(elsewhere.stdout) as Report;
      expect(blind.verdict).not.toBe('clear');
      expect(blind.findings[0]?.site).toMatchObject({
        file: report.findings[0]!.sites.find((s) => s.role === 'allocates')!.file,
      });
    });

    it('starts a command, diagnoses it and stops it', async () => {
      const binary = build(programOf('unbounded-map/leaky'));
      const { code, stdout, stderr } = await leakline(['--for', '12s', '--format', 'json', '--', binary]);
      expect(code, stderr).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ verdict: 'leak', target: { kind: 'command' } });
      expect(stderr).toContain('listening');
    });

    it('reports on what it has when it is interrupted', async () => {
      const service = await start(programOf('unbounded-map/leaky'));
      const { code, stdout, stderr } = await leakline([service.url, '--for', '10m', '--every', '500ms'], 9000);
      service.stop();
      expect(stderr).toContain('ending the capture');
      expect(code).toBe(1);
      expect(stdout).toMatch(/^ LEAK /);
      expect(stdout).toContain('ended early by the user');
    });

    it('forces no collection and stops nothing when gentle, and says what it cost', async () => {
      const service = await start(programOf('unbounded-map/leaky'));
      const { stdout } = await leakline([service.url, '--for', '6s', '--gentle', '--format', 'json']);
      service.stop();
      expect(JSON.parse(stdout)).toMatchObject({ cost: { forcedGcs: 0 } });
    });

    it('ends with a message and exit code 2 when nothing can be captured', async () => {
      const dead = await leakline([':9', '--for', '1s']);
      expect(dead.code).toBe(2);
      expect(dead.stderr).toMatch(/\[E-CAPTURE-REFUSED\]/);
      const nobody = await leakline(['999999999', '--for', '1s']);
      expect(nobody.code).toBe(2);
      expect(nobody.stderr).toMatch(/999999999/);
      const flag = await leakline(['--frobnicate']);
      expect(flag.code).toBe(2);
    });

    it('reads a stripped binary through its endpoint', async () => {
      const program = programOf('unbounded-map/leaky');
      const binary = path.join(scratch, 'stripped');
      spawnSync('go', ['build', '-buildvcs=false', '-ldflags=-s -w', '-o', binary, '.'], { cwd: program.folder });
      const { stdout } = await leakline(['--for', '12s', '--format', 'json', '--', binary]);
      expect(JSON.parse(stdout).findings[0]).toMatchObject({ rule: 'unbounded-map' });
      expect(readFileSync(binary).includes('.debug_info')).toBe(false);
    });
  },
);

// The operating system's side through the main command: programs of the zoo that leak outside the Go heap, or only look like
// it, are watched by the built CLI. Each has a C library of its own (a copy), so that breakpoints of an older bpftrace stop no
// other process of this machine, and every allocation can be traced.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { repository } from '../run-command.ts';

const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
const canBuild = process.platform === 'linux' && has('go') && has('gcc');
const mayTrace =
  canBuild &&
  process.geteuid?.() === 0 &&
  has('bpftrace') &&
  spawnSync('timeout', ['20', 'bpftrace', '-e', 'BEGIN { printf("allowed"); exit(); }']).stdout.includes('allowed');
const cLibrary = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/libc.so.6'].find((file) => existsSync(file));

describe.skipIf(!canBuild)('memory outside the Go heap, live (needs Linux, Go and gcc)', () => {
  const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-process-'));
  const running = new Set<ChildProcess>();

  beforeAll(() => {
    const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
    if (built.status !== 0) throw new Error(built.stderr);
    mkdirSync(path.join(scratch, 'lib'));
    if (cLibrary !== undefined) copyFileSync(cLibrary, path.join(scratch, 'lib', 'libc.so.6'));
  });
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running.clear();
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  async function start(program: string): Promise<number> {
    const binary = path.join(scratch, program.replace('/', '-'));
    const built = spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
      cwd: path.join(repository, 'testdata/programs', program),
      env: { ...process.env, CGO_ENABLED: '1' },
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const child = spawn(binary, [], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, LD_LIBRARY_PATH: path.join(scratch, 'lib') },
    });
    running.add(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', () => reject(new Error('the program ended at once')));
    });
    child.stdout.resume();
    return child.pid!;
  }

  function leakline(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const child = spawn(process.execPath, ['dist/cli.js', ...args], {
      cwd: repository,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
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

  const reportOf = (text: string): Report => {
    const report = JSON.parse(text) as Report;
    const schema = JSON.parse(
      readFileSync(path.join(repository, 'docs/schemas/leakline.report-1.schema.json'), 'utf8'),
    ) as object;
    const validate = new Ajv2020({ allErrors: true, strict: false, validateFormats: false }).compile(schema);
    expect(validate(report) ? [] : validate.errors).toEqual([]);
    return report;
  };

  /** The line of the mark in the program's source. */
  const marked = (program: string): number =>
    readFileSync(path.join(repository, 'testdata/programs', program, 'main.go'), 'utf8')
      .split('\n')
      .findIndex((text) => /\/\/leak:/.test(text)) + 1;

  it.skipIf(!mayTrace)(
    'traces by itself when C memory grows, names the Go line, and a case file says the same (needs root and bpftrace)',
    async () => {
      const pid = await start('cgo-malloc/leaky');
      const file = path.join(scratch, 'native.leakline');
      const captured = await leakline(['capture', String(pid), '--for', '14s', '-o', file]);
      expect(captured.stderr).toContain('memory outside the Go heap grows: tracing');
      const { code, stdout } = await leakline([file, '--format', 'json']);
      expect(code).toBe(1);
      const report = reportOf(stdout);
      expect(report.findings[0]).toMatchObject({
        rule: 'cgo-malloc',
        kind: 'native',
        certainty: 'strong',
        permanence: 'permanent',
        site: { function: 'main.thumbnail', line: marked('cgo-malloc/leaky') },
      });
      expect(report.findings[0]!.title).toContain('picture_decode');
      const malloc = report.ledger!.items.find((item) => item.class === 'malloc')!;
      expect(malloc.shape).toBe('growing');
      // The trace and the kernel's sizes measure the same memory.
      const { bytesPerSecond } = report.findings[0]!.growth;
      expect(bytesPerSecond / malloc.growthBytesPerSecond!).toBeGreaterThan(0.7);
      expect(bytesPerSecond / malloc.growthBytesPerSecond!).toBeLessThan(1.4);
      const text = await leakline([file]);
      expect(text.stdout).toMatch(/malloc \(C\) .*█/);
    },
  );

  it('says what grows, how much, and what would name the line, when it is not to trace', async () => {
    const pid = await start('cgo-cstring/leaky');
    const { code, stdout } = await leakline([String(pid), '--for', '12s', '--no-native', '--format', 'json']);
    const report = reportOf(stdout);
    expect([code, report.verdict]).toEqual([1, 'leak']);
    expect(report.findings[0]).toMatchObject({ kind: 'native', rule: 'cgo-malloc', certainty: 'likely' });
    expect(report.findings[0]!.evidence.find((item) => item.kind === 'missing')).toMatchObject({
      wouldSettle: `sudo leakline native ${pid} --for 60s`,
    });
  });

  it('acquits a C cache that fills up, and a mapped file that is read', async () => {
    for (const [program, rule] of [
      ['cgo-malloc/lookalike', 'malloc-arenas'],
      ['file-mapping/lookalike', 'page-cache'],
    ] as const) {
      const pid = await start(program);
      const { code, stdout } = await leakline([String(pid), '--for', '20s', '--format', 'json']);
      const report = reportOf(stdout);
      // The Go heap creeps by 2 KiB with each capture of a watch, which may leave it an open question; C memory leaves none.
      const open = report.inconclusive.filter((one) => one.rule.startsWith('total-')).map((one) => one.rule);
      expect([program, code, report.findings]).toEqual([program, open.length === 0 ? 0 : 3, []]);
      expect(open.filter((one) => one !== 'total-heap')).toEqual([]);
      expect(report.clear.find((one) => one.rule === rule)).toMatchObject({ examined: 1 });
    }
  });

  it('watches a program that is not Go’s and serves no pprof, and says what it cannot know', async () => {
    const source = path.join(scratch, 'hold.c');
    writeFileSync(
      source,
      '#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n#include <stdio.h>\nint main(void) { puts("ready"); fflush(stdout); for (;;) { memset(malloc(20000), 1, 20000); usleep(5000); } }\n',
    );
    const binary = path.join(scratch, 'hold');
    expect(spawnSync('gcc', ['-O1', '-o', binary, source]).status).toBe(0);
    const child = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
    running.add(child);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const { code, stdout } = await leakline([String(child.pid), '--for', '12s', '--no-native', '--format', 'json']);
    const report = reportOf(stdout);
    expect([code, report.findings[0]?.kind]).toEqual([1, 'native']);
    expect(report.inconclusive[0]).toMatchObject({
      rule: 'total-evidence',
      why: expect.stringContaining('no Go program'),
    });
    const idle = spawn('sleep', ['1000'], { stdio: 'ignore' });
    running.add(idle);
    const calm = await leakline([String(idle.pid), '--for', '3s', '--format', 'json']);
    expect([calm.code, reportOf(calm.stdout).verdict]).toEqual([3, 'inconclusive']);
  });
});

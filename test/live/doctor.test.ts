// The doctor on this machine and on real processes.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorResult } from '../../src/cli/doctor/compose-doctor.ts';
import { repository, runCommand } from '../run-command.ts';
import { hasGo } from './capture-go-server.ts';
import { createProcesses } from './start-process.ts';

const isLinux = process.platform === 'linux';
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.doctor-1.schema.json'), 'utf8')),
);

async function doctorOf(...words: string[]): Promise<DoctorResult> {
  const { code, stdout } = await runCommand(['doctor', ...words, '--format', 'json'], {
    env: { PATH: process.env['PATH'] },
  });
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as DoctorResult;
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  return result;
}

const stateOf = (result: DoctorResult, id: string): string | undefined =>
  result.checks.find((check) => check.id === id)?.state;
const foundOf = (result: DoctorResult, id: string): string | undefined =>
  result.checks.find((check) => check.id === id)?.found;

describe('the doctor', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-doctor-'));
  const { start, stopAll } = createProcesses(directory);
  afterEach(stopAll);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('says of this machine what is there, and of the rest how to get it', async () => {
    const { checks, target } = await doctorOf();
    expect(target).toBeUndefined();
    expect(new Set(checks.map((check) => check.id)).size).toBe(checks.length);
    const { stdout } = await runCommand(['doctor'], { env: { PATH: process.env['PATH'] } });
    expect(stdout).toMatch(/^Works as it is: /);
    expect(stdout).toContain('This machine');
  });

  it('finds no tool where there is none', async () => {
    const { code, stdout } = await runCommand(['doctor', '--format', 'json'], { env: { PATH: '/nonexistent' } });
    expect(code).toBe(0);
    expect(stateOf(JSON.parse(stdout) as DoctorResult, 'bpftrace')).toBe(isLinux ? 'missing' : undefined);
  });

  it.skipIf(!isLinux)('does not wait for programs that hang (skipped without /proc)', async () => {
    const bin = path.join(directory, 'bin');
    mkdirSync(bin);
    // Its child holds the output open when the program itself is long killed.
    for (const name of ['docker', 'kubectl', 'journalctl'])
      writeFileSync(path.join(bin, name), '#!/bin/sh\n/bin/sleep 60\n', { mode: 0o755 });
    const before = process.env['PATH'];
    process.env['PATH'] = `${bin}:${before}`;
    try {
      const result = await doctorOf();
      for (const name of ['docker', 'kubectl', 'journal'])
        expect([stateOf(result, name), foundOf(result, name)], name).toEqual([
          'unknown',
          expect.stringContaining('gives no answer in'),
        ]);
    } finally {
      process.env['PATH'] = before;
    }
  });

  describe.skipIf(!hasGo || !isLinux)('of a Go service (skipped without go and /proc)', () => {
    const binary = path.join(directory, 'ledger');
    const stripped = path.join(directory, 'stripped');
    beforeAll(() => {
      for (const [output, flags] of [
        [binary, []],
        [stripped, ['-ldflags=-s -w']],
      ] as const)
        execFileSync('go', ['build', '-o', output, ...flags, '.'], {
          cwd: path.join(repository, 'testdata/ledger'),
          env: { ...process.env, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
          stdio: ['ignore', 'inherit', 'inherit'],
        });
    });

    it('tells its version, symbols, source and what its pprof offers', async () => {
      const pid = await start(binary, ['heap']);
      const result = await doctorOf(String(pid));
      for (const id of [
        'process',
        'smaps',
        'go-version',
        'debug-info',
        'memory-profile',
        'source',
        'pprof',
        'collections',
      ])
        expect(stateOf(result, id), id).toBe('ok');
      expect(foundOf(result, 'cgo')).toContain('pure Go');
      expect(foundOf(result, 'pprof')).toMatch(/\/debug\/pprof\/: .*goroutine, .*heap/);
      expect(result.can).toContain('the ledger');
      const url = /http:\/\/\S+?(?=\/debug)/.exec(foundOf(result, 'pprof')!)![0];
      expect((await doctorOf(url)).target?.pid).toBe(pid);
    });

    it('tells what a stripped service without pprof lacks', async () => {
      const result = await doctorOf(String(await start(stripped, ['none', 'silent'])));
      expect(foundOf(result, 'debug-info')).toContain('stripped');
      expect(foundOf(result, 'source')).toContain('testdata/ledger/main.go');
      expect(stateOf(result, 'pprof')).toBe('missing');
      expect(result.checks.find((check) => check.id === 'pprof')?.how[0]?.command).toContain('net/http/pprof');
    });
  });

  it.skipIf(!isLinux)('says of a Node process that it is not known to be Go (skipped without /proc)', async () => {
    const pid = await start(process.execPath, ['-e', 'console.log("ready"); setTimeout(() => {}, 1e8)']);
    const result = await doctorOf(String(pid));
    expect(stateOf(result, 'go-version')).toBe('unknown');
    expect(stateOf(result, 'smaps')).toBe('ok');
    expect(result.can).not.toContain('the heap walk');
  });

  it('does not wait for ever for an endpoint that takes the connection and is silent', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket.on('error', () => {})));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const result = await doctorOf(`http://127.0.0.1:${port}`);
      expect(stateOf(result, 'pprof')).toBe('missing');
      expect(foundOf(result, 'pprof')).toMatch(/answer/);
    } finally {
      for (const socket of sockets) socket.destroy();
      server.close();
    }
  });

  it('refuses files, which need no doctor', async () => {
    await expect(doctorOf(path.join(repository, 'package.json'))).rejects.toThrow(/no running service/);
  });
});

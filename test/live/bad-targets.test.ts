// Processes that cannot be looked into, or not as wished: each answer is a sentence and what to do, never a stack trace.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { KnownError } from '../../src/base/errors.ts';
import { type CommandResult, runCommand } from '../run-command.ts';
import { createProcesses } from './start-process.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const hasGcc = spawnSync('gcc', ['--version']).status === 0;
const nobody = 65_534;
const oneLook = ['--for', '0'];

/** What the command says, whether it ends well or not; anything but a KnownError is a bug of ours. */
async function answerOf(...argv: string[]): Promise<string> {
  try {
    const { stdout }: CommandResult = await runCommand(argv, { env: { PATH: process.env['PATH'] } });
    return stdout;
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    expect(error.advice, error.message).toMatch(/\S/);
    return `${error.message}. ${error.advice}`;
  }
}

async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  process.seteuid?.(nobody);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe.skipIf(!isLinux)('a target that is no running Go service (skipped where there is no /proc)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-bad-'));
  const { start, stopAll } = createProcesses(directory);
  afterEach(stopAll);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const sleeping = (): Promise<number> => start('/bin/sh', ['-c', 'echo ready; exec sleep 3600']);

  it('is dead', async () => {
    const pid = String(spawnSync('/bin/true').pid);
    for (const command of ['ledger', 'regions', 'doctor', 'diagnose'])
      expect(await answerOf(command, pid), command).toMatch(/there is no process \d+\. List candidates with `pgrep/);
    expect(await answerOf('oom', pid)).toMatch(/there is no process \d+ now/);
  });

  it('is a zombie', async () => {
    // The child outlives the shell, which would wait for it; the sleeping program that the shell becomes never does.
    const parent = await start('/bin/sh', ['-c', 'sleep 0.5 & echo ready; exec sleep 3600']);
    let pid: string | undefined;
    while (pid === undefined) {
      const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
      if (children !== '' && /^State:\s+Z/m.test(readFileSync(`/proc/${children}/status`, 'utf8'))) pid = children;
      else await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const argv of [
      ['ledger', pid],
      ['regions', pid, '--peek'],
      ['doctor', pid],
      ['diagnose', pid],
    ])
      expect(await answerOf(...argv), argv[0]).toMatch(/is a zombie that its parent \(\d+\) has not waited for/);
    expect(await answerOf('oom', pid)).toMatch(/there is no process \d+ now/);
  });

  it.skipIf(!isKernelVisible())('is a thread of the kernel (skipped where none is seen)', async () => {
    for (const command of ['ledger', 'regions', 'doctor'])
      expect(await answerOf(command, '2'), command).toMatch(/pid 2 has no memory of its own: it is a kernel thread/);
  });

  it.skipIf(!hasGcc)('is a C program: ledger and regions work and say so (skipped without gcc)', async () => {
    writeFileSync(
      path.join(directory, 'hold.c'),
      '#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\nint main(void) { char *p = malloc(1 << 25); memset(p, 7, 1 << 25); puts("ready"); fflush(stdout); sleep(3600); return *p; }\n',
    );
    execFileSync('gcc', ['-O1', '-o', path.join(directory, 'hold'), path.join(directory, 'hold.c')]);
    const pid = String(await start(path.join(directory, 'hold'), []));
    expect(await answerOf('ledger', pid, ...oneLook)).toMatch(/not a Go program/);
    const regions = await answerOf('regions', pid, ...oneLook, '--peek=biggest');
    expect(regions).toMatch(/not a Go program/);
    expect(regions).toMatch(/in 0x[0-9a-f-]+, anonymous .*: the same pages again and again/);
    expect(await answerOf('doctor', pid)).toMatch(/cannot tell +Go version/);
  });

  it.skipIf(!isRoot)('belongs to another user (skipped unless root)', async () => {
    const pid = String(await sleeping());
    await asNobody(async () => {
      for (const command of ['ledger', 'regions'])
        expect(await answerOf(command, pid, ...oneLook), command).toMatch(
          new RegExp(`may not be read.*sudo leakline ${command} ${pid}`, 's'),
        );
      expect(await answerOf('diagnose', pid)).toMatch(/belongs to another user.*sudo leakline/s);
      expect(await answerOf('oom', pid)).toMatch(/GOMEMLIMIT: the environment of pid \d+ may not be read/);
      const doctor = await answerOf('doctor', pid);
      expect(doctor).toMatch(/missing +its memory +may not be read by this user/);
      expect(doctor).toMatch(new RegExp(`sudo leakline ${pid}`));
    });
  });

  it.each([['ledger'], ['regions'], ['oom']])('ends while %s watches it', async (command) => {
    const child = spawn('/bin/sh', ['-c', 'exec sleep 3600'], { stdio: 'ignore' });
    const watching = answerOf(command, String(child.pid), '--for', '8s');
    setTimeout(() => child.kill('SIGKILL'), 4000);
    expect(await watching).toMatch(/ended while it was watched/);
  });

  it.skipIf(!isRoot)('is a log that may not be read (skipped unless root)', async () => {
    const log = path.join(directory, 'service.log');
    writeFileSync(log, 'gc 1 @0.1s\n');
    chmodSync(log, 0o600);
    chmodSync(directory, 0o755);
    await asNobody(async () => {
      expect(await answerOf('diagnose', log)).toBe(`${log} may not be read by this user. sudo cat ${log} | leakline -`);
      expect(await answerOf('oom', '--log', log)).toMatch(/may not be read by this user.*sudo cat/s);
    });
  });
});

function isKernelVisible(): boolean {
  return existsSync('/proc/2/comm') && readFileSync('/proc/2/comm', 'utf8').trim() === 'kthreadd';
}

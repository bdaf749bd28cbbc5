// Memory that only a walk finds wasted, because no source leads from where it is allocated to who keeps it: told with the line
// that cuts it all the same.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { repository, runCommand } from '../run-command.ts';
import { canBuild, mayRead } from './heap-rights.ts';
import { createProcesses } from './start-process.ts';

const needs = 'needs Linux, Go and the right to read the memory of a child';

describe.skipIf(!canBuild || !mayRead)(`lost elements behind a queue of anything (${needs})`, () => {
  const folder = path.join(repository, 'testdata/heap/cutting');
  const processes = createProcesses(folder);
  let scratch = '';
  beforeAll(() => {
    scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-cut-'));
  });
  afterAll(async () => {
    await processes.stopAll();
    rmSync(scratch, { recursive: true, force: true });
  });

  async function diagnose(flags: readonly string[], args: readonly string[]): Promise<Report> {
    const binary = path.join(scratch, `cutting${flags.length}`);
    const built = spawnSync('go', ['build', '-buildvcs=false', ...flags, '-o', binary, '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    if (built.status !== 0) throw new Error(built.stderr);
    const pid = await processes.start(binary, args);
    const words = ['diagnose', String(pid), '--for', '20s', '--source', folder, '--format', 'json'];
    const { stdout } = await runCommand(words);
    return JSON.parse(stdout) as Report;
  }

  it.each([
    ['with debug information', []],
    ['stripped', ['-ldflags=-s -w']],
  ])('are proven, and told with the line that cuts them: %s', async (_, flags) => {
    const { verdict, findings } = await diagnose(flags, []);
    expect(verdict).toBe('leak');
    const told = findings.find(({ rule }) => rule === 'lost-slice-elements');
    expect(told).toMatchObject({ certainty: 'proven', site: { function: 'main.(*table).cut', line: 33 } });
    expect(told?.sites.map(({ role, line }) => `${role} ${line}`)).toContain('allocates 27');
    expect(told?.evidence.find(({ kind }) => kind === 'source')).toMatchObject({ text: 't.hot = pages[:1]' });
  });

  it('are none where all of what grows is shown', async () => {
    const { findings } = await diagnose([], ['whole']);
    expect(findings.map(({ rule }) => rule)).not.toContain('lost-slice-elements');
  });
});

// The command line from arguments to output and exit code, on recordings: what a user and a script see.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeProfile } from '../src/decode/pprof/decode-profile.ts';
import type { Report } from '../src/report/report.ts';
import { repository, runCommand } from './run-command.ts';

const recorded = (name: string): string => path.join(repository, 'testdata/recorded/go1.26.8', `${name}.leakline`);
const leaky = recorded('unbounded-map-leaky');
const healthy = recorded('unbounded-map-healthy');

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-test-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('leakline <case>', () => {
  it('says what, where, why and what to do in the first lines, and exits 1 for a leak', async () => {
    const { code, stdout, stderr } = await runCommand([leaky]);
    expect(code).toBe(1);
    const head = stdout.split('\n').slice(0, 3).join(' ');
    expect(head).toMatch(/^ LEAK {2}Map main\.gateway\.recent grows without bound/);
    expect(stdout).toContain('g.recent[id] = a');
    expect(stdout).toMatch(/fix +Bound it/);
    expect(stdout).not.toContain('\u001b[');
    expect(stderr).toBe('');
  });

  it('exits 0 and says what was examined for a healthy program', async () => {
    const { code, stdout } = await runCommand([healthy]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ CLEAR {2}No leak seen in \d+ captures over/);
  });

  it('exits 3 for one capture, and says how long to watch', async () => {
    const { code, stdout } = await runCommand(['diagnose', ...singleCapture()]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/INCONCLUSIVE/);
    expect(stdout).toMatch(/watch longer|--for/);
  });

  it('speaks JSON by its published schema, the same each time', async () => {
    const schema = JSON.parse(
      readFileSync(path.join(repository, 'docs/schemas/leakline.report-1.schema.json'), 'utf8'),
    );
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    for (const file of [leaky, healthy, recorded('hanging-goroutine-leaky'), recorded('context-not-cancelled-leaky')]) {
      const { stdout } = await runCommand([file, '--format', 'json']);
      const report = JSON.parse(stdout) as Report;
      expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      expect((await runCommand([file, '--format', 'json'])).stdout).toBe(stdout);
    }
  });

  it('writes Markdown, and a file when asked', async () => {
    const file = path.join(scratch, 'report.md');
    const { stdout } = await runCommand([leaky, '--format', 'md', '-o', file]);
    expect(stdout).toBe('');
    expect(readFileSync(file, 'utf8')).toMatch(/^## 🔴 Leak: /);
  });

  it('writes the growth as a profile that decodes to the growing line', async () => {
    const file = path.join(scratch, 'growth.pb.gz');
    await runCommand([leaky, '--growth', file]);
    const profile = decodeProfile(readFileSync(file));
    const names = Array.from({ length: profile.functions.length }, (_, row) => profile.functions.name(row));
    expect(names).toContain('main.render');
  });

  it('uses colour on a terminal, and not with NO_COLOR or --no-color', async () => {
    expect((await runCommand([leaky], { tty: true })).stdout).toContain('\u001b[');
    expect((await runCommand([leaky], { tty: true, env: { NO_COLOR: '1' } })).stdout).not.toContain('\u001b[');
    expect((await runCommand([leaky, '--no-color'], { tty: true })).stdout).not.toContain('\u001b[');
  });

  it('keeps lines within the width of the terminal', async () => {
    const { stdout } = await runCommand([leaky, '--no-color'], { tty: true });
    const prose = stdout.split('\n').filter((line) => !line.includes('/') && !line.includes('│'));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(100);
  });
});

describe('usage', () => {
  it.each([
    [['--for', 'soon', leaky], 'soon'],
    [['--gc', 'maybe', leaky], 'maybe'],
    [['--gentle', '--gc', 'always', leaky], 'contradict'],
    [['--format', 'xml', leaky], 'xml'],
    [['--top', '0', leaky], '--top 0'],
    [['/nonexistent/x.pb.gz'], 'nonexistent'],
    [['capture', ':1'], 'needs a file'],
  ])('%j is refused with a message that names the fault', async (argv, named) => {
    await expect(runCommand(argv)).rejects.toMatchObject({ message: expect.stringContaining(named) });
  });

  it('suggests the command or flag that was meant', async () => {
    await expect(runCommand(['explain', 'goroutine'])).rejects.toMatchObject({
      advice: expect.stringContaining('hanging-goroutine'),
    });
  });

  it('lists and explains every rule', async () => {
    const { stdout } = await runCommand(['rules']);
    expect(stdout).toContain('unbounded-map');
    const one = await runCommand(['explain', 'substring']);
    expect(one.stdout).toContain('strings.Clone');
    expect(JSON.parse((await runCommand(['rules', '--format', 'json'])).stdout)).toMatchObject({
      schema: 'leakline.rules/1',
    });
  });
});

describe('files that are no profiles', () => {
  const file = (name: string, bytes: string | Uint8Array): string => {
    const at = path.join(scratch, name);
    writeFileSync(at, bytes);
    return at;
  };

  it.each([
    ['an HTML page', () => file('page.pb.gz', '<!doctype html><html><body>Sign in</body></html>')],
    ['a cut profile', () => file('cut.pb.gz', readFileSync(someProfile()).subarray(0, 400))],
    ['an empty file', () => file('empty.pb.gz', '')],
    ['a cut case file', () => file('cut.leakline', readFileSync(leaky).subarray(0, 3000))],
  ])('%s gets an error that names the file', async (_, make) => {
    const at = make();
    await expect(runCommand([at])).rejects.toMatchObject({ message: expect.stringContaining(path.basename(at)) });
  });

  it('never crashes on a case file with flipped bytes', async () => {
    const whole = readFileSync(leaky);
    for (let seed = 1; seed <= 40; seed++) {
      const broken = Uint8Array.from(whole);
      for (let k = 0; k < 6; k++) broken[(seed * 7919 + k * 104729) % broken.length] = (seed * 31 + k * 17) & 255;
      const at = file('flipped.leakline', broken);
      const outcome = await runCommand([at, '--format', 'json']).then(
        (result) => result.code,
        (error: { code?: string; name: string }) => error.code ?? error.name,
      );
      expect([0, 1, 3]).toSatisfy((codes: unknown[]) => codes.includes(outcome) || /^E-/.test(String(outcome)));
    }
  });
});

function someProfile(): string {
  return path.join(repository, 'testdata/profiles/go1.26.8/heap-current.pb.gz');
}

function singleCapture(): string[] {
  return [someProfile()];
}

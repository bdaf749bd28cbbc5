// `leakline scan` from arguments to output and exit code, on small modules that the tests write.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findGoPackages } from '../src/capture/find-go-packages.ts';
import { readGrammar } from '../src/capture/read-grammar.ts';
import { settingsOf } from '../src/cli/scan-options.ts';
import type { ScanReport } from '../src/report/scan-report.ts';
import { scanDirectories } from '../src/worker/scan-pool.ts';
import { sarifSubset } from './drawing/sarif-subset.ts';
import { repository, runCommand } from './run-command.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'leakline-scan-'));
  write('go.mod', 'module example.com/app\n\ngo 1.26\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(name: string, text: string | Uint8Array): void {
  const file = path.join(root, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const leak = `package logs

import "C"

func Log(line string) {
	C.puts(C.CString(line))
}
`;

const scan = (...argv: readonly string[]) => runCommand(['scan', ...argv], { cwd: root });
async function report(...argv: readonly string[]): Promise<ScanReport> {
  return JSON.parse((await scan(...argv, '--format', 'json')).stdout) as ScanReport;
}

describe('leakline scan', () => {
  it('writes like a compiler, says what was scanned, and exits 1', async () => {
    write('logs/logs.go', leak);
    const { code, stdout } = await scan('./...');
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^logs\/logs\.go:6:9: nothing frees .* \(cgo-cstring\)\n {4}C\.puts\(C\.CString\(line\)\)\n/,
    );
    expect(stdout).toContain('1 possible leak in 1 package, 1 file');
    expect(stdout).toContain('leakline explain cgo-cstring');
  });

  it('does not call clear where it saw no Go file', async () => {
    write('logs/inner/logs.go', leak);
    await expect(scan('logs')).rejects.toMatchObject({
      code: 'E-NO-PACKAGE',
      message: 'there are no Go files in logs',
      advice: 'For all below it: logs/...',
    });
    write('bare/vendor/a/a.go', leak);
    await expect(scan('./bare/...')).rejects.toMatchObject({ advice: 'Left out: vendor (--vendor takes it in).' });
  });

  it('is shown an example by the explanation of a rule', async () => {
    const { stdout } = await runCommand(['explain', 'unbounded-queue']);
    expect(stdout).toMatch(/In source\n {2}leakline scan --rules unbounded-queue finds it here\. It is off by default/);
    expect(stdout).toContain('o.waiting = append(o.waiting, l)   // <-');
  });

  it('exits 0 without hits and 2 for what is not there', async () => {
    write('main.go', 'package main\n\nfunc main() {}\n');
    expect((await scan()).code).toBe(0);
    await expect(scan('./nowhere')).rejects.toThrow('no such file');
    await expect(scan('--rules', 'no-such-rule')).rejects.toThrow('there is no rule no-such-rule');
    await expect(scan('--rules', 'page-cache')).rejects.toThrow('only at run time');
  });

  it('speaks JSON by its published schema', async () => {
    write('logs/logs.go', leak);
    write('bad.go', 'package app\n\nfunc broken( {\n');
    const schema = JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.scan-1.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    const value = await report();
    expect(validate(value), JSON.stringify(validate.errors)).toBe(true);
    expect(value.hits[0]).toMatchObject({
      file: 'logs/logs.go',
      package: 'example.com/app/logs',
      certainty: 'possible',
    });
  });

  it('annotates a pull request', async () => {
    write('logs/logs.go', leak);
    expect((await scan('--format', 'github')).stdout).toMatch(
      /^::warning file=logs\/logs\.go,line=6,endLine=6,col=9,endColumn=24,title=leakline%3A cgo-cstring::nothing frees/,
    );
    expect((await scan('--format', 'md')).stdout).toContain('| logs/logs.go:6 | cgo-cstring |');
  });

  it('counts columns in bytes where Go people read them, in UTF-16 where its format says so', async () => {
    // In front of the call: ü and é take two bytes each and one UTF-16 unit, 😀 four bytes and two units.
    write('logs/logs.go', leak.replace('C.puts', '/* ü😀é */ C.puts'));
    expect((await scan()).stdout).toMatch(/^logs\/logs\.go:6:24: nothing frees/);
    expect((await scan('--format', 'github')).stdout).toContain(',col=24,endColumn=39,');
    const { locations } = JSON.parse((await scan('--format', 'sarif')).stdout).runs[0].results[0];
    expect(locations[0].physicalLocation.region).toMatchObject({ startColumn: 20, endColumn: 35 });
    expect((await report()).hits[0]).toMatchObject({ column: 20, byteColumn: 24, endByteColumn: 39 });
  });

  it('accepts what a comment gives a reason for, and asks for the reason', async () => {
    write('logs/logs.go', leak.replace('\tC.puts', '\t//leakline:ignore cgo-cstring libc keeps it\n\tC.puts'));
    let value = await report();
    expect(value.hits).toEqual([]);
    expect(value.accepted).toMatchObject([{ by: 'comment', reason: 'libc keeps it' }]);
    write('logs/logs.go', leak.replace('(line))', '(line)) //leakline:ignore cgo-cstring'));
    value = await report();
    expect(value.accepted).toHaveLength(1);
    expect(value.notes.map((note) => note.message)).toEqual(['leakline:ignore gives no reason']);
    write('logs/logs.go', leak.replace('import', '//leakline:ignore no-such-rule because\nimport'));
    value = await report();
    expect(value.hits).toHaveLength(1);
    expect(value.notes[0]).toMatchObject({ line: 3, message: expect.stringContaining('no rule') });
  });

  it('keeps a baseline that does not mind moved lines, and shows what is new', async () => {
    write('logs/logs.go', leak);
    expect((await scan('--write-baseline', 'base.json')).code).toBe(0);
    write('logs/logs.go', `// moved\n\n${leak}`);
    expect((await scan('--baseline', path.join(root, 'base.json'))).code).toBe(0);
    write('logs/logs.go', `${leak}\nfunc Again(line string) {\n\tC.puts(C.CString(line))\n}\n`);
    const value = await report('--baseline', path.join(root, 'base.json'));
    expect(value.hits.map((hit) => hit.line)).toEqual([10]);
    await expect(scan('--baseline', path.join(root, 'go.mod'))).rejects.toThrow('cannot be read as a baseline');
  });

  it('leaves out and counts what is not the build, and reads it when told', async () => {
    write('generated.go', `// Code generated by x. DO NOT EDIT.\n\n${leak}`);
    write('logs_windows.go', leak);
    write('logs_test.go', leak);
    write('vendor/x/x.go', leak);
    write('testdata/x.go', leak);
    write('_old/x.go', leak);
    const value = await report('--goos', 'linux');
    expect(value.hits).toEqual([]);
    expect(value.skipped).toEqual({ generated: 1, 'build-constraint': 1, test: 1, vendor: 1, testdata: 1 });
    const all = await report('--goos', 'windows', '--generated', '--tests', '--vendor', '--testdata');
    expect(all.hits.map((hit) => hit.file)).toEqual([
      'generated.go',
      'logs_test.go',
      'logs_windows.go',
      'testdata/x.go',
      'vendor/x/x.go',
    ]);
  });

  it('survives what is no good Go', async () => {
    write('broken.go', `package app\n\nfunc ( {{{\n\n${leak.replace('package logs', '')}`);
    write('latin/latin.go', Buffer.from(`${leak}// caf\xe9\n`, 'latin1'));
    write('zero/zero.go', 'package zero\0');
    write('huge/huge.go', `package huge\n// ${'x'.repeat(3 << 20)}\n`);
    write('deep/deep.go', `package deep\n\nvar x = ${'('.repeat(50_000)}1${')'.repeat(50_000)}\n`);
    write('deep/logs.go', leak.replace('package logs', 'package deep'));
    write('empty/empty.go', '');
    symlinkSync('..', path.join(root, 'latin', 'loop'));
    const value = await report();
    expect(value.hits.map((hit) => hit.file)).toEqual(expect.arrayContaining(['deep/logs.go', 'latin/latin.go']));
    const notes = value.notes.map(({ file, message }) => `${file}: ${message}`);
    expect(notes).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^broken\.go: does not parse here/),
        expect.stringMatching(/^latin\/latin\.go: is not UTF-8/),
        expect.stringMatching(/^zero\/zero\.go: is no text/),
        expect.stringMatching(/^huge\/huge\.go: has \d+ bytes/),
        expect.stringMatching(/^latin\/loop: is a link to a directory/),
        expect.stringMatching(/^deep\/deep\.go: /),
      ]),
    );
  });

  it('looks at the whole package of a file and shows what is in the file', async () => {
    write('logs/logs.go', leak);
    write('logs/other.go', leak.replace('Log(', 'Other('));
    expect((await report('logs/other.go')).hits.map((hit) => hit.file)).toEqual(['logs/other.go']);
  });

  it('writes SARIF 2.1.0, as far as its schema speaks of what is used', async () => {
    write(
      'logs/logs.go',
      `${leak}\nfunc Again(line string) {\n\tC.puts(C.CString(line)) //leakline:ignore cgo-cstring kept\n}\n`,
    );
    write('logs/böse datei.go', 'package logs\n\nfunc broken( {\n');
    write(
      'cache/cache.go',
      'package cache\n\nvar seen = map[string]bool{}\n\nfunc Use(id string) {\n\tseen[id] = true\n}\n',
    );
    const log = JSON.parse((await scan('--format', 'sarif')).stdout);
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(sarifSubset);
    expect(validate(log), JSON.stringify(validate.errors)).toBe(true);
    const [run] = log.runs;
    expect(run.results.map((result: { ruleId: string }) => result.ruleId)).toEqual([
      'unbounded-map',
      'cgo-cstring',
      'cgo-cstring',
    ]);
    for (const result of run.results) expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId);
    expect(run.results[2].suppressions).toEqual([{ kind: 'inSource', status: 'accepted', justification: 'kept' }]);
    expect(JSON.stringify(run.invocations)).toContain('logs/b%C3%B6se%20datei.go');
    expect(validate({ ...log, version: '2.0.0' })).toBe(false);
  });

  it('shows only what a branch changed', async () => {
    const git = (...args: readonly string[]): void => {
      const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main'];
      execFileSync('git', [...identity, ...args], { cwd: root, stdio: 'pipe' });
    };
    write('logs/logs.go', leak);
    git('init', '-q');
    git('add', '.');
    git('commit', '-qm', 'before');
    git('checkout', '-qb', 'feature');
    write('logs/logs.go', `// A comment.\n\n${leak}\nfunc Again(line string) {\n\tC.puts(C.CString(line))\n}\n`);
    write('fresh/fresh.go', leak.replace('package logs', 'package fresh'));
    const value = await report('--changed', 'main');
    expect(value.hits.map((hit) => `${hit.file}:${hit.line}`)).toEqual(['fresh/fresh.go:6', 'logs/logs.go:12']);
    await expect(scan('--changed', 'no-such-branch')).rejects.toThrow('git does not know what changed');
  });

  it('puts first what a case file has measured', async () => {
    const recording = path.join(repository, 'testdata/recorded/go1.26.8/unbounded-map-leaky.leakline');
    const value = JSON.parse(
      (await runCommand(['scan', 'testdata/programs/...', '--with', recording, '--format', 'json'])).stdout,
    ) as ScanReport;
    const strong = value.hits.filter((hit) => hit.certainty === 'strong');
    expect(strong.map((hit) => `${hit.rule} ${hit.file}`)).toEqual([
      'unbounded-map testdata/programs/unbounded-map/leaky/main.go',
    ]);
    expect(value.hits[0]).toBe(strong[0]);
    expect(strong[0]?.measured?.bytesPerSecond).toBeGreaterThan(1000);
  });

  it('finds the same with threads as without', async () => {
    write('logs/logs.go', leak);
    write('more/logs.go', leak);
    const bundle = path.join(root, 'scan-worker.mjs');
    await build({
      entryPoints: [path.join(repository, 'src/worker/scan-worker.ts')],
      bundle: true,
      platform: 'node',
      format: 'esm',
      outfile: bundle,
      banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    });
    const { directories } = await findGoPackages(['./...'], { cwd: root, vendor: false, testdata: false });
    const common = {
      settings: settingsOf({}, ['cgo-cstring'], {}),
      grammar: await readGrammar(),
      workerUrl: pathToFileURL(bundle),
    };
    const alone = await scanDirectories(directories, { ...common, threads: 0 });
    expect(await scanDirectories(directories, { ...common, threads: 2 })).toEqual(alone);
    expect(alone.map((scan) => scan?.hits.length)).toEqual([1, 1]);
    // A thread that cannot start costs its directories, and says so.
    const broken = { ...common, workerUrl: pathToFileURL(path.join(root, 'no-such-worker.mjs')), threads: 1 };
    const failed = await scanDirectories(directories, broken);
    expect(failed.map((scan) => scan?.notes[0]?.message)).toEqual([
      expect.stringMatching(/^could not be scanned: /),
      expect.stringMatching(/^could not be scanned: /),
    ]);
  });
});

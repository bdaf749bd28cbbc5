// `leakline gate` on real `go test` runs: a small module with clean and leaking tests of each kind, and test suites of
// well-known modules, as they are and with a planted leak.
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateReport } from '../../src/report/gate-report.ts';
import { repository } from '../run-command.ts';

const canBuild = process.platform === 'linux' && spawnSync('go', ['version']).status === 0;
const needsGo = 'needs Linux and a Go toolchain (apt-get install golang-go)';
const schema = JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.gate-1.schema.json'), 'utf8'));
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

let scratch = '';

beforeAll(() => {
  scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-gate-test-'));
  const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const shop = `package shop

import "sync"

var (
	once sync.Once
	jobs = make(chan int)
	kept [][]byte
)

// Worker starts the one worker of the package.
func Worker() {
	once.Do(func() {
		go func() {
			for range jobs {
			}
		}()
	})
}

// Watch starts a watcher that nobody can stop.
func Watch() chan int {
	c := make(chan int)
	go func() {
		<-c // waits here
	}()
	return c
}

func Keep(n int) { kept = append(kept, make([]byte, n)) }
`;

const cleanTests = `package shop

import (
	"testing"
	"time"
)

func TestWorker(t *testing.T) { Worker() }

func TestEnds(t *testing.T) {
	t.Parallel()
	done := make(chan bool)
	go func() { time.Sleep(20 * time.Millisecond); close(done) }()
}
`;

/** A folder with a module of its own. */
function module(name: string, files: Readonly<Record<string, string>>, go = '1.21'): string {
  const folder = path.join(scratch, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'go.mod'), `module example.com/shop\n\ngo ${go}\n`);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(folder, file), text);
  return folder;
}

function gate(cwd: string, argv: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(
    'node',
    [path.join(repository, 'dist/cli.js'), 'gate', '--format', 'json', ...argv],
    { cwd, encoding: 'utf8', env: { ...process.env, GITHUB_STEP_SUMMARY: '', ...env }, maxBuffer: 64 << 20 },
  );
  const report = stdout === '' ? undefined : (JSON.parse(stdout) as GateReport);
  if (report !== undefined) expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  return { status, stderr, report: report as GateReport };
}

const testsOf = (report: GateReport): readonly string[] =>
  report.findings
    .filter((one) => one.verdict === 'leak')
    .flatMap((one) => one.tests)
    .sort();

describe.skipIf(!canBuild)(`leakline gate -- go test${canBuild ? '' : ` (${needsGo})`}`, () => {
  it('is clear where tests leave nothing, or only what is started once', () => {
    const { status, report, stderr } = gate(module('clean', { 'shop.go': shop, 'shop_test.go': cleanTests }), [
      '--',
      'go',
      'test',
      './...',
    ]);
    expect(stderr).toContain('ok  \texample.com/shop');
    expect({ status, verdict: report.verdict, findings: report.findings }).toEqual({
      status: 0,
      verdict: 'clear',
      findings: [],
    });
    expect(report.packages[0]).toMatchObject({ rounds: 6, ignored: [{ count: 1, test: 'TestWorker' }] });
  });

  const leaking = `package shop

import (
	"context"
	"runtime/pprof"
	"testing"
)

func TestTable(t *testing.T) {
	for _, name := range []string{"a", "b", "c"} {
		name := name
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "b" {
				Watch()
			}
		})
	}
}

func TestOtherParallel(t *testing.T) { t.Parallel(); Worker() }

func TestOwnLabels(t *testing.T) {
	pprof.Do(context.Background(), pprof.Labels("own", "label"), func(context.Context) {
		go func() { select {} }()
	})
}

func FuzzSeed(f *testing.F) {
	f.Add("x")
	f.Fuzz(func(t *testing.T, s string) { Watch() })
}

func ExampleWatch() {
	Watch()
	// Output:
}
`;

  it('names parallel subtests, fuzz seeds and examples that leave goroutines, with the line', () => {
    const folder = module('leaking', {
      'shop.go': shop,
      'leak_test.go': leaking,
      'main_test.go':
        'package shop\n\nimport (\n\t"os"\n\t"testing"\n)\n\nfunc TestMain(m *testing.M) { Worker(); os.Exit(m.Run()) }\n',
    });
    const { status, report } = gate(folder, [
      '--junit',
      'out.xml',
      '--sarif',
      'out.sarif',
      '--summary',
      'out.md',
      '--',
      'go',
      'test',
      './...',
    ]);
    expect(status).toBe(1);
    expect(testsOf(report)).toEqual(['ExampleWatch', 'FuzzSeed/seed#0', 'TestOwnLabels', 'TestTable/b']);
    const table = report.findings.find(({ tests }) => tests[0] === 'TestTable/b');
    expect(table).toMatchObject({ goroutines: { count: 6, state: 'chan receive', perRound: [1, 1, 1, 1, 1, 1] } });
    const line = shop.split('\n').findIndex((text) => text.includes('waits here')) + 1;
    expect(table!.site).toMatchObject({ role: 'blocks', file: path.join(folder, 'shop.go'), line });
    expect(readFileSync(path.join(folder, 'out.xml'), 'utf8')).toContain('name="TestTable/b"');
    expect(JSON.parse(readFileSync(path.join(folder, 'out.sarif'), 'utf8')).runs[0].results).toHaveLength(4);
    expect(readFileSync(path.join(folder, 'out.md'), 'utf8')).toContain('🔴 Leak');
  });

  it('names the line and the test that keep memory in each run', () => {
    const keeping = `${cleanTests}\nfunc TestKeep(t *testing.T) { Keep(50_000) }\n`;
    const { status, report } = gate(module('keeping', { 'shop.go': shop, 'shop_test.go': keeping }), [
      '--',
      'go',
      'test',
    ]);
    expect(status).toBe(1);
    expect(report.findings).toMatchObject([
      { kind: 'go-heap', verdict: 'leak', tests: ['TestKeep'], site: { function: 'example.com/shop.Keep' } },
    ]);
    expect(report.findings[0]!.heap!.perRound).toBeGreaterThan(49_000);
    expect(report.findings[0]!.heap!.perRound).toBeLessThan(80_000);
  });

  it('tells tests that fail, panic or do not build from leaks', () => {
    const failing = gate(
      module('failing', {
        'shop.go': shop,
        'a_test.go': 'package shop\n\nimport "testing"\n\nfunc TestNo(t *testing.T) { t.Fatal("no") }\n',
      }),
      ['--', 'go', 'test'],
    );
    expect(failing).toMatchObject({ status: 2, report: { verdict: 'inconclusive', failed: true, exit: { code: 1 } } });
    expect(failing.report.summary).toContain('The tests failed by themselves (with code 1)');
    const panicking = gate(
      module('panicking', {
        'shop.go': shop,
        'a_test.go': 'package shop\n\nimport "testing"\n\nfunc TestPanic(t *testing.T) { panic("no") }\n',
      }),
      ['--', 'go', 'test'],
    );
    expect(panicking).toMatchObject({ status: 2, report: { failed: true } });
    expect(panicking.report.packages[0]!.notes[0]).toContain('its process ended before its tests did');
    const broken = gate(module('broken', { 'shop.go': 'package shop\n\nfunc (', 'a_test.go': cleanTests }), [
      '--',
      'go',
      'test',
    ]);
    expect(broken).toMatchObject({ status: 2, report: { failed: true, packages: [] } });
    expect(broken.report.summary).toContain('before a test ran');
  });

  it('does not fail tests that cannot be repeated, and judges their only run with care', () => {
    const once = (body: string) =>
      `package shop\n\nimport "testing"\n\nvar ran bool\n\nfunc TestOnce(t *testing.T) {\n\tif ran {\n\t\t${body}\n\t}\n\tran = true\n\tWatch()\n}\n`;
    const fails = gate(module('fails-again', { 'shop.go': shop, 'a_test.go': once('t.Fatal("again")') }), [
      '--only',
      'goroutines',
      '--',
      'go',
      'test',
    ]);
    expect(fails).toMatchObject({
      status: 3,
      report: { failed: false, exit: { code: 0 }, findings: [{ verdict: 'inconclusive', tests: ['TestOnce'] }] },
    });
    const panics = gate(module('panics-again', { 'shop.go': shop, 'a_test.go': once('panic("again")') }), [
      '--only',
      'goroutines',
      '--',
      'go',
      'test',
    ]);
    expect(panics.stderr).toContain('without repeats');
    expect(panics).toMatchObject({
      status: 3,
      report: { failed: false, exit: { code: 0 }, findings: [{ verdict: 'inconclusive' }] },
    });
  });

  it('gates a test program that was built with it, and says of another one that it told nothing', () => {
    const folder = module('built', {
      'shop.go': shop,
      'a_test.go': 'package shop\n\nimport "testing"\n\nfunc TestA(t *testing.T) { Watch() }\n',
    });
    expect(spawnSync('go', ['test', '-c', '-o', 'plain.test'], { cwd: folder }).status).toBe(0);
    expect(gate(folder, ['--', './plain.test'])).toMatchObject({ status: 3, report: { packages: [] } });
    expect(gate(folder, ['--', 'go', 'test', '-c', '-o', 'gated.test']).status).toBe(3);
    const { status, report } = gate(folder, ['--', './gated.test', '-test.v']);
    expect({ status, tests: testsOf(report) }).toEqual({ status: 1, tests: ['TestA'] });
  });

  it.for(['go1.22.12', 'go1.27.0'])('knows package testing of %s', (toolchain, { skip }) => {
    const has = spawnSync('go', ['version'], { env: { ...process.env, GOTOOLCHAIN: toolchain } }).status === 0;
    if (!has && process.env['LEAKLINE_NO_SKIP'] !== '1') skip(`needs the toolchain ${toolchain}`);
    const folder = module(`with-${toolchain}`, { 'shop.go': shop, 'leak_test.go': leaking });
    const { status, report } = gate(folder, ['--', 'go', 'test', './...'], { GOTOOLCHAIN: toolchain });
    expect(report.packages[0]!.goVersion).toBe(toolchain);
    expect({ status, tests: testsOf(report) }).toEqual({
      status: 1,
      tests: ['ExampleWatch', 'FuzzSeed/seed#0', 'TestOwnLabels', 'TestTable/b'],
    });
    if (toolchain === 'go1.27.0')
      expect(new Set(report.findings.map((one) => one.certainty))).toEqual(new Set(['proven']));
  });
});

/** A module of the proxy, copied to where it may be changed; undefined when it cannot be had. */
function moduleCopy(name: string, version: string): string | undefined {
  const got = spawnSync('go', ['mod', 'download', '-json', `${name}@${version}`], { cwd: scratch, encoding: 'utf8' });
  if (got.status !== 0) return undefined;
  const folder = path.join(scratch, name.replaceAll('/', '-'));
  cpSync((JSON.parse(got.stdout) as { Dir: string }).Dir, folder, { recursive: true });
  spawnSync('chmod', ['-R', 'u+w', folder]);
  return folder;
}

describe.skipIf(!canBuild)(`leakline gate and test suites of known modules${canBuild ? '' : ` (${needsGo})`}`, () => {
  const plant = (packageName: string): string =>
    `package ${packageName}\n\nimport "testing"\n\nvar plantedKept [][]byte\n\nfunc TestPlantedGoroutine(t *testing.T) {\n\tt.Parallel()\n\tc := make(chan int)\n\tgo func() { c <- 1 }()\n}\n\nfunc TestPlantedMemory(t *testing.T) {\n\tplantedKept = append(plantedKept, make([]byte, 64<<10))\n}\n`;

  it.for([
    ['github.com/gorilla/mux', 'v1.8.1', '.', 'mux'],
    ['github.com/hashicorp/golang-lru/v2', 'v2.0.7', './simplelru', 'simplelru'],
  ] as const)('%s is clear as it is, and not with planted leaks', ([name, version, pattern, packageName], { skip }) => {
    const folder = moduleCopy(name, version);
    if (folder === undefined) {
      if (process.env['LEAKLINE_NO_SKIP'] === '1') throw new Error(`${name} cannot be had from the module proxy`);
      return skip('needs a Go module proxy');
    }
    const asItIs = gate(folder, ['--', 'go', 'test', pattern]);
    expect({ status: asItIs.status, findings: asItIs.report.findings }).toEqual({ status: 0, findings: [] });
    appendFileSync(path.join(folder, pattern, 'planted_test.go'), plant(packageName));
    const planted = gate(folder, ['--', 'go', 'test', pattern]);
    expect({ status: planted.status, tests: testsOf(planted.report) }).toEqual({
      status: 1,
      tests: ['TestPlantedGoroutine', 'TestPlantedMemory'],
    });
  });
});

// `leakline gate --target T --load CMD` on real services: one that keeps something of each request, one that does not.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GateReport } from '../../src/report/gate-report.ts';
import { repository } from '../run-command.ts';

const canBuild = process.platform === 'linux' && spawnSync('go', ['version']).status === 0;
const schema = JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.gate-1.schema.json'), 'utf8'));
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);

const service = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"sync"
)

var (
	mu       sync.Mutex
	sessions = map[string][]byte{}
	requests int
)

func main() {
	http.HandleFunc("/keep", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		sessions[fmt.Sprint(requests)] = make([]byte, 20_000) // kept
	})
	http.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) {
		done := make(chan int)
		go func() { done <- 1 }()
	})
	http.HandleFunc("/ok", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 20_000)) })
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	panic(http.Serve(listener, nil))
}
`;

const load = `
const [url, times] = process.argv.slice(2);
for (let i = 0; i < Number(times); i++) await (await fetch(url)).arrayBuffer();
`;

describe.skipIf(!canBuild)(
  `leakline gate --target --load${canBuild ? '' : ' (needs Linux and a Go toolchain: apt-get install golang-go)'}`,
  () => {
    let scratch = '';
    let server: ChildProcess | undefined;
    let url = '';

    beforeAll(async () => {
      scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-gate-cycles-'));
      const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
      if (built.status !== 0) throw new Error(built.stderr);
      writeFileSync(path.join(scratch, 'go.mod'), 'module example.com/svc\n\ngo 1.21\n');
      writeFileSync(path.join(scratch, 'main.go'), service);
      writeFileSync(path.join(scratch, 'load.mjs'), load);
      const compiled = spawnSync('go', ['build', '-o', 'svc', '.'], { cwd: scratch, encoding: 'utf8' });
      if (compiled.status !== 0) throw new Error(compiled.stderr);
      const child = spawn(path.join(scratch, 'svc'), { stdio: ['ignore', 'pipe', 'inherit'] });
      server = child;
      url = await new Promise((resolve, reject) => {
        child.stdout!.once('data', (line: Buffer) => resolve(line.toString().trim()));
        child.once('error', reject);
      });
    });
    afterAll(() => {
      server?.kill('SIGKILL');
      rmSync(scratch, { recursive: true, force: true });
    });

    function gate(endpoint: string, ...flags: readonly string[]) {
      const { status, stdout, stderr } = spawnSync(
        'node',
        [
          path.join(repository, 'dist/cli.js'),
          'gate',
          '--format',
          'json',
          '--settle',
          '300ms',
          '--target',
          url,
          '--load',
          `node load.mjs ${url}${endpoint} 40`,
          ...flags,
        ],
        { cwd: scratch, encoding: 'utf8', env: { ...process.env, GITHUB_STEP_SUMMARY: '' } },
      );
      const report = (stdout === '' ? undefined : JSON.parse(stdout)) as GateReport;
      if (report !== undefined) expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
      return { status, stderr, report };
    }

    const shapes = (report: GateReport) =>
      Object.fromEntries(
        report.cycles!.trends.filter(({ what }) => what !== 'rss').map(({ what, shape }) => [what, shape]),
      );

    it('is not failed by the heap or goroutines of work that returns', () => {
      const { report, status } = gate('/ok');
      // The heap of so small a service moves by what captures leave in it: that may stay open, and is never growth.
      expect(shapes(report)).toEqual({
        'live-heap': expect.stringMatching(/^(returns|unclear)$/),
        goroutines: 'returns',
      });
      expect(report.cycles).toMatchObject({ count: 6, exceeded: [] });
      expect(report.verdict).not.toBe('leak');
      expect(status).not.toBe(1);
    });

    it('fails when each cycle keeps heap, and names the line', () => {
      const { report, status } = gate('/keep', '--cycles', '6');
      expect({ status, verdict: report.verdict }).toEqual({ status: 1, verdict: 'leak' });
      const heap = report.cycles!.trends.find(({ what }) => what === 'live-heap')!;
      expect(heap.shape).toBe('grows');
      expect(heap.perRound).toBeGreaterThan(40 * 19_000);
      expect(heap.perRound).toBeLessThan(40 * 24_000);
      const line = service.split('\n').findIndex((text) => text.includes('// kept')) + 1;
      const places = [
        ...report.findings.flatMap((one) => one.sites.map((site) => `${path.basename(site.file)}:${site.line}`)),
        ...report.notes,
      ];
      expect(
        places.some((place) => place.includes(`main.go:${line}`)),
        JSON.stringify(places),
      ).toBe(true);
    });

    it('fails when each cycle leaves goroutines, and names the line', () => {
      const { report, status } = gate('/hang');
      expect(status).toBe(1);
      expect(report.cycles!.trends.find(({ what }) => what === 'goroutines')).toMatchObject({
        shape: 'grows',
        perRound: 40,
      });
      expect(report.findings[0]).toMatchObject({ rule: 'hanging-goroutine', verdict: 'leak' });
    });

    it('says how many cycles would settle what a few cannot', () => {
      const { report, status } = gate('/keep', '--cycles', '2');
      expect({ status, verdict: report.verdict }).toEqual({ status: 3, verdict: 'inconclusive' });
      expect(report.notes.join('\n')).toContain('--cycles 5 would settle it');
    });

    it('holds limits and a base line where it is given some', () => {
      const allowed = gate(
        '/keep',
        '--max-growth',
        '4MiB',
        '--max-goroutines',
        '100000',
        '--write-baseline',
        'base.json',
      );
      expect(allowed.report.cycles!.exceeded).toEqual([]);
      expect(allowed.status).not.toBe(1);
      const exceeded = gate('/hang', '--max-growth', '4MiB', '--max-goroutines', '100000', '--baseline', 'base.json');
      expect(exceeded.status).toBe(1);
      expect(exceeded.report.cycles!.exceeded[0]).toMatch(
        /^\d+ goroutines after the last cycle; the base line has \d+$/,
      );
    });

    it('says that a load fails, and that nothing answers', () => {
      expect(gate('/none && false')).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('the load of cycle 1 ended with code 1'),
      });
      const { status, stderr } = spawnSync(
        'node',
        [path.join(repository, 'dist/cli.js'), 'gate', '--target', 'http://127.0.0.1:9', '--load', 'true'],
        { cwd: scratch, encoding: 'utf8' },
      );
      expect(status).toBe(2);
      expect(stderr).toContain('127.0.0.1:9');
    });
  },
);

// Logs that real Go programs wrote: GC traces, dumps and crashes between the lines of the service.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { repository, runCommand } from '../run-command.ts';
import { hasGo } from './capture-go-server.ts';

const program = `package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
)

var kept [][]byte
var last []byte

func work(c chan int) { <-c }

func dump() {
	buf := make([]byte, 64<<20)
	os.Stderr.Write(buf[:runtime.Stack(buf, true)])
	os.Stderr.WriteString("\\n")
}

func main() {
	c := make(chan int)
	rounds := 60
	for round := 0; round < rounds; round++ {
		time.Sleep(20 * time.Millisecond)
		fmt.Fprintf(os.Stderr, "%s served %d\\n", time.Now().Format("2006/01/02 15:04:05.000000"), round)
		switch os.Args[1] {
		case "leak":
			kept = append(kept, make([]byte, 2<<20))
		case "steady":
			last = make([]byte, 2<<20)
		case "goroutines":
			for i := 0; i < 50; i++ {
				go work(c)
			}
			if round%10 == 9 {
				dump()
			}
		case "hold":
			go work(c)
		}
		runtime.GC()
	}
	if os.Args[1] == "hold" {
		panic("the end")
	}
}
`;

describe.skipIf(!hasGo)('the log of a service (skipped without a go command)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-log-'));
  const at = (name: string): string => path.join(directory, name);
  beforeAll(() => {
    mkdirSync(at('src'));
    writeFileSync(at('src/main.go'), program);
    writeFileSync(at('src/go.mod'), 'module example.com/logs\n\ngo 1.21\n');
    execFileSync('go', ['build', '-o', at('svc'), '.'], {
      cwd: at('src'),
      env: { ...process.env, GOFLAGS: '-buildvcs=false' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const logOf = (mode: string, environment: Record<string, string> = { GODEBUG: 'gctrace=1' }): string => {
    const { stderr } = spawnSync(at('svc'), [mode], { env: environment, maxBuffer: 1 << 28 });
    writeFileSync(at(`${mode}.log`), stderr);
    return at(`${mode}.log`);
  };
  /** The same log, had each round taken a hundred times as long: a service is watched for minutes, a test is not. */
  const stretchedLogOf = (mode: string): string => {
    const log = logOf(mode);
    const text = readFileSync(log, 'utf8').replace(
      /^(gc \d+ @)([\d.]+)s/gm,
      (_, gc, at) => `${gc}${(at * 100).toFixed(3)}s`,
    );
    writeFileSync(log, text.replace(/^\d{4}\/\S+ \S+ /gm, ''));
    return log;
  };
  const reportOf = async (file: string, stdin?: Uint8Array): Promise<{ code: unknown; report: Report }> => {
    const { code, stdout } = await runCommand(
      ['diagnose', file, '--format', 'json'],
      stdin === undefined ? {} : { stdin },
    );
    return { code, report: JSON.parse(stdout) as Report };
  };

  it('finds that the live heap grows, with an interval that holds the true rate', async () => {
    const { code, report } = await reportOf(stretchedLogOf('leak'));
    expect(code).toBe(1);
    expect(report.findings).toHaveLength(1);
    const [finding] = report.findings;
    expect(finding).toMatchObject({ rule: 'unknown-retention', kind: 'go-heap', certainty: 'likely' });
    // 2 MiB a round; what a round takes is the machine's business, so that the total is compared.
    expect(finding?.growth.bytes).toBeGreaterThan(100 << 20);
    expect(finding?.growth.bytes).toBeLessThan(122 << 20);
    expect(report.target.kind).toBe('files');
    const schema = JSON.parse(
      readFileSync(path.join(repository, 'docs/schemas/leakline.report-1.schema.json'), 'utf8'),
    );
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(report), JSON.stringify(validate.errors)).toBe(true);
  });

  it('takes the growth of a few seconds for a hint', async () => {
    const { code, report } = await reportOf(logOf('leak'));
    expect(code).toBe(3);
    expect(report.findings).toMatchObject([{ rule: 'unknown-retention', certainty: 'possible' }]);
    expect(report.summary).toMatch(/too briefly.*a log of more than two minutes/);
  });

  it('gives the same answer from stdin, and from a case file', async () => {
    const log = stretchedLogOf('leak');
    const { report } = await reportOf(log);
    const piped = await reportOf('-', readFileSync(log));
    expect(piped.code).toBe(1);
    expect(piped.report.findings).toEqual(report.findings);
    await runCommand(['capture', log, '-o', at('log.leakline')]);
    const kept = await reportOf(at('log.leakline'));
    expect(kept.report.findings).toEqual(report.findings);
  });

  it('clears a service whose live heap stands still', async () => {
    const { code, report } = await reportOf(logOf('steady'));
    expect(report.summary).toMatch(/live heap is (flat|level)/);
    expect(code).toBe(0);
  });

  it('finds goroutines that pile up from dump to dump, with their line', async () => {
    const { code, report } = await reportOf(logOf('goroutines'));
    expect(code).toBe(1);
    expect(report.findings[0]).toMatchObject({ rule: 'hanging-goroutine', site: { function: 'main.work', line: 13 } });
  });

  it('says of a crash how the program ended, and that one dump shows no growth', async () => {
    const { code, report } = await reportOf(logOf('hold', { GOTRACEBACK: 'all' }));
    expect(code).toBe(3);
    expect(report.warnings.join()).toMatch(/one goroutine dump cannot show growth/);
    expect(report.growth.find((row) => row.function === 'main.work')?.last).toBe(60);
  });

  it('says how to get evidence when a log has none', async () => {
    const log = logOf('steady', {});
    await expect(reportOf(log)).rejects.toMatchObject({
      code: 'E-CAPTURE-KIND',
      advice: expect.stringContaining('GODEBUG=gctrace=1'),
    });
    await expect(reportOf('-', readFileSync(log))).rejects.toMatchObject({ code: 'E-CAPTURE-KIND' });
  });

  it('reads a log of gigabytes without holding it', async () => {
    const log = logOf('leak');
    const text = readFileSync(log);
    const large = at('large.log');
    writeFileSync(large, '');
    truncateSync(large, 2 ** 31 + 4096);
    const file = openSync(large, 'r+');
    writeSync(file, Buffer.from('start\n'), 0, 6, 0);
    writeSync(file, Buffer.concat([Buffer.from('\n'), text]), 0, text.length + 1, 2 ** 31);
    closeSync(file);
    const { report } = await reportOf(large);
    expect(report.findings).toMatchObject([{ rule: 'unknown-retention' }]);
    expect(process.memoryUsage().rss).toBeLessThan(2 ** 30);
  });
});

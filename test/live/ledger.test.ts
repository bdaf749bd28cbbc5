// The ledger against real processes that say themselves how much of what they hold.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { processStartTicks, readLedgerLook } from '../../src/capture/read-smaps.ts';
import { type LedgerFlags, runLedger } from '../../src/cli/commands/ledger.ts';
import { repository } from '../run-command.ts';
import { hasGo } from './capture-go-server.ts';

const isLinux = process.platform === 'linux';
const hasGcc = spawnSync('gcc', ['--version']).status === 0;
const mib = 1024 * 1024;
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.ledger-1.schema.json'), 'utf8')),
);

const goProgram = `package main

import (
	"fmt"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"syscall"
	"time"
)

var kept [][]byte

func deep(n int, c chan int) int {
	var pad [512]byte
	pad[n] = byte(n)
	if n == 0 {
		<-c
		return int(pad[0])
	}
	return deep(n-1, c) + int(pad[n])
}

func touch(b []byte) {
	for i := 0; i < len(b); i += 1024 {
		b[i] = 1
	}
}

func main() {
	l, _ := net.Listen("tcp", "127.0.0.1:0")
	if len(os.Args) > 2 {
		l.Close()
	}
	switch os.Args[1] {
	case "heap":
		for i := 0; i < 100; i++ {
			b := make([]byte, 1<<20)
			touch(b)
			kept = append(kept, b)
		}
	case "stacks":
		c := make(chan int)
		for i := 0; i < 4000; i++ {
			go deep(40, c)
		}
		time.Sleep(time.Second)
	case "mapped":
		b, _ := syscall.Mmap(-1, 0, 100<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
		touch(b)
		kept = append(kept, b)
	case "leak":
		go func() {
			for range time.Tick(10 * time.Millisecond) {
				b := make([]byte, 64<<10)
				touch(b)
				kept = append(kept, b)
			}
		}()
	}
	runtime.GC()
	fmt.Println("ready")
	go http.Serve(l, nil)
	time.Sleep(time.Hour)
}
`;

const cProgram = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(void) {
  for (int i = 0; i < 50 * 1024; i++) memset(malloc(1000), 1, 1000);
  puts("ready");
  fflush(stdout);
  sleep(3600);
}
`;

interface LedgerJson {
  readonly rssBytes: number;
  readonly items: readonly { class: string; bytes: number; resident: boolean; growthBytesPerSecond?: number }[];
  readonly unexplainedBytes: number;
  readonly branch: { kind: string; why: string };
  readonly warnings: readonly string[];
  readonly target: { goVersion?: string };
}

async function ledgerText(pid: number | string, flags: LedgerFlags): Promise<string> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const code = await runLedger(String(pid), flags, {
    stdin: new PassThrough(),
    stdout: Object.assign(stdout, { columns: 100 }),
    stderr: new PassThrough(),
    env: {},
    cwd: repository,
    home: '/nonexistent',
    nowMs: Date.now,
    interrupt: new AbortController().signal,
  });
  expect(code).toBe(0);
  return Buffer.concat(chunks).toString();
}

async function ledgerOf(pid: number, forText = '0'): Promise<LedgerJson> {
  const ledger = JSON.parse(await ledgerText(pid, { for: forText, format: 'json' })) as LedgerJson;
  expect(validate(ledger), JSON.stringify(validate.errors)).toBe(true);
  const resident = ledger.items.filter((item) => item.resident).reduce((sum, item) => sum + item.bytes, 0);
  expect(resident + ledger.unexplainedBytes).toBe(ledger.rssBytes);
  expect(Math.abs(ledger.unexplainedBytes)).toBeLessThan(Math.max(0.03 * ledger.rssBytes, 4 * mib));
  return ledger;
}

const mibOf = (ledger: LedgerJson, name: string): number =>
  (ledger.items.find((item) => item.class === name)?.bytes ?? 0) / mib;

describe.skipIf(!isLinux)('the ledger of a live process (skipped where there is no /proc)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-ledger-'));
  const running: { stop(): Promise<void> }[] = [];
  const start = async (program: string, args: readonly string[]): Promise<number> => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    running.push({
      async stop() {
        child.kill('SIGKILL');
        await ended;
      },
    });
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => resolve());
      child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    });
    return child.pid!;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((process) => process.stop()));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  describe.skipIf(!hasGo)('written in Go (skipped without a go command)', () => {
    const binary = path.join(directory, 'ledger-go');
    beforeAll(() => {
      mkdirSync(path.join(directory, 'src'));
      writeFileSync(path.join(directory, 'src/main.go'), goProgram);
      writeFileSync(path.join(directory, 'src/go.mod'), 'module example.com/ledger\n\ngo 1.21\n');
      execFileSync('go', ['build', '-o', binary, '.'], {
        cwd: path.join(directory, 'src'),
        env: { ...process.env, GOFLAGS: '-buildvcs=false' },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    });

    it('finds 100 MiB of live heap', async () => {
      const ledger = await ledgerOf(await start(binary, ['heap']));
      expect(mibOf(ledger, 'go-heap-live')).toBeGreaterThan(97);
      expect(mibOf(ledger, 'go-heap-live')).toBeLessThan(104);
      expect(ledger.target.goVersion).toMatch(/^go1\./);
    });

    it('finds stacks, and what of them was never written', async () => {
      const ledger = await ledgerOf(await start(binary, ['stacks']));
      // 4000 stacks of 32 KiB, of which the deepest frame leaves a quarter untouched.
      const stacks = mibOf(ledger, 'goroutine-stacks');
      expect(stacks).toBeGreaterThan(80);
      expect(stacks + mibOf(ledger, 'go-heap-untouched')).toBeGreaterThan(118);
    });

    it('finds 100 MiB that syscall.Mmap took, less what hides in the metadata of the runtime', async () => {
      const ledger = await ledgerOf(await start(binary, ['mapped']));
      expect(mibOf(ledger, 'other-native')).toBeGreaterThan(95);
      expect(mibOf(ledger, 'other-native')).toBeLessThan(101);
    });

    it('works without an endpoint, with the Go heap as one class', async () => {
      const ledger = await ledgerOf(await start(binary, ['heap', 'silent']));
      expect(mibOf(ledger, 'go-heap')).toBeGreaterThan(97);
      expect(ledger.warnings.join()).toMatch(/one class.*no TCP port/);
    });

    it('sees a live heap grow and sends there', async () => {
      const pid = await start(binary, ['leak']);
      const ledger = await ledgerOf(pid, '8s');
      expect(ledger.branch.kind).toBe('go-heap');
      const rate = ledger.items.find((item) => item.class === 'go-heap-live')?.growthBytesPerSecond ?? 0;
      // 6.25 MiB/s allocated; a busy machine ticks less often, and live is as of the last collection.
      expect(rate).toBeGreaterThan(1 * mib);
      expect(rate).toBeLessThan(12 * mib);
      const text = await ledgerText(pid, { for: '0' });
      expect(text).toMatch(/Go heap: live/);
      expect(text).toMatch(/= resident \(RSS\).*100 %/);
    });

    it('refuses a process that took over the pid', async () => {
      const pid = await start(binary, ['heap', 'silent']);
      const ticks = await processStartTicks(pid);
      expect(ticks).toMatch(/^\d+$/);
      const options = { nowMs: Date.now, note: () => {} };
      await expect(readLedgerLook(pid, String(Number(ticks) - 1), options)).rejects.toMatchObject({
        code: 'E-LEDGER-RESTARTED',
      });
    });
  });

  it.skipIf(!hasGcc)('finds the malloc of a C program, and says that it is not Go (skipped without gcc)', async () => {
    writeFileSync(path.join(directory, 'hold.c'), cProgram);
    execFileSync('gcc', ['-O1', '-o', path.join(directory, 'hold'), path.join(directory, 'hold.c')]);
    const ledger = await ledgerOf(await start(path.join(directory, 'hold'), []));
    expect(mibOf(ledger, 'malloc')).toBeGreaterThan(48);
    expect(mibOf(ledger, 'malloc')).toBeLessThan(52);
    expect(ledger.warnings.join()).toMatch(/not a Go program/);
  });

  it('shows a Node process without taking its heap for Go’s', async () => {
    const script = 'const b = Buffer.alloc(64 << 20, 1); console.log("ready"); setTimeout(() => b, 1e8)';
    const ledger = await ledgerOf(await start(process.execPath, ['-e', script]));
    expect(mibOf(ledger, 'other-native')).toBeGreaterThan(60);
    expect(ledger.items.filter((item) => item.class.startsWith('go'))).toEqual([]);
  });

  it('says that there is no such process', async () => {
    await expect(ledgerText(4_194_303, { for: '0' })).rejects.toMatchObject({ advice: expect.anything() });
  });

  it.skipIf(process.getuid?.() !== 0)('says how to see the process of another user (skipped unless root)', async () => {
    const pid = await start('/bin/sh', ['-c', 'echo ready; exec sleep 3600']);
    process.seteuid?.(65_534);
    try {
      const ticks = await processStartTicks(pid);
      await expect(readLedgerLook(pid, ticks!, { nowMs: Date.now, note: () => {} })).rejects.toMatchObject({
        code: 'E-CAPTURE-PERMISSION',
        advice: expect.stringMatching(/sudo leakline ledger/),
      });
    } finally {
      process.seteuid?.(0);
    }
  });
});

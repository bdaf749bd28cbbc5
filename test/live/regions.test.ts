// Regions that grow in real processes, and what is in them.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { peekMemory } from '../../src/capture/peek-memory.ts';
import { processStartTicks } from '../../src/capture/read-smaps.ts';
import type { RegionsResult } from '../../src/cli/compose-regions.ts';
import { repository, runCommand } from '../run-command.ts';
import { hasGo } from './capture-go-server.ts';
import { createProcesses } from './start-process.ts';

const isLinux = process.platform === 'linux';
const isRoot = process.getuid?.() === 0;
const hasGcc = spawnSync('gcc', ['--version']).status === 0;
const hasGxx = spawnSync('g++', ['--version']).status === 0;
const mib = 1024 * 1024;
/** Not /tmp, which may be memory itself: files there are shared memory. */
const diskDirectory = '/var/tmp';
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.regions-1.schema.json'), 'utf8')),
);

async function regionsOf(pid: number, ...flags: string[]): Promise<RegionsResult> {
  const { code, stdout } = await runCommand(['regions', String(pid), '--format', 'json', ...flags]);
  expect(code).toBe(0);
  const result = JSON.parse(stdout) as RegionsResult;
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  return result;
}

describe.skipIf(!isLinux)('the regions of a live process (skipped where there is no /proc)', () => {
  const directory = mkdtempSync(path.join(diskDirectory, 'leakline-regions-'));
  const { start, stopAll } = createProcesses(directory);
  afterEach(stopAll);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  describe.skipIf(!hasGo || !hasGcc)('of a Go program with C (skipped without go and gcc)', () => {
    const binary = path.join(directory, 'ledger');
    beforeAll(() => {
      execFileSync('go', ['build', '-o', binary, '.'], {
        cwd: path.join(repository, 'testdata/ledger'),
        env: { ...process.env, GOFLAGS: '-buildvcs=false', CGO_ENABLED: '1' },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
    });

    it('finds the malloc arena that grows, the size of its records and what they point to', async () => {
      const result = await regionsOf(await start(binary, ['grow-records', 'silent']), '--for', '4s', '--peek');
      expect(result.regions[0]?.kind).toMatch(/glibc-arena|brk/);
      expect(result.regions[0]?.grownBytes).toBeGreaterThan(8 * mib);
      expect(result.regions[0]?.low).toBeGreaterThan(0);
      const { peek } = result;
      expect(peek?.start).toBe(result.regions[0]?.start);
      expect(peek?.record?.bytes).toBe(96);
      expect(peek?.codePointers[0]).toMatchObject({ name: binary, symbol: 'hold' });
      // Not a word of the contents, unless they are asked for.
      expect(result.redacted).toBe(true);
      expect(peek?.strings[0]?.shape).toBe('a{8}-a{6}-a{2}-a-a{7}');
      expect(JSON.stringify(result)).not.toContain('customer');
      expect(peek?.hex).toBeUndefined();
    });

    it('shows strings and bytes when they are asked for', async () => {
      const pid = await start(binary, ['grow-records', 'silent']);
      const grown = await regionsOf(pid, '--for', '2s');
      const result = await regionsOf(pid, '--for', '0', `--peek=${grown.regions[0]!.start}`, '--show-contents');
      expect(result.peek?.strings[0]?.text).toBe('customer-record-of-a-session');
      expect(result.peek?.hex?.map(({ bytes }) => Buffer.from(bytes, 'hex').toString('latin1')).join()).toContain(
        'customer',
      );
      const { stdout } = await runCommand(['regions', String(pid), '--for', '0', '--peek', '--show-contents']);
      expect(stdout).toContain('"customer-record-of-a-session"');
    });

    it.each([
      ['grow-anon', 'anonymous'],
      ['grow-file', 'file'],
      ['grow-heap', 'go-arena'],
    ])('finds what grows with %s', async (mode, kind) => {
      const { regions, growing } = await regionsOf(await start(binary, [mode, 'silent']), '--for', '4s');
      expect(regions[0]?.kind).toBe(kind);
      expect(growing).toBeLessThan(4);
    });

    it('sees nothing grow in a process that stands still, and does not change it', async () => {
      const pid = await start(binary, ['anon', 'silent']);
      const before = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/Rss: +(\d+)/)?.[1];
      const result = await regionsOf(pid, '--for', '3s', '--peek=biggest');
      expect(result.growing).toBe(0);
      expect(result.peek).toMatchObject({ kind: 'anonymous', sampledBytes: 16 * mib });
      const after = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').match(/Rss: +(\d+)/)?.[1];
      expect(Math.abs(Number(after) - Number(before))).toBeLessThan(256);
    });

    it('shows what it saw of a process that ends while it is watched', async () => {
      const pid = await start(binary, ['none', 'silent']);
      setTimeout(() => process.kill(pid, 'SIGKILL'), 2500);
      const result = await regionsOf(pid, '--for', '10s', '--peek');
      expect(result.warnings.join()).toContain('ended while it was watched');
      expect(result.peek).toBeUndefined();
    });
  });

  it.skipIf(!hasGxx)(
    'names the classes whose objects fill the memory of a C++ program (skipped without g++)',
    async () => {
      writeFileSync(
        path.join(directory, 'image.cc'),
        `#include <cstdio>
#include <unistd.h>
namespace img { struct Image { virtual ~Image() {} char pixels[100]; }; }
static void *volatile last;
int main() {
  for (int i = 0; i < 100000; i++) last = new img::Image;
  puts("ready");
  fflush(stdout);
  sleep(3600);
}
`,
      );
      execFileSync('g++', ['-O1', '-o', path.join(directory, 'image'), path.join(directory, 'image.cc')]);
      const result = await regionsOf(await start(path.join(directory, 'image'), []), '--for', '0', '--peek=biggest');
      expect(result.peek).toMatchObject({ kind: 'brk', record: { bytes: 128 } });
      expect(result.peek?.codePointers[0]?.symbol).toBe('vtable for img::Image');
    },
  );

  it('looks into a Node process, and says that it is not Go', async () => {
    const script =
      'const b = Buffer.alloc(32 << 20, "GET /users/12345 HTTP/1.1 "); console.log("ready"); setTimeout(() => b, 1e8)';
    const result = await regionsOf(await start(process.execPath, ['-e', script]), '--for', '0', '--peek=biggest');
    expect(result.peek).toMatchObject({ kind: 'anonymous', contents: 'text' });
    expect(result.warnings.join()).toContain('not a Go program');
  });

  it.skipIf(!isRoot)('says how to look into the memory of another user (skipped unless root)', async () => {
    const pid = await start('/bin/sh', ['-c', 'echo ready; exec sleep 3600']);
    const ticks = await processStartTicks(pid);
    process.seteuid?.(65_534);
    try {
      await expect(peekMemory(pid, ticks!, [])).rejects.toMatchObject({
        code: 'E-CAPTURE-PERMISSION',
        advice: expect.stringMatching(/sudo leakline regions \d+ --peek/),
      });
    } finally {
      process.seteuid?.(0);
    }
  });

  it('refuses a process that took over the pid', async () => {
    const pid = await start('/bin/sh', ['-c', 'echo ready; exec sleep 3600']);
    const ticks = await processStartTicks(pid);
    await expect(peekMemory(pid, String(Number(ticks) - 1), [])).rejects.toMatchObject({ code: 'E-LEDGER-RESTARTED' });
  });

  it('refuses what is no address, no process, or not mapped', async () => {
    const pid = await start('/bin/sh', ['-c', 'echo ready; exec sleep 3600']);
    await expect(regionsOf(pid, '--for', '0', '--peek=here')).rejects.toThrow(/is not an address/);
    await expect(regionsOf(pid, '--for', '0', '--peek=0x10')).rejects.toThrow(/nothing resident is mapped/);
    await expect(regionsOf(pid, '--for', '0', '--show-contents')).rejects.toThrow(/without --peek/);
    await expect(regionsOf(4_194_303, '--for', '0')).rejects.toThrow(/there is no process/);
  });
});

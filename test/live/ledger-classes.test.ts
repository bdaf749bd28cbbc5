// The ledger against programs that hold 100 MiB of one kind of memory each: the class that holds it, and what stays
// unexplained. `LEAKLINE_GO_TOOLCHAINS=go1.21.13,go1.27.3` runs it with these toolchains, too.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repository, runCommand } from '../run-command.ts';
import { hasGo } from './capture-go-server.ts';
import { createProcesses } from './start-process.ts';

const isLinux = process.platform === 'linux';
const hasGcc = spawnSync('gcc', ['--version']).status === 0;
const mib = 1024 * 1024;
/** Not /tmp, which may be memory itself: files there are shared memory. */
const diskDirectory = '/var/tmp';
const toolchains = ['local', ...(process.env['LEAKLINE_GO_TOOLCHAINS'] ?? '').split(',').filter((name) => name !== '')];

interface LedgerJson {
  readonly rssBytes: number;
  readonly items: readonly { readonly class: string; readonly bytes: number }[];
  readonly unexplainedBytes: number;
  readonly branch: { readonly kind: string };
}

async function ledgerOf(pid: number, watch = '0'): Promise<LedgerJson> {
  const { stdout } = await runCommand(['ledger', String(pid), '--for', watch, '--format', 'json']);
  return JSON.parse(stdout) as LedgerJson;
}

/** Mode of testdata/ledger, the class that holds its 100 MiB, and the same without the runtime's numbers. */
const pure = [
  ['heap', 'go-heap-live', 'go-heap'],
  ['stacks', 'goroutine-stacks', 'go-heap'],
  ['fragmentation', 'go-heap-waste', 'go-heap'],
  ['idle', 'go-heap-idle', 'go-heap'],
  ['garbage', 'go-heap', 'go-heap'],
  ['ballast', 'go-heap-untouched', undefined],
  ['churn', undefined, undefined],
  ['anon', 'other-native', 'other-native'],
  ['file', 'file-mappings', 'file-mappings'],
  ['shmem', 'shmem', 'shmem'],
  ['memfd', 'shmem', 'shmem'],
] as const;
const withC = [
  ['malloc-brk', 'malloc'],
  ['malloc-arenas', 'malloc'],
  ['malloc-large', 'other-native'],
  ['threads', 'thread-stacks'],
] as const;

describe.skipIf(!isLinux || !hasGo).each(toolchains)(
  'the ledger with %s Go (skipped without go and /proc)',
  (toolchain) => {
    const directory = mkdtempSync(path.join(diskDirectory, 'leakline-classes-'));
    const { start, stopAll } = createProcesses(directory);
    const binaryOf = (cgo: string): string => path.join(directory, `ledger-${cgo}`);
    beforeAll(() => {
      for (const cgo of hasGcc ? ['0', '1'] : ['0'])
        execFileSync('go', ['build', '-o', binaryOf(cgo), '.'], {
          cwd: path.join(repository, 'testdata/ledger'),
          env: { ...process.env, GOFLAGS: '-buildvcs=false', CGO_ENABLED: cgo, GOTOOLCHAIN: toolchain },
          stdio: ['ignore', 'inherit', 'inherit'],
        });
    });
    afterEach(stopAll);
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    const check = async (cgo: string, args: readonly string[], expected: string | undefined): Promise<void> => {
      const ledger = await ledgerOf(await start(binaryOf(cgo), args));
      expect(Math.abs(ledger.unexplainedBytes)).toBeLessThan(Math.max(0.03 * ledger.rssBytes, 4 * mib));
      if (expected === undefined) return;
      const held = ledger.items.find((item) => item.class === expected)?.bytes ?? 0;
      // Of native memory up to the runtime's own claims hide in it; a heap of small objects has some waste of its own.
      expect(held / mib).toBeGreaterThan(70);
      expect(held / mib).toBeLessThan(160);
      for (const item of ledger.items)
        if (item.class !== expected && !/cgroup|kernel|go-heap-untouched/.test(item.class))
          expect(item.bytes, item.class).toBeLessThan(30 * mib);
    };

    it.each(pure)('knows %s', async (mode, expected, whole) => {
      await check('0', [mode], expected);
      await stopAll();
      await check('0', [mode, 'silent'], whole);
    });

    it.each([
      ['grow-heap', 'go-heap'],
      ['grow-anon', 'native'],
      ['grow-file', 'files'],
      ['grow-malloc', 'native'],
    ])('sends %s to %s', async (mode, branch) => {
      const isC = mode === 'grow-malloc';
      if (isC && !hasGcc) return;
      for (const silent of [[], ['silent']])
        expect((await ledgerOf(await start(binaryOf(isC ? '1' : '0'), [mode, ...silent]), '4s')).branch.kind).toBe(
          branch,
        );
    });

    it.skipIf(!hasGcc).each(withC)('knows %s (skipped without gcc)', async (mode, expected) => {
      await check('1', [mode], expected);
      await stopAll();
      await check('1', [mode, 'silent'], expected);
    });
  },
);

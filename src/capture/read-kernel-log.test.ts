import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLogFile, readMachineLogs, readRingBuffer } from './read-kernel-log.ts';

const kill = (pid: number): string =>
  `2026-11-22T22:01:45+00:00 web1 kernel: Out of memory: Killed process ${pid} (svc) total-vm:1kB, anon-rss:8kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:8kB oom_score_adj:0\n`;
const noise = '2026-11-22T22:01:44+00:00 web1 app[12]: GET /orders 200 in 3 ms\n';
const nowMs = Date.UTC(2026, 10, 23);

let root = '';
beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'leakline-log-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): string => {
  const at = path.join(root, name);
  writeFileSync(at, content);
  return at;
};
const read = (name: string, stdin = '') => readLogFile(name, Readable.from([Buffer.from(stdin)]), { nowMs });

describe('readLogFile', () => {
  it('reads a plain file, a packed one and stdin alike', async () => {
    const text = noise.repeat(40_000) + kill(7) + noise.repeat(40_000) + kill(8);
    const logs = [
      await read(file('kern.log', text)),
      await read(file('kern.log.2.gz', gzipSync(text))),
      await read('-', text),
    ];
    for (const log of logs) {
      expect(log.kills.map((one) => one.pid)).toEqual([7, 8]);
      expect(log.lines).toBe(80_002);
      expect(log.firstMs).toBe(Date.UTC(2026, 10, 22, 22, 1, 44));
      expect(log.lastMs).toBe(Date.UTC(2026, 10, 22, 22, 1, 45));
    }
  });

  it('keeps what stands before the break of an archive, and says that it breaks off', async () => {
    const packed = gzipSync(kill(7) + Array.from({ length: 20_000 }, (_, at) => `${at} ${noise}`).join(''));
    const log = await read(file('cut.gz', packed.subarray(0, packed.length - 2000)));
    expect(log.kills.map((one) => one.pid)).toEqual([7]);
    expect(log.warnings).toEqual([expect.stringContaining('the archive breaks off')]);
  });

  it.each([
    ['system.journal', 'LPKSHHRH\0\0', /journalctl --file .* -o export \| leakline oom --log -/],
    ['kern.log.xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), /xz -dc/],
    ['kern.log.zst', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0]), /zstd -dc/],
  ])('names the tool that makes text of %s', async (name, content, advice) => {
    await expect(read(file(name, content))).rejects.toMatchObject({
      code: 'E-LOG',
      advice: expect.stringMatching(advice),
    });
  });

  it('says what is wrong with a path', async () => {
    await expect(read('/nonexistent/kern.log')).rejects.toMatchObject({
      message: 'there is no log file /nonexistent/kern.log',
    });
    await expect(read(root)).rejects.toMatchObject({ message: expect.stringContaining('is a directory') });
  });

  it('reads an empty log', async () => {
    expect(await read(file('empty.log', ''))).toMatchObject({ lines: 0, killCount: 0, firstMs: undefined });
  });
});

describe('readMachineLogs', () => {
  it('reads what it may and says for the rest why not and what would help', async () => {
    const kern = file('machine.log', kill(9));
    const { logs, gaps } = await readMachineLogs({
      nowMs,
      kmsgPath: '/nonexistent/kmsg',
      journalctl: '/nonexistent/journalctl',
      logFiles: [kern, '/nonexistent/syslog', root],
    });
    expect(logs.map((log) => [log.source, log.killCount])).toEqual([[kern, 1]]);
    expect(gaps.map((gap) => gap.where)).toEqual(["the kernel's log (/nonexistent/kmsg)", root]);
    expect(gaps[0]).toMatchObject({ why: 'it is not there; containers usually hide it' });
    expect(gaps[0]!.how).toContain('sudo dmesg | leakline oom --log -');
  });

  it('says what journalctl complains of', async () => {
    const journalctl = file('journalctl', '#!/bin/sh\necho "No such boot" >&2; exit 1\n');
    const { chmodSync } = await import('node:fs');
    chmodSync(journalctl, 0o755);
    const { gaps } = await readMachineLogs({ nowMs, kmsgPath: '/nonexistent', journalctl, logFiles: [] });
    expect(gaps.find((gap) => gap.where.includes('journal'))).toMatchObject({ why: 'No such boot' });
  });

  it('reads what journalctl exports, also one too old to choose fields', async () => {
    const journalctl = file(
      'journalctl-219',
      `#!/bin/sh
case "$*" in *--output-fields*) echo "journalctl: unrecognized option '--output-fields'" >&2; exit 1;; esac
printf '__CURSOR=a\\n__REALTIME_TIMESTAMP=1790000000000000\\n_TRANSPORT=kernel\\nMESSAGE=Killed process 7 (svc) total-vm:1kB, anon-rss:8kB, file-rss:4kB\\n\\n'
`,
    );
    const { chmodSync } = await import('node:fs');
    chmodSync(journalctl, 0o755);
    const { logs } = await readMachineLogs({ nowMs, kmsgPath: '/nonexistent', journalctl, logFiles: [] });
    expect(logs[0]?.kills[0]).toMatchObject({ pid: 7, atMs: 1_790_000_000_000, sources: ['journal'] });
  });
});

describe('readRingBuffer', () => {
  it('places records by the clock that the kernel counts with', () => {
    // A plain file gives all records in one read, and then its end.
    const micros = Number(process.hrtime.bigint() / 1000n) - 60_000_000;
    const record = `3,423,${micros},-;${kill(7).slice(kill(7).indexOf('Out of'))}`;
    const log = readRingBuffer(file('kmsg', record), nowMs);
    expect('kills' in log && Math.abs(log.kills[0]!.atMs! - (nowMs - 60_000))).toBeLessThan(5000);
  });
});

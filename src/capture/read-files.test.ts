import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readFiles, readStdin } from './read-files.ts';

/** A profile with one sample type, no samples, and a time. */
function profile(sampleType: string, unit: string, timeMs: number): Buffer {
  const texts = ['', sampleType, unit].map((text) =>
    Buffer.concat([Buffer.from([0x32, text.length]), Buffer.from(text)]),
  );
  const nanos: number[] = [];
  for (let left = BigInt(timeMs) * 1_000_000n; left > 0n; left >>= 7n)
    nanos.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0));
  return gzipSync(Buffer.concat([Buffer.from([0x0a, 4, 8, 1, 16, 2]), ...texts, Buffer.from([0x48, ...nanos])]));
}
const heap = (timeMs: number) => profile('inuse_space', 'bytes', timeMs);
const goroutines = (timeMs: number) => profile('goroutine', 'count', timeMs);
const day = 1_800_000_000_000;
const dump = 'goroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\n';

describe('readFiles', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-files-'));
  const at = (name: string) => path.join(directory, name);
  const put = (name: string, content: string | Buffer, modifiedMs = day) => {
    mkdirSync(path.dirname(at(name)), { recursive: true });
    writeFileSync(at(name), content);
    utimesSync(at(name), modifiedMs / 1000, modifiedMs / 1000);
  };
  const listOf = async (...names: string[]) =>
    (await readFiles(names.map(at))).artefacts.map(
      (artefact) => `${artefact.capture} ${artefact.kind} ${path.relative(directory, artefact.name)}`,
    );
  beforeEach(() => {
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('orders profiles by the time inside them, whatever their names', async () => {
    put('b.pb.gz', heap(day));
    put('a.pb.gz', heap(day + 60_000));
    expect(await listOf('a.pb.gz', 'b.pb.gz')).toEqual(['0 heap-profile b.pb.gz', '1 heap-profile a.pb.gz']);
  });

  it('takes profiles of one moment for one capture', async () => {
    put('run/1/heap', heap(day));
    put('run/1/goroutine', goroutines(day + 400));
    put('run/2/heap', heap(day + 10_000));
    put('run/2/goroutine', goroutines(day + 10_300));
    expect(await listOf('run')).toEqual([
      '0 heap-profile run/1/heap',
      '0 goroutine-profile run/1/goroutine',
      '1 heap-profile run/2/heap',
      '1 goroutine-profile run/2/goroutine',
    ]);
  });

  it('keeps two heap profiles of one second apart', async () => {
    put('a', heap(day));
    put('b', heap(day + 500));
    expect(await listOf('a', 'b')).toEqual(['0 heap-profile a', '1 heap-profile b']);
  });

  it('orders text by the time of the file, and equal times by number in the name', async () => {
    for (const number of [10, 9, 2]) put(`dump-${number}.txt`, dump);
    expect(await listOf('.')).toEqual([
      '0 goroutine-dump dump-2.txt',
      '1 goroutine-dump dump-9.txt',
      '2 goroutine-dump dump-10.txt',
    ]);
  });

  it('tells the kind from the content', async () => {
    put('1', 'heap profile: 0: 0 [0: 0] @ heap/1048576\n\n# runtime.MemStats\n# Alloc = 1\n');
    put('2', 'goroutine profile: total 1\n1 @ 0x1\n', day + 60_000);
    put('3', `2026/11/23 panic: boom\n\n${dump}`, day + 120_000);
    put('4', '{"cmdline": ["svc"], "memstats": {"Alloc": 5}}', day + 180_000);
    put('5', `${'a line of a log\n'.repeat(10_000)}${dump}`, day + 240_000);
    expect(await listOf('.')).toEqual([
      '0 heap-profile 1',
      '1 goroutine-profile 2',
      '2 goroutine-dump 3',
      '3 expvar 4',
      '4 goroutine-dump 5',
    ]);
  });

  it('passes over other files in a directory and says so', async () => {
    put('run/heap.pb.gz', heap(day));
    put('run/README.md', '# notes');
    put('run/.git/config', 'x');
    const { artefacts, notes } = await readFiles([at('run')]);
    expect(artefacts).toHaveLength(1);
    expect(notes.map((note) => note.message).join()).toContain('1 other files were passed over');
  });

  it('says what a named file is instead', async () => {
    put('cpu.pb.gz', profile('cpu', 'nanoseconds', day));
    put('page', '<html><body>login</body></html>');
    put('empty', '');
    put('cut.pb.gz', heap(day).subarray(0, 20));
    put('binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1]));
    await expect(readFiles([at('cpu.pb.gz')])).rejects.toMatchObject({
      message: expect.stringContaining('this is a CPU profile'),
      advice: expect.stringContaining('/debug/pprof/heap'),
    });
    await expect(readFiles([at('page')])).rejects.toThrow('page: this is an HTML page');
    await expect(readFiles([at('empty')])).rejects.toThrow('empty: this is an empty file');
    await expect(readFiles([at('cut.pb.gz')])).rejects.toThrow('cut.pb.gz: ');
    await expect(readFiles([at('binary')])).rejects.toThrow('an ELF binary');
    await expect(readFiles([at('missing')])).rejects.toThrow('there is no file');
    mkdirSync(at('nothing'));
    await expect(readFiles([at('nothing')])).rejects.toThrow(
      'no profile, goroutine dump, GC trace or memory statistics',
    );
  });

  it('reads a pipe once, profile and log alike', async () => {
    const trace = Array.from(
      { length: 20 },
      (_, at) =>
        `gc ${at + 1} @${at}s 0%: 0.1+1+0.1 ms clock, 0.1+0/0/0+0.1 ms cpu, 9->9->9 MB, 9 MB goal, 0 MB stacks, 0 MB globals, 2 P`,
    ).join('\n');
    put('profile', heap(day));
    put('log', `${trace}\n${'served\n'.repeat(20_000)}`);
    execFileSync('mkfifo', [at('pipe')]);
    for (const [name, kind] of [
      ['profile', 'heap-profile'],
      ['log', 'gctrace'],
    ] as const) {
      const feeding = spawn('/bin/sh', ['-c', `cat '${at(name)}' > '${at('pipe')}'`]);
      const ended = once(feeding, 'exit');
      expect((await readFiles([at('pipe')])).artefacts.map((artefact) => artefact.kind)).toEqual([kind]);
      await ended;
    }
  });

  it('reads a log that is packed, from a file and from stdin', async () => {
    const packed = gzipSync(`start\n${dump}\n${dump.replace('goroutine 1', 'goroutine 2')}`);
    put('svc.log.gz', packed);
    expect(await listOf('svc.log.gz')).toEqual(['0 goroutine-dump svc.log.gz']);
    const { artefacts } = await readStdin(Readable.from([packed]), 5);
    expect(artefacts.map((artefact) => artefact.kind)).toEqual(['goroutine-dump']);
  });

  it('reads one profile from stdin', async () => {
    const packed = heap(day);
    const { artefacts } = await readStdin(Readable.from([packed.subarray(0, 10), packed.subarray(10)]), 5);
    expect(artefacts).toMatchObject([{ kind: 'heap-profile', name: 'stdin', atMs: day, capture: 0 }]);
    await expect(readStdin(Readable.from([]), 5)).rejects.toThrow('stdin: this is an empty file');
  });
});

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { KnownError } from '../base/errors.ts';
import type { Case } from '../model/case.ts';
import { caseFileLimits, readCaseFile } from './read-case-file.ts';
import { writeCaseFile } from './write-case-file.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const artefact = (name: string, text: string) => ({
  kind: 'goroutine-dump' as const,
  name,
  atMs: 1_800_000_000_123.5,
  capture: 1,
  incarnation: 0,
  forcedGc: false,
  bytes: bytes(text),
});
const example: Case = {
  target: {
    kind: 'pid',
    label: 'pid 4242',
    pid: 4242,
    build: {
      goVersion: 'go1.26.8',
      modulePath: 'example.com/svc',
      mainPackage: 'example.com/svc',
      dependencies: [{ path: 'example.com/dep', version: 'v1.0.0' }],
      settings: { CGO_ENABLED: '0' },
      source: 'build-info',
    },
  },
  artefacts: [
    { ...artefact('0000/heap.pb.gz', '\x1f\x8bnot really gzip'), kind: 'heap-profile', capture: 0, forcedGc: true },
    artefact('0001/goroutines.txt', 'goroutine 1 [running]:\n'.repeat(100)),
    artefact('../profiles/dump of mine.txt', 'goroutine 2 [running]:\n'),
    artefact('elsewhere/dump of mine.txt', ''),
  ],
  sources: new Map([
    ['/app/main.go', 'package main\n'],
    ['__proto__', 'package odd // é\n'],
  ]),
  notes: [{ atMs: 5, message: 'the target restarted' }],
  cost: { requests: 7, forcedGcs: 1, bytesReceived: 9000 },
};

describe('case files', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'leakline-case-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string) => path.join(directory, name);
  const zipOf = async (name: string, entries: Record<string, string>) => {
    const zip = new ZipFile();
    for (const [entry, text] of Object.entries(entries)) zip.addBuffer(Buffer.from(text), entry);
    zip.end();
    const chunks: Buffer[] = [];
    for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk as Uint8Array));
    writeFileSync(file(name), Buffer.concat(chunks));
    return file(name);
  };
  const manifest = (more: object = {}) =>
    JSON.stringify({
      schema: 'leakline.case/1',
      tool: { name: 'leakline', version: '1' },
      target: { kind: 'url', label: 'x' },
      artefacts: [],
      sources: {},
      notes: [],
      cost: null,
      ...more,
    });

  it('give back what was written', async () => {
    await writeCaseFile(file('a.leakline'), example, '0.1.0');
    expect(await readCaseFile(file('a.leakline'))).toEqual(example);
    const bare: Case = { ...example, artefacts: [], sources: new Map(), notes: [], cost: undefined };
    await writeCaseFile(file('a.leakline'), bare, '0.1.0');
    expect(await readCaseFile(file('a.leakline'))).toEqual(bare);
  });

  it('are written whole or not at all', async () => {
    await expect(writeCaseFile(file('no/such/x.leakline'), example, '0.1.0')).rejects.toMatchObject({
      code: 'E-CASE-WRITE',
    });
    expect(existsSync(file('no'))).toBe(false);
    expect(readdirSync(directory).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('answer every truncation and flipped byte with an error, or with the case', async () => {
    await writeCaseFile(file('whole.leakline'), example, '0.1.0');
    const whole = readFileSync(file('whole.leakline'));
    for (let cut = 0; cut < whole.length; cut += 37) {
      writeFileSync(file('cut.leakline'), whole.subarray(0, cut));
      await expect(readCaseFile(file('cut.leakline'))).rejects.toBeInstanceOf(KnownError);
    }
    for (let at = 0; at < whole.length; at += 11) {
      const damaged = Buffer.from(whole);
      damaged[at] = damaged[at]! ^ 0x55;
      writeFileSync(file('flipped.leakline'), damaged);
      const result = await readCaseFile(file('flipped.leakline')).catch((error: unknown) => error);
      if (!(result instanceof KnownError)) expect(result).toMatchObject({ target: example.target });
    }
  });

  it('refuse what is no case file', async () => {
    await expect(readCaseFile(file('missing.leakline'))).rejects.toThrow('there is no file');
    writeFileSync(file('text.leakline'), 'hello');
    await expect(readCaseFile(file('text.leakline'))).rejects.toThrow('not a whole zip file');
    await expect(readCaseFile(await zipOf('empty.leakline', { 'a.txt': 'a' }))).rejects.toThrow('no manifest.json');
    await expect(readCaseFile(await zipOf('x.leakline', { 'manifest.json': '{' }))).rejects.toThrow('not JSON');
    const newer = await zipOf('x.leakline', { 'manifest.json': '{"schema":"leakline.case/9"}' });
    await expect(readCaseFile(newer)).rejects.toMatchObject({
      code: 'E-CASE-SCHEMA',
      advice: expect.stringContaining('another version'),
    });
    const odd = await zipOf('x.leakline', { 'manifest.json': manifest({ artefacts: [{ kind: 'cpu' }] }) });
    await expect(readCaseFile(odd)).rejects.toThrow('artefacts[0].kind is not a known kind');
  });

  it('refuse a manifest that names an entry that is missing, or one twice', async () => {
    const lost = await zipOf('x.leakline', { 'manifest.json': manifest({ sources: { 'a.go': 'source/0' } }) });
    await expect(readCaseFile(lost)).rejects.toThrow('names source/0, which is missing');
    const twice = await zipOf('x.leakline', {
      'manifest.json': manifest({ sources: { 'a.go': 'source/0', 'b.go': 'source/0' } }),
      'source/0': 'package a',
    });
    await expect(readCaseFile(twice)).rejects.toThrow('named twice');
  });

  it('refuse too many entries and too much content before reading it', async () => {
    const bomb = await zipOf('bomb.leakline', { 'manifest.json': manifest(), a: '0'.repeat(1 << 20), b: '', c: '' });
    const read = (limits: object) => readCaseFile(bomb, { ...caseFileLimits, ...limits });
    await expect(read({ entries: 3 })).rejects.toThrow('4 entries, more than 3');
    await expect(read({ entryBytes: 1000 })).rejects.toThrow('unpacks to more than 1000 bytes');
    await expect(read({ totalBytes: 1 << 20 })).rejects.toThrow('its content unpacks to more');
    expect((await read({})).artefacts).toEqual([]);
  });

  it('refuse names that lead out of the file', async () => {
    const safe = await zipOf('path.leakline', { 'manifest.json': manifest(), 'aa/evil': 'x' });
    const evil = Buffer.from(readFileSync(safe).toString('latin1').replaceAll('aa/evil', '../evil'), 'latin1');
    writeFileSync(file('path.leakline'), evil);
    await expect(readCaseFile(file('path.leakline'))).rejects.toMatchObject({ code: 'E-CASE-DAMAGED' });
  });
});

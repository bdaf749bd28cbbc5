import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byteSourceOf } from '../../base/byte-source.ts';
import { decodeBuildInfo } from './decode-build-info.ts';
import { parseModuleInfo } from './parse-module-info.ts';

const hasGo = (() => {
  try {
    execFileSync('go', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

describe('parseModuleInfo', () => {
  it('reads path, module, replaced dependencies and settings', () => {
    const facts = parseModuleInfo(
      'xxxxxxxxxxxxxxxxpath\texample.com/svc/cmd/svc\nmod\texample.com/svc\t(devel)\t\ndep\texample.com/a\tv1.2.3\th1:x\ndep\texample.com/b\tv1.0.0\n=>\texample.com/fork\tv2.0.0\th1:y\nbuild\tCGO_ENABLED=1\nbuild\t-ldflags="-s -w"\nbuild\tDefaultGODEBUG=asynctimerchan=1,x=0\n',
    );
    expect(facts).toEqual({
      mainPackage: 'example.com/svc/cmd/svc',
      modulePath: 'example.com/svc',
      dependencies: [
        { path: 'example.com/a', version: 'v1.2.3' },
        { path: 'example.com/b', version: 'v2.0.0' },
      ],
      settings: { CGO_ENABLED: '1', '-ldflags': '-s -w', DefaultGODEBUG: 'asynctimerchan=1,x=0' },
    });
  });
});

describe('decodeBuildInfo', () => {
  it('says of other files what they are not', async () => {
    await expect(decodeBuildInfo(byteSourceOf(Buffer.from('#!/bin/sh\n')))).rejects.toThrow(/an ELF file/);
    const cut = Buffer.alloc(64);
    cut.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
    cut.writeUInt16LE(0xffff, 56);
    cut.writeUInt16LE(56, 54);
    await expect(decodeBuildInfo(byteSourceOf(cut))).rejects.toThrow(/segment headers/);
  });
});

describe.skipIf(!hasGo)(`decodeBuildInfo on real binaries${hasGo ? '' : ' (skipped: no Go toolchain)'}`, () => {
  let dir = '';
  beforeAll(() => {
    dir = mkdtempSync(path.join(tmpdir(), 'buildinfo-'));
    writeFileSync(path.join(dir, 'go.mod'), 'module example.com/tiny\n\ngo 1.21\n');
    writeFileSync(path.join(dir, 'main.go'), 'package main\n\nfunc main() {}\n');
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  it.each([
    ['plain', []],
    ['stripped', ['-ldflags=-s -w']],
    ['position independent, trimmed', ['-buildmode=pie', '-trimpath']],
  ])('agrees with `go version -m`: %s', async (_, flags) => {
    const file = path.join(dir, 'bin');
    execFileSync('go', ['build', '-buildvcs=false', ...flags, '-o', file, '.'], {
      cwd: dir,
      env: { ...process.env, CGO_ENABLED: '0' },
    });
    const said = execFileSync('go', ['version', '-m', file], { encoding: 'utf8' });
    const facts = await decodeBuildInfo(byteSourceOf(readFileSync(file)));
    expect(said).toContain(`: ${facts.goVersion}\n`);
    expect(facts.modulePath).toBe('example.com/tiny');
    expect(facts.settings['CGO_ENABLED']).toBe('0');
    // The go line 1.21 makes every toolchain up to 1.26 keep the old timers.
    const expected = /DefaultGODEBUG=(\S+)/.exec(said)?.[1];
    expect(facts.settings['DefaultGODEBUG']).toBe(expected);
  });
});

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goPathsFromEnvironment, readSources } from './read-sources.ts';

describe('readSources', () => {
  let root: string;
  const put = (name: string, text = `package x // ${name}\n`) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  };
  const under = (name: string) => path.join(root, name);
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'leakline-sources-'));
    for (const name of ['main.go', 'queue/queue.go', 'queue/drain.go', 'queue/queue_test.go', 'http/server.go'])
      put(`svc/${name}`);
    put('svc/vendor/github.com/acme/log/log.go');
    put('mod/github.com/!burnt!sushi/toml@v1.2.3/Decode.go');
    put('go/src/net/http/server.go');
    put('go/src/net/http/client.go');
    put('svc/queue/notes.txt', 'text');
    put('svc/queue/binary.go', 'package\0x');
    put('svc/queue/latin.go', 'package x // \xff');
    writeFileSync(under('svc/queue/latin.go'), Buffer.from([0x70, 0xff, 0xfe]));
  });
  afterAll(() => rmSync(root, { recursive: true }));
  const namesOf = (sources: ReadonlyMap<string, string>) =>
    [...sources.keys()].map((name) => name.replace(root, '')).sort();

  it('reads a file where the profile says it lies, and its neighbours that are text and no tests', async () => {
    const sources = await readSources([under('svc/queue/queue.go')]);
    expect(namesOf(sources)).toEqual(['/svc/queue/drain.go', '/svc/queue/queue.go']);
    expect(sources.get(under('svc/queue/drain.go'))).toBe('package x // svc/queue/drain.go\n');
  });

  it('reads the packages of the same module that a file imports, and what those import', async () => {
    put('mono/go.mod', 'module example.com/mono\n\ngo 1.24\n');
    put(
      'mono/cmd/api/main.go',
      'package main\nimport (\n "fmt"\n bus "example.com/mono/internal/bus"\n)\nfunc main() {}\n',
    );
    put('mono/internal/bus/bus.go', 'package bus\nimport "example.com/mono/internal/store"\ntype Bus struct{}\n');
    put('mono/internal/store/store.go', 'package store\n');
    put('mono/internal/other/other.go', 'package other\n');
    const expected = ['/cmd/api/main.go', '/internal/bus/bus.go', '/internal/store/store.go'];
    expect(namesOf(await readSources([under('mono/cmd/api/main.go')]))).toEqual(expected.map((name) => `/mono${name}`));
    const elsewhere = await readSources(['/build/cmd/api/main.go'], { sourceDir: under('mono') });
    expect(namesOf(elsewhere)).toEqual(expected.map((name) => `/build${name}`));
  });

  it('finds the files of another build machine below the source directory', async () => {
    const sources = await readSources(['/build/app/main.go', '/build/app/queue/queue.go'], { sourceDir: under('svc') });
    expect(namesOf(sources)).toEqual(['/build/app/main.go', '/build/app/queue/drain.go', '/build/app/queue/queue.go']);
    expect(sources.get('/build/app/main.go')).toContain('svc/main.go');
  });

  it('does not take a main.go of another directory for the wanted one', async () => {
    const sources = await readSources(['/build/app/cmd/tool/main.go', '/build/app/queue/queue.go'], {
      sourceDir: under('svc'),
    });
    expect(sources.has('/build/app/cmd/tool/main.go')).toBe(false);
  });

  it('finds -trimpath names by module path, module cache, GOROOT and vendor', async () => {
    const options = {
      sourceDir: under('svc'),
      modulePath: 'github.com/acme/svc',
      gomodcache: under('mod'),
      goroot: under('go'),
    };
    const sources = await readSources(
      [
        'github.com/acme/svc/queue/queue.go',
        'github.com/BurntSushi/toml@v1.2.3/Decode.go',
        'net/http/server.go',
        'github.com/acme/log/log.go',
      ],
      options,
    );
    expect(namesOf(sources)).toEqual([
      'github.com/BurntSushi/toml@v1.2.3/Decode.go',
      'github.com/acme/log/log.go',
      'github.com/acme/svc/queue/drain.go',
      'github.com/acme/svc/queue/queue.go',
      'net/http/server.go',
    ]);
    expect(sources.get('net/http/server.go')).toContain('go/src/net/http/server.go');
  });

  it('reads a dependency of another machine from the module cache', async () => {
    const name = '/home/ann/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.3/Decode.go';
    expect(namesOf(await readSources([name], { gomodcache: under('mod') }))).toEqual([name]);
  });

  it('reads Go files only, inside the bounds, and never through ..', async () => {
    const wanted = [under('svc/queue/notes.txt'), '/etc/passwd', `${root}/svc/queue/../main.go`, 'main.go'];
    expect((await readSources(wanted)).size).toBe(0);
    expect((await readSources([under('svc/queue/queue.go')], { maxFiles: 1 })).size).toBe(1);
    expect((await readSources([under('svc/queue/queue.go')], { maxBytes: 10 })).size).toBe(0);
  });
});

describe('goPathsFromEnvironment', () => {
  it('follows the order of the go command', () => {
    expect(goPathsFromEnvironment({}, '/home/ann')).toEqual({ goroot: undefined, gomodcache: '/home/ann/go/pkg/mod' });
    expect(goPathsFromEnvironment({ GOPATH: '/g:/h', GOROOT: '/r' }, '/home/ann')).toEqual({
      goroot: '/r',
      gomodcache: '/g/pkg/mod',
    });
    expect(goPathsFromEnvironment({ GOMODCACHE: '/m' }, '/home/ann').gomodcache).toBe('/m');
  });
});

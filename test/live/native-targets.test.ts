// Native traces of every kind of target: other C libraries and allocators, other namespaces, Go without C, and no Go at all.
import { execFileSync, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { repository } from '../run-command.ts';
import {
  callers,
  canBuild,
  cLibrary,
  has,
  mayTrace,
  programs,
  run,
  seven,
  startPrograms,
  tracers,
} from './native-run.ts';

const library = (name: string): string | undefined =>
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/usr/lib']
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
const jemalloc = library('libjemalloc.so.2');
const tcmalloc = library('libtcmalloc_minimal.so.4');
const mayUnshare = (): SpawnSyncReturns<string> =>
  spawnSync('unshare', ['--mount', '--pid', '--fork', 'true'], { encoding: 'utf8' });

describe.skipIf(!mayTrace || !canBuild)('leakline native, targets (needs root, bpftrace with eBPF, Go and gcc)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-native-'));
  const { build, start, end } = startPrograms(directory);

  beforeAll(() => {
    mkdirSync(path.join(directory, 'lib'));
    if (cLibrary !== undefined) copyFileSync(cLibrary, path.join(directory, 'lib', 'libc.so.6'));
  });
  afterEach(() => {
    end();
    expect(tracers()).toEqual([]);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const findsAllSeven = async (pid: number, allocator: string): Promise<void> => {
    const { code, report } = await run(pid);
    expect(report).toMatchObject({ verdict: 'leak', probe: 'malloc', allocator: { kind: allocator } });
    expect(code).toBe(1);
    const found = callers(report);
    expect(Object.fromEntries([...found].map(([caller, site]) => [caller, site.allocator]))).toEqual(seven);
    const counts = [...found.values()].map((site) => site.count);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  };

  it.skipIf(!has('musl-gcc'))('musl, dynamic (needs musl-gcc)', async () => {
    await findsAllSeven(
      await start(build('leaky', 'musl', [], { CC: 'musl-gcc' }), [], { LD_LIBRARY_PATH: '' }),
      'musl',
    );
  });

  it.skipIf(!has('musl-gcc'))('musl, static (needs musl-gcc)', async () => {
    const flags = ['-ldflags=-linkmode external -extldflags -static'];
    await findsAllSeven(await start(build('leaky', 'musl-static', flags, { CC: 'musl-gcc' })), 'static');
  });

  it.skipIf(jemalloc === undefined)('jemalloc in place of malloc (needs libjemalloc2)', async () => {
    await findsAllSeven(await start(build('leaky', 'je'), [], { LD_PRELOAD: jemalloc! }), 'jemalloc');
  });

  it.skipIf(tcmalloc === undefined)('tcmalloc in place of malloc and mmap (needs libtcmalloc-minimal4)', async () => {
    await findsAllSeven(await start(build('leaky', 'tc'), [], { LD_PRELOAD: tcmalloc! }), 'tcmalloc');
  });

  it.skipIf(mayUnshare().status !== 0)('a process of other mount and pid namespaces (needs unshare)', async () => {
    const root = path.join(directory, 'root');
    const binary = build('leaky', 'contained');
    for (const file of [...linkedFiles(binary), binary]) {
      mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
      copyFileSync(file, path.join(root, file));
    }
    await start('unshare', ['--mount', '--pid', '--fork', '--kill-child', 'chroot', root, binary]);
    const pid = Number(execFileSync('pgrep', ['-f', `^${binary}$`], { encoding: 'utf8' }).trim());
    expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/^NSpid:\t\d+\t\d+$/m);
    await findsAllSeven(pid, 'glibc');
  });

  it('a Go program without C: what it maps itself, blocks and files, by line', async () => {
    const pid = await start(build('mapper', 'mapper', [], { CGO_ENABLED: '0' }));
    const { code, report } = await run(pid);
    expect(report).toMatchObject({ verdict: 'leak', probe: 'mappings' });
    expect(code).toBe(1);
    const lines = readFileSync(path.join(programs, 'mapper/main.go'), 'utf8').split('\n');
    const marks = lines.flatMap((text, i) => (text.includes('//leak:allocates') ? [i + 1] : []));
    const found = callers(report);
    expect([...found.keys()].sort()).toEqual(['mapBlock', 'mapFile']);
    expect([found.get('mapBlock'), found.get('mapFile')]).toMatchObject([
      { kind: 'native-mmap', goCaller: { line: marks[0] }, cCaller: null },
      { kind: 'file-mapping', goCaller: { line: marks[1] }, cCaller: null },
    ]);
    expect(Math.abs(found.get('mapBlock')!.count - found.get('mapFile')!.count)).toBeLessThanOrEqual(1);
  });

  it('acquits a Go program that unmaps what it maps, while its heap grows', async () => {
    const binary = build('mapper', 'mapper', [], { CGO_ENABLED: '0' });
    const { report } = await run(await start(binary, ['-release', '-heap']));
    expect(report).toMatchObject({ verdict: 'clear', probe: 'mappings' });
    expect(report.probeHits).toBeGreaterThan(500);
  });

  it('a C program: C callers, and no word of Go', async () => {
    const source = path.join(directory, 'leak.c');
    writeFileSync(
      source,
      `#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
__attribute__((noinline)) void *keep(size_t n) { char *p = malloc(n); p[0] = 1; return p; }
__attribute__((noinline)) void drop(size_t n) { free(keep(n)); }
int main(void) { puts("ready"); fflush(stdout); for (;;) { keep(4000)  ; drop(100); usleep(10000); } }
`,
    );
    execFileSync('gcc', ['-O1', '-o', path.join(directory, 'cleak'), source]);
    const { code, report } = await run(await start(path.join(directory, 'cleak')));
    expect(report).toMatchObject({ verdict: 'leak', probe: 'malloc' });
    expect(code).toBe(1);
    expect(report.sites[0]).toMatchObject({ goCaller: null, cCaller: { function: 'keep' }, allocator: 'malloc' });
    expect(report.warnings.join()).toContain('not a Go program');
  });

  it('a Node process: its native allocations, and no Go frames', async () => {
    const script = `const keep = []; console.log('ready');
      setInterval(() => keep.push(Buffer.allocUnsafeSlow(4000).fill(1)), 10);`;
    const { report } = await run(await start(process.execPath, ['-e', script]), { flags: { yes: true } });
    expect(report.probe).toBe('malloc');
    expect(report.probeHits).toBeGreaterThan(0);
    expect(report.sites.every((site) => site.goCaller === null)).toBe(true);
    expect(report.warnings.join()).toContain('not a Go program');
  });

  // Not in every distribution (Debian 12 has none), so its absence is no missing step.
  it.each(['memleak-libbpf', 'bpf-memleak'].filter(has))('%s in place of bpftrace', async (name) => {
    const tools = path.join(directory, 'tools');
    mkdirSync(tools);
    symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(tools, name));
    const pid = await start(build('leaky', 'memleak'));
    const { report } = await run(pid, { env: { PATH: tools }, flags: { yes: true } });
    expect(report).toMatchObject({ verdict: 'leak', probe: 'memleak', allocator: { kind: 'glibc' } });
    const found = callers(report);
    for (const caller of ['leakMalloc', 'leakCalloc', 'leakRealloc', 'leakMemalign', 'leakMmap']) {
      expect([caller, found.get(caller)?.kind]).toEqual([caller, 'native-touch']);
    }
    expect(report.warnings.join()).toContain('no Go caller for C.CString');
    const careful = await run(pid, { env: { PATH: tools } });
    expect(careful.report).toMatchObject({ probe: 'smaps' });
    expect(careful.report.warnings.join()).toContain('--yes');
  });

  it('a 32-bit program: sizes alone, and why', async () => {
    const binary = build('mapper', 'mapper386', [], { CGO_ENABLED: '0', GOARCH: '386' });
    const { code, report } = await run(await start(binary));
    expect([report.verdict, report.probe, code]).toEqual(['inconclusive', 'smaps', 3]);
    expect(report.warnings.join()).toContain('32-bit targets are not supported');
  });

  it('leaves no tracer behind when leakline itself is killed', async () => {
    const pid = await start(build('leaky', 'orphan'));
    const leakline = spawn(process.execPath, ['dist/cli.js', 'native', String(pid), '--for', '60s', '--yes'], {
      cwd: repository,
      stdio: 'ignore',
    });
    // The first tracer lives long only once the window has begun.
    const begun = async (): Promise<number[]> => {
      const found = childrenOf(leakline.pid!).filter(isTracer);
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return found.filter(isTracer);
    };
    let tracing: number[] = [];
    await expect
      .poll(
        async () => {
          tracing = await begun();
          return tracing.length;
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBe(1);
    leakline.kill('SIGKILL');
    await expect.poll(() => tracing.filter(isTracer), { timeout: 60_000, interval: 500 }).toEqual([]);
  });
});

const linkedFiles = (binary: string): string[] =>
  [...execFileSync('ldd', [binary], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map((match) => match[1]!);

const childrenOf = (pid: number): number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

const isTracer = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'bpftrace';
  } catch {
    return false;
  }
};

// `leakline heap` on a real process of which it is known who holds what (testdata/heap/holders).
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Profile } from 'pprof-format';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HeapReport } from '../../src/report/heap-report.ts';
import { repository, runCommand } from '../run-command.ts';
import { canBuild, mayRead } from './heap-rights.ts';

describe.skipIf(!canBuild || !mayRead)('leakline heap (needs Go, Linux and the right to read a process)', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-holders-'));
  let child: ChildProcess;
  let lines: AsyncIterator<string>;
  let last = '';

  const nextLine = async (): Promise<void> => {
    const { value } = await lines.next();
    last = (JSON.parse(value as string) as { last: string }).last;
  };
  const grow = async (): Promise<void> => {
    child.stdin!.write('grow\n');
    await nextLine();
  };
  const heap = async (...flags: string[]): Promise<HeapReport> => {
    const { stdout, code } = await runCommand(['heap', String(child.pid), '--format', 'json', ...flags]);
    const report = JSON.parse(stdout) as HeapReport;
    expect(report.selfChecks.filter((check) => !check.ok)).toEqual([]);
    expect(code).toBe(0);
    return report;
  };

  beforeAll(async () => {
    const binary = path.join(directory, 'holders');
    execFileSync('go', ['build', '-o', binary, './holders'], {
      cwd: path.join(repository, 'testdata/heap'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    await nextLine();
  });
  afterAll(() => {
    child?.kill('SIGKILL');
    rmSync(directory, { recursive: true, force: true });
  });

  it('names who retains what, and adds up to the whole heap', async () => {
    const report = await heap();
    const retained = (name: string): number => report.retainers.find((one) => one.name === name)?.retainedBytes ?? 0;
    expect(retained('main.cache')).toBeGreaterThan(1000 * 4096);
    expect(retained('main.cache')).toBeLessThan(1000 * 4096 * 1.3);
    const sum = report.retainers.reduce((total, one) => total + one.retainedBytes, 0);
    expect(sum).toBe(report.bytes.reachable);
    expect(report.retainers[0]).toMatchObject({ kind: 'global', name: 'main.cache' });
  });

  it('groups goroutines by what they run and who created them', async () => {
    const report = await heap();
    const group = report.goroutineGroups.find((one) => one.startFunction === 'main.hold');
    expect(group).toMatchObject({ count: 10, states: [{ state: 'chan receive', count: 10 }], stuck: 0 });
    expect(group!.createdAt!.function).toBe('main.grow');
    expect(group!.createdAt!.file).toMatch(/holders\/main\.go$/);
    expect(group!.retainedBytes).toBeGreaterThanOrEqual(10 * 65536);
    expect(group!.retainedBytes).toBeLessThan(11 * 65536);
  });

  it('proves which goroutines nobody can ever wake', async () => {
    const report = await heap();
    const stuck = report.goroutineGroups.filter((one) => (one.stuck ?? 0) > 0);
    expect(stuck.map((one) => [one.startFunction, one.count, one.stuck])).toEqual([['main.ask', 3, 3]]);
    expect(report.summary).toContain('3 goroutines are proven stuck');
    const running = await heap('--no-stop');
    expect(running.goroutineGroups[0]!.stuck).toBeUndefined();
  });

  it('says who holds together what nobody holds alone', async () => {
    const report = await heap();
    const shared = report.retainers.find((one) => one.kind === 'shared' && one.retainedBytes >= 8 << 18);
    expect(shared?.heldBy.map((one) => one.name)).toEqual(
      expect.arrayContaining(['main.pool', expect.stringMatching(/^main\.(grow\.)?/)]),
    );
  });

  it('answers why an object is there, by its address', async () => {
    const { why } = await heap('--why', last);
    const names = why!.ways[0]!.path.map((step) => step.name);
    expect(['main.cache', 'main.last']).toContain(names[0]);
    expect(why!.ways[0]!.path.at(-1)!.address).toBe(last);
  });

  it('joins who allocated and who holds in sampled objects', async () => {
    // What was sampled may be collected before the second walk: then it is asked again.
    for (let attempt = 0; ; attempt++) {
      const { types } = await heap();
      const buffers = types.find((type) => type.name === '[]uint8')!;
      expect(buffers.allocatedAt[0]?.file).toMatch(/holders\/main\.go$/);
      const site = await heap('--why', `main.go:${buffers.allocatedAt[0]!.line}`);
      const way = site.why!.ways[0]?.path.map((step) => step.name);
      if (way === undefined && attempt < 4) continue;
      expect(way).toContain('[]uint8');
      break;
    }
  });

  it('walks twice and says what grew, and who holds it', async () => {
    const running = runCommand(['heap', String(child.pid), '--diff', '--for', '3s', '--format', 'json']);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await grow();
    const { diff } = JSON.parse((await running).stdout) as HeapReport;
    const cache = diff!.holders.find((row) => row.holder.name === 'main.cache')!;
    expect(cache.retainedBytes.after - cache.retainedBytes.before).toBeGreaterThan(1000 * 4096);
    const held = diff!.holders.find((row) => row.holder.name === 'main.hold')!;
    expect([held.count.before, held.count.after]).toEqual([10, 20]);
    expect(diff!.types[0]!.holder.name).toBe('main.cache');
    expect(diff!.types[0]!.allocatedAt?.file).toMatch(/holders\/main\.go$/);
    expect(diff!.largestGrowth).toMatchObject({ type: '[]uint8', root: 'global main.cache' });
    expect(diff!.largestGrowth!.path.join(' ')).toContain('.sessions map[string]*main.Session');
  });

  it('writes a pprof file whose stacks begin at roots', async () => {
    const file = path.join(directory, 'heap.pb.gz');
    const report = await heap('--pprof', file);
    const profile = Profile.decode(gunzipSync(readFileSync(file)));
    const bytes = profile.sample.reduce((sum, sample) => sum + Number(sample.value[1]), 0);
    // The target runs between two walks; within one, profile and report are the same numbers.
    expect(bytes).toBe(report.bytes.reachable);
    const top = execFileSync('go', ['tool', 'pprof', '-top', '-cum', '-nodecount=5', file], { encoding: 'utf8' });
    expect(top).toContain('global main.cache');
  });

  it('speaks JSON by its published schema', async () => {
    const schema = JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.heap-1.schema.json'), 'utf8'));
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
    expect(validate(await heap()), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(await heap('--why', 'main.cache')), JSON.stringify(validate.errors)).toBe(true);
  });

  it('leaves the target running', async () => {
    await heap('--no-stop');
    const before = last;
    await grow();
    expect(last).not.toBe(before);
  });

  it('gives up before the pause that was allowed is over, and says how to go on', async () => {
    await expect(runCommand(['heap', String(child.pid), '--max-pause', '0.01ms'])).rejects.toMatchObject({
      code: 'E-HEAP-PAUSE',
      advice: expect.stringContaining('--no-stop'),
    });
  });

  it('saves a heap, and reads it without the process', async () => {
    const file = path.join(directory, 'saved.heap');
    const live = await heap('--save', file);
    const { stdout } = await runCommand(['heap', file, '--format', 'json']);
    const saved = JSON.parse(stdout) as HeapReport;
    expect([saved.sound, saved.objects, saved.bytes.reachable]).toEqual([true, live.objects, live.bytes.reachable]);
    const largest = ({ retainers }: HeapReport) =>
      retainers.slice(0, 5).map((one) => `${one.kind} ${one.name} ${one.retainedBytes}`);
    expect(largest(saved)).toEqual(largest(live));
    const both = await runCommand(['heap', '--diff', file, file, '--format', 'json']);
    expect((JSON.parse(both.stdout) as HeapReport).diff).toMatchObject({ types: [], holders: [], spanMs: 0 });
  });

  it('reads the heap in a case', async () => {
    const file = path.join(directory, 'holders.leakline');
    await runCommand(['capture', String(child.pid), '--for', '2s', '-o', file]);
    const { stdout } = await runCommand(['heap', file, '--format', 'json']);
    const report = JSON.parse(stdout) as HeapReport;
    expect([report.sound, report.retainers[0]?.name]).toEqual([true, 'main.cache']);
  });

  it.skipIf(spawnSync('which', ['gcore']).status !== 0)(
    'reads cores, alone and two of them (needs gcore)',
    async () => {
      const takeCore = (name: string): string => {
        const prefix = path.join(directory, name);
        execFileSync('gcore', ['-o', prefix, String(child.pid)], { stdio: 'ignore' });
        return `${prefix}.${child.pid}`;
      };
      const first = takeCore('first');
      await grow();
      const second = takeCore('second');
      const one = await runCommand(['core', path.join(directory, 'holders'), first, '--format', 'json']);
      const report = JSON.parse(one.stdout) as HeapReport;
      expect([report.stopped, report.sound, report.retainers[0]?.name]).toEqual(['core', true, 'main.cache']);
      const both = await runCommand(['heap', '--diff', first, second, '--format', 'json']);
      const { diff } = JSON.parse(both.stdout) as HeapReport;
      expect(diff!.holders.find((row) => row.holder.name === 'main.hold')!.count.after).toBeGreaterThan(10);
      expect(diff!.spanMs).toBeUndefined();
    },
  );

  it('says what is in the heap when it is asked for what is not', async () => {
    await expect(heap('--why', 'main.Nothing')).rejects.toMatchObject({ code: 'E-HEAP-NOTHING' });
  });
});

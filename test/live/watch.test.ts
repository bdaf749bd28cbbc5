// The recorder on real processes: what it finds, whom it tells, and that nothing is lost when it, its target or its place
// fails.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaseSummary, RecordedEvent } from '../../src/model/recording.ts';
import type { Report } from '../../src/report/report.ts';
import { openStore } from '../../src/store/open-store.ts';
import { repository } from '../run-command.ts';
import { buildWatchProgram, freePort, type Service, startService } from './watch-program.ts';

const canRun = process.platform === 'linux' && spawnSync('go', ['version']).status === 0;
const memoryCgroups = '/sys/fs/cgroup/memory';
const isRoot = process.geteuid?.() === 0;
const mayLimit = isRoot && existsSync(path.join(memoryCgroups, 'memory.limit_in_bytes'));

let scratch = '';
let binary = '';
const services = new Set<Service>();
const recorders = new Set<ChildProcess>();

beforeAll(() => {
  if (!canRun) return;
  scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-watch-'));
  binary = buildWatchProgram(scratch);
  const built = spawnSync('node', ['scripts/build.mjs'], { cwd: repository, encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stderr);
});
afterAll(async () => {
  for (const recorder of recorders) recorder.kill('SIGKILL');
  for (const service of services) await service.stop();
  if (scratch !== '') rmSync(scratch, { recursive: true, force: true });
});

async function service(args: readonly string[] = [], wrap: readonly string[] = []): Promise<Service> {
  const started = await startService(binary, args, wrap);
  services.add(started);
  return started;
}

const newStore = (): string => mkdtempSync(path.join(scratch, 'store-'));
const quick = ['--look', '300ms', '--every', '1s', '--rest', '2s', '--format', 'json'];

interface Recorder {
  readonly child: ChildProcess;
  readonly stderr: () => string;
  readonly end: Promise<{ readonly code: number | null; readonly stdout: string }>;
}

function watch(target: string, store: string, args: readonly string[] = []): Recorder {
  const words = ['dist/cli.js', 'watch', target, '--store', store, ...quick, ...args];
  const child = spawn(process.execPath, words, { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] });
  recorders.add(child);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk;
  });
  const end = new Promise<{ code: number | null; stdout: string }>((resolve) =>
    child.on('close', (code) => resolve({ code, stdout })),
  );
  return { child, stderr: () => stderr, end };
}

/** Polls until `ask` gives something. */
async function until<T>(ask: () => Promise<T | undefined> | T | undefined, what: string): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function scrape(recorder: Recorder): Promise<ReadonlyMap<string, number> | undefined> {
  const url = /served at (\S+)/.exec(recorder.stderr())?.[1];
  if (url === undefined) return undefined;
  const answer = await fetch(url).catch(() => undefined);
  if (answer?.status !== 200) return undefined;
  const text = await answer.text();
  return new Map(
    text.split('\n').flatMap((line) => {
      const match = /^(leakline_\S+?(?:\{.*\})?) (\S+)$/.exec(line);
      return match === null ? [] : [[match[1]!, Number(match[2])] as const];
    }),
  );
}

const kept = (recorder: Recorder, least: number, what = 'captures'): Promise<number> =>
  until(async () => {
    const captures = (await scrape(recorder))?.get(`leakline_${what}_total`) ?? 0;
    return captures >= least ? captures : undefined;
  }, `${least} ${what}; ${recorder.stderr()}`);

async function recorded(
  store: string,
): Promise<{ readonly cases: readonly CaseSummary[]; readonly events: readonly RecordedEvent[] }> {
  const reader = await openStore(store, { mode: 'read' });
  try {
    const cases = await reader.cases();
    return { cases, events: cases[0] === undefined ? [] : await reader.events(cases[0].id) };
  } finally {
    await reader.close();
  }
}

const urlOf = ({ port }: { readonly port: number }): string => `http://127.0.0.1:${port}`;
const kindsOf = (events: readonly RecordedEvent[]): readonly string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'note');

describe.skipIf(!canRun)(`leakline watch${canRun ? '' : ' (skipped: needs Linux and a Go toolchain)'}`, () => {
  it('finds a leak, tells it once, serves its figures, and ends with the report', async () => {
    const target = await service(['-leak', '40000']);
    const told = path.join(scratch, 'told');
    const onLeak = `cat > ${told}.json; printf '%s\\n' "$LEAKLINE_REASON" >> ${told}`;
    const recorder = watch(urlOf(target), newStore(), ['--for', '25s', '--on-leak', onLeak, '--listen', '127.0.0.1:0']);
    const figures = await until(async () => {
      const now = await scrape(recorder);
      return now?.get('leakline_growing_rss') === 1 ? now : undefined;
    }, 'growth in /metrics');
    const { code, stdout } = await recorder.end;
    await target.stop();
    expect(code, recorder.stderr()).toBe(1);
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ schema: 'leakline.report/1', verdict: 'leak' });
    expect(report.findings[0]).toMatchObject({ rule: 'unbounded-map' });
    expect(JSON.parse(readFileSync(`${told}.json`, 'utf8'))).toMatchObject({ verdict: 'leak' });
    const reasons = readFileSync(told, 'utf8')
      .trim()
      .split('\n')
      .filter((line) => line.includes('main.kept'));
    expect(reasons).toHaveLength(1);
    expect(figures.get('leakline_growth_rss_bytes_per_second{bound="low"}')).toBeGreaterThan(0);
    expect(figures.get('leakline_target_rss_bytes')).toBeGreaterThan(1 << 20);
  });

  it('calls nobody for a healthy service, and does not call it a leak; Ctrl-C ends with the report', async () => {
    const target = await service();
    const told = path.join(scratch, 'nobody');
    const recorder = watch(urlOf(target), newStore(), ['--on-leak', `touch ${told}`, '--listen', '127.0.0.1:0']);
    await kept(recorder, 30);
    recorder.child.kill('SIGINT');
    const { code, stdout } = await recorder.end;
    await target.stop();
    expect([0, 3], recorder.stderr()).toContain(code);
    expect(JSON.parse(stdout)).toMatchObject({ findings: [] });
    expect(existsSync(told)).toBe(false);
  });

  it('leaves at once at the second Ctrl-C, with the last report; npm, which hands on the first, is not the second', async () => {
    const target = await service(['-leak', '40000']);
    const store = newStore();
    const recorder = watch(urlOf(target), store, ['--listen', '127.0.0.1:0']);
    await until(
      async () => ((await scrape(recorder))?.get('leakline_verdict{verdict="leak"}') === 1 ? true : undefined),
      'a verdict',
    );
    recorder.child.kill('SIGINT');
    recorder.child.kill('SIGINT');
    await until(() => (/a last look is taken/.test(recorder.stderr()) ? true : undefined), 'the last look');
    setTimeout(() => recorder.child.kill('SIGINT'), 350);
    const { code, stdout } = await recorder.end;
    await target.stop();
    expect(code, recorder.stderr()).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'leak' });
    expect((await recorded(store)).events.at(-1)?.message).toMatch(/^the recording ended: /);
  });

  it('waits for a target that vanishes, and keeps its starts apart', async () => {
    const port = await freePort();
    const store = newStore();
    const first = await service(['-addr', `127.0.0.1:${port}`]);
    const recorder = watch(urlOf({ port }), store, ['--listen', '127.0.0.1:0']);
    await kept(recorder, 8);
    await first.stop();
    await until(() => (/stopped answering/.test(recorder.stderr()) ? true : undefined), 'the loss of the target');
    expect((await scrape(recorder))?.get('leakline_recorder_state{state="target-away"}')).toBe(1);
    const second = await service(['-addr', `127.0.0.1:${port}`]);
    await until(() => (/target restarted/.test(recorder.stderr()) ? true : undefined), 'its return');
    const before = await kept(recorder, 1);
    await kept(recorder, before + 5);
    recorder.child.kill('SIGTERM');
    const { code } = await recorder.end;
    await second.stop();
    expect([0, 3], recorder.stderr()).toContain(code);
    const { cases, events } = await recorded(store);
    expect(cases).toHaveLength(1);
    expect(cases[0]).toMatchObject({ incarnations: 2 });
    expect(kindsOf(events)).toEqual(['started', 'gap', 'restart']);
  });

  it('goes on with the same case after kill -9, and has everything that it had acknowledged', async () => {
    const target = await service();
    const store = newStore();
    const killed = watch(urlOf(target), store, ['--listen', '127.0.0.1:0']);
    const acknowledged = await kept(killed, 12);
    killed.child.kill('SIGKILL');
    await killed.end;
    const between = await recorded(store);
    expect(between.cases[0]?.captures).toBeGreaterThanOrEqual(acknowledged);
    const again = watch(urlOf(target), store, ['--for', '4s']);
    await again.end;
    await target.stop();
    const { cases, events } = await recorded(store);
    expect(cases, again.stderr()).toHaveLength(1);
    expect(cases[0]?.captures).toBeGreaterThan(between.cases[0]!.captures);
    expect(cases[0]).toMatchObject({ incarnations: 1 });
    expect(kindsOf(events).filter((kind) => kind !== 'gap')).toEqual(['started', 'started']);
  });

  it('ends with a report when a process that was given by its pid ends', async () => {
    const target = await service(['-leak', '40000']);
    const recorder = watch(String(target.pid), newStore(), ['--listen', '127.0.0.1:0']);
    await kept(recorder, 3, 'profiles');
    await target.stop();
    const { code, stdout } = await recorder.end;
    expect([1, 3], recorder.stderr()).toContain(code);
    expect(recorder.stderr()).toContain(`process ${target.pid} has ended`);
    expect((JSON.parse(stdout) as Report).window.captures).toBeGreaterThan(1);
  });

  it('refuses a store that another recorder writes, a port that is taken, and a target that is not there', async () => {
    const target = await service();
    const store = newStore();
    const first = watch(urlOf(target), store, ['--listen', '127.0.0.1:0']);
    await kept(first, 2);
    const second = watch(urlOf(target), store);
    expect((await second.end).code).toBe(2);
    expect(second.stderr()).toContain(String(first.child.pid));
    expect(second.stderr()).toContain('E-STORE-LOCKED');

    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const empty = newStore();
    const third = watch(urlOf(target), empty, ['--listen', `127.0.0.1:${port}`]);
    expect((await third.end).code).toBe(2);
    expect(third.stderr()).toContain(`127.0.0.1:${port} is in use`);
    expect((await recorded(empty)).cases).toEqual([]);
    taken.close();

    const absent = watch(urlOf({ port: await freePort() }), newStore());
    expect((await absent.end).code).toBe(2);
    expect(absent.stderr()).toContain('connection refused');
    first.child.kill('SIGINT');
    await first.end;
    await target.stop();
  });

  it.skipIf(!isRoot)(
    `waits while the disk is full, and goes on when there is space again${isRoot ? '' : ' (skipped: needs root, to mount a small disk)'}`,
    async () => {
      const disk = mkdtempSync(path.join(scratch, 'disk-'));
      const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', disk], { encoding: 'utf8' });
      expect(mounted.stderr).toBe('');
      try {
        const target = await service();
        const recorder = watch(urlOf(target), path.join(disk, 'store'), ['--listen', '127.0.0.1:0']);
        const before = await kept(recorder, 5);
        const ballast = path.join(disk, 'ballast');
        const state = async (name: string): Promise<true | undefined> =>
          (await scrape(recorder))?.get(`leakline_recorder_state{state="${name}"}`) === 1 ? true : undefined;
        await until(() => {
          // What the store gives back while it tidies up is taken, too.
          spawnSync('dd', ['if=/dev/zero', `of=${ballast}`, 'bs=4k', 'count=4096', 'oflag=append', 'conv=notrunc']);
          return state('store-full');
        }, 'a full disk to be noticed');
        expect(recorder.stderr()).toContain('is full: nothing is recorded until there is space again');
        rmSync(ballast);
        await until(() => state('recording'), 'the recording to go on');
        await kept(recorder, before + 8);
        recorder.child.kill('SIGINT');
        const { code } = await recorder.end;
        await target.stop();
        expect([0, 3], recorder.stderr()).toContain(code);
        const { cases, events } = await recorded(path.join(disk, 'store'));
        expect(cases[0]?.captures).toBeGreaterThanOrEqual(before + 8);
        expect(events.map(({ message }) => message).join('\n')).toMatch(
          /nothing was recorded for \d+ s: the disk was full/,
        );
      } finally {
        spawnSync('umount', ['-l', disk]);
      }
    },
  );

  it.skipIf(!mayLimit)(
    `takes the last words before a limit kills it${mayLimit ? '' : ' (skipped: needs root and memory cgroups of version 1)'}`,
    async () => {
      const group = path.join(memoryCgroups, `leakline-watch-${process.pid}`);
      mkdirSync(group);
      const store = newStore();
      try {
        writeFileSync(path.join(group, 'memory.limit_in_bytes'), String(160 << 20));
        const join = ['sh', '-c', `echo $$ > ${group}/cgroup.procs; exec "$@"`, 'sh'];
        const target = await service(['-leak', '60000'], join);
        const recorder = watch(String(target.pid), store, ['--look', '500ms']);
        const { stdout } = await recorder.end;
        const { cases, events } = await recorded(store);
        const limits = events.filter(({ kind }) => kind === 'limit').map(({ message }) => message);
        expect(limits.join('\n'), recorder.stderr()).toMatch(/85 % of it are used.*92 %.*97 %/s);
        // Something dear was taken after the first of them.
        const reader = await openStore(store, { mode: 'read' });
        const fromMs = events.find(({ message }) => message.includes('85 %'))?.atMs;
        const artefacts = await reader.artefacts(cases[0]!.id, { fromMs });
        await reader.close();
        expect(artefacts.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['heap-profile', 'smaps']));
        expect(JSON.parse(stdout)).toMatchObject({ verdict: 'leak' });
      } finally {
        await until(() => {
          try {
            rmdirSync(group);
            return true;
          } catch {
            return undefined;
          }
        }, 'the end of the cgroup');
      }
    },
  );
});

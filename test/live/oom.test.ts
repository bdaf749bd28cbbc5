// Real kills by the real OOM killer, in a memory cgroup that the test makes and takes away again: from the kernel's log and
// counters to what `leakline oom` says. Nothing outside of that cgroup can be struck.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findMemoryHierarchy, readCgroupLevels } from '../../src/capture/read-cgroup.ts';
import { type OomFlags, runOom } from '../../src/cli/commands/oom.ts';
import type { OomResult } from '../../src/cli/compose-oom.ts';
import { repository } from '../run-command.ts';

const hierarchy = await findMemoryHierarchy();
const tree = hierarchy.kind === 'captured' ? hierarchy.value : undefined;
const name = `leakline-test-${process.pid}`;
const directory = path.join(tree?.mountPoint ?? '/nonexistent', name);
const limitBytes = 120 << 20;

/** Why no kill can be provoked here; undefined when one can. */
function obstacle(): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  if (tree === undefined) return 'needs the memory controller of cgroups';
  try {
    mkdirSync(directory);
  } catch {
    return 'needs to make a memory cgroup (run as root, outside of a container)';
  }
  try {
    limit();
    return undefined;
  } catch {
    return 'needs the memory controller at the top of the cgroup tree';
  } finally {
    rmdirSync(directory);
  }
}

function limit(): void {
  if (tree?.version === 2) {
    writeFileSync(path.join(directory, 'memory.max'), String(limitBytes));
    ignore(() => writeFileSync(path.join(directory, 'memory.swap.max'), '0'));
  } else {
    writeFileSync(path.join(directory, 'memory.limit_in_bytes'), String(limitBytes));
    ignore(() => writeFileSync(path.join(directory, 'memory.memsw.limit_in_bytes'), String(limitBytes)));
  }
}

function ignore(action: () => void): void {
  try {
    action();
  } catch {
    // swap is not accounted here
  }
}

const reason = obstacle();
const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(
  JSON.parse(readFileSync(path.join(repository, 'docs/schemas/leakline.oom-1.schema.json'), 'utf8')),
);

async function run(word: string | undefined, flags: OomFlags, stdin?: string): Promise<{ code: number; text: string }> {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const input = new PassThrough();
  input.end(stdin);
  const code = await runOom(word, flags, {
    stdin: input,
    stdout,
    stderr: stdout,
    env: {},
    cwd: repository,
    home: '/nonexistent',
    nowMs: Date.now,
    interrupt: new AbortController().signal,
  });
  return { code, text: Buffer.concat(chunks).toString() };
}

async function ask(word: string | undefined, flags: OomFlags = {}, stdin?: string): Promise<OomResult> {
  const { code, text } = await run(word, { ...flags, format: 'json' }, stdin);
  expect(code).toBe(0);
  const result = JSON.parse(text) as OomResult;
  expect(validate(result), JSON.stringify(validate.errors)).toBe(true);
  return result;
}

/** Joins the cgroup before it becomes the program, so that all of its memory is charged there. */
function inCgroup(scoreAdj: number, ...argv: string[]): ChildProcess {
  const script = `echo $$ > ${path.join(directory, 'cgroup.procs')} && echo ${scoreAdj} > /proc/self/oom_score_adj && exec "$@"`;
  return spawn('sh', ['-c', script, 'sh', ...argv], { stdio: ['ignore', 'pipe', 'inherit'] });
}

const endOf = (child: ChildProcess): Promise<NodeJS.Signals | null> =>
  new Promise((resolve) => child.on('exit', (_, signal) => resolve(signal)));

let keeper: ChildProcess | undefined;
let victim: ChildProcess | undefined;
let scratch = '';
let beganMs = 0;
let dmesg = '';

beforeAll(async () => {
  if (reason !== undefined) return;
  scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-oom-'));
  mkdirSync(directory);
  limit();
  beganMs = Date.now();
  // It holds most of the limit; the other one is told to the kernel as the one to kill.
  keeper = inCgroup(
    0,
    process.execPath,
    '-e',
    `const kept=[Buffer.alloc(65<<20,1)];let left=20;
const grow=()=>{if(left-->0)kept.push(Buffer.alloc(1<<20,1));};
process.on('SIGUSR2',()=>setInterval(grow,200));setInterval(()=>{},1000);console.log('ready')`,
  );
  await new Promise((resolve, reject) => {
    keeper?.stdout?.once('data', resolve);
    keeper?.once('exit', () => reject(new Error('the process that should stay has ended')));
  });
  // Tail keeps a line that does not end; bounded, so that it ends even where the limit does not work. It is alone: while
  // a killed one is being taken away, whoever else asks for memory may be killed, too.
  victim = inCgroup(900, 'sh', '-c', 'ulimit -v 400000; exec tail < /dev/zero > /dev/null');
  await endOf(victim);
  await sleep(300);
  dmesg = spawnSync('dmesg', [], { encoding: 'utf8', maxBuffer: 64 << 20 }).stdout;
});

afterAll(async () => {
  for (const child of [keeper, victim]) {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) continue;
    const ended = endOf(child);
    child.kill('SIGKILL');
    await ended;
  }
  if (reason !== undefined) return;
  rmSync(scratch, { recursive: true, force: true });
  // The cgroup may hold its last process for a moment after its exit.
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (attempt === 49) throw error;
      await sleep(100);
    }
  }
});

describe.skipIf(reason !== undefined)(
  `leakline oom after a real kill${reason === undefined ? '' : ` (${reason})`}`,
  () => {
    it('says who was killed, when, by which limit, and that another process held the memory', async () => {
      const result = await ask(`${name}`);
      expect(result.outcome).toBe('killed');
      const [kill] = result.kills;
      expect(kill).toMatchObject({
        comm: 'tail',
        constraint: 'cgroup',
        cgroup: `/${name}`,
        limitCgroup: `/${name}`,
        limitBytes,
        matchedBy: 'name',
        scoreAdj: 900,
        holder: { kind: 'other-process', pid: keeper?.pid },
      });
      expect(kill?.anonRssBytes).toBeGreaterThan(5 << 20);
      expect(Math.abs(Date.parse(kill!.at!) - beganMs)).toBeLessThan(60_000);
      expect(kill?.holder.share).toBeGreaterThan(0.5);
      expect(result.summary).toMatch(/was OOM-killed once, last .* ago; the limit of 120 MiB of its cgroup was full/);
    });

    it('counts the kill in the cgroup, and names a survivor as next, with the room that its limit leaves', async () => {
      const levels = await readCgroupLevels(`/${name}`, tree!);
      expect(levels.kind === 'captured' && levels.value[0]).toMatchObject({
        path: `/${name}`,
        limitBytes,
        oomKills: 1,
      });
      const result = await ask(String(keeper?.pid));
      // The machine's log may remember other programs of the same name.
      const ours = result.kills.filter((kill) => kill.matchedBy !== 'name');
      expect(ours.map((kill) => [kill.comm, kill.matchedBy])).toEqual([['tail', 'cgroup']]);
      expect(result.counted).toContainEqual({ where: `cgroup /${name}`, kills: 1, ofTarget: true });
      expect(result.next).toHaveLength(1);
      expect(result.next[0]).toMatchObject({ rank: 1, pid: keeper?.pid, scope: `/${name}` });
      expect(result.next[0]!.why).toMatch(/^the largest, .* % of the limit$/);
      expect(result.limits.map((one) => one.kind)).toEqual(['cgroup', 'host']);
      expect(result.forecast).toMatchObject({ limitBytes, limitSource: `cgroup /${name}` });
      expect(result.forecast?.exhaustedAt).toBeUndefined();
    });

    it('gives the same kill from the text of dmesg: a file, a packed file and stdin', async () => {
      const plain = path.join(scratch, 'kern.log');
      const packed = path.join(scratch, 'kern.log.2.gz');
      writeFileSync(plain, dmesg);
      writeFileSync(packed, gzipSync(dmesg));
      const live = (await ask(name)).kills[0]!;
      for (const file of [plain, packed, '-']) {
        const result = await ask(name, { log: [file] }, dmesg);
        const { at: _, source, ...kill } = result.kills[0]!;
        const { at: _at, source: _source, ...expected } = live;
        expect(kill).toEqual(expected);
        expect(source).toBe(file === '-' ? 'stdin' : file);
      }
    });

    it('says when a growing process meets the limit of its cgroup', async () => {
      keeper?.kill('SIGUSR2');
      const { forecast } = await ask(String(keeper?.pid), { for: '3s' });
      expect(forecast).toMatchObject({ limitSource: `cgroup /${name}` });
      const mibPerSecond = forecast!.bytesPerSecond! / (1 << 20);
      expect(mibPerSecond).toBeGreaterThan(2);
      expect(mibPerSecond).toBeLessThan(8);
      const inMs = Date.parse(forecast!.exhaustedAt!) - Date.now();
      expect(inMs).toBeGreaterThan(500);
      expect(inMs).toBeLessThan(20_000);
      expect(Date.parse(forecast!.low!)).toBeLessThanOrEqual(Date.parse(forecast!.exhaustedAt!));
      expect(Date.parse(forecast!.high!)).toBeGreaterThanOrEqual(Date.parse(forecast!.exhaustedAt!));
    });

    it('is read in ten seconds by a person', async () => {
      const { text } = await run(name, {});
      const lines = text.split('\n');
      expect(lines[0]).toMatch(/^ KILLED {2}leakline-test-\d+ was OOM-killed once/);
      expect(text).toContain(`limit    120 MiB of cgroup /${name}`);
      expect(text).toMatch(/holder {3}another process held it: (node|MainThread) \(pid \d+\), .* % of what was in use/);
    });

    it('tells of a kill that happens while it watches', async () => {
      const later = 'echo ready; sleep 2; ulimit -v 400000; exec tail < /dev/zero > /dev/null';
      const doomed = inCgroup(900, 'sh', '-c', later);
      await new Promise((resolve) => doomed.stdout?.once('data', resolve));
      const result = await ask(String(doomed.pid), { for: '30s' });
      expect(result.outcome).toBe('killed');
      expect(result.kills[0]).toMatchObject({ pid: doomed.pid, comm: 'tail', matchedBy: 'pid' });
      expect(result.warnings.join()).toContain('ended while it was watched');
    });
  },
);

// `npm run zoo`: builds every program of testdata/programs, runs and diagnoses it live through the built CLI, and prints
// who was found. `--only a,b` some rules, `--for 30s` how long each, `--by pid|url`, `--go go1.24.9` another toolchain,
// `--jobs 2` at a time, `--json FILE` the results as data. Exit code 1 when a leaky program's top finding is wrong or a healthy one is called a leak.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { forToolchain, goModFor } from './zoo-go-mod.mjs';
import { judge, zooPrograms } from './zoo-programs.mjs';

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string' },
    variant: { type: 'string' },
    for: { type: 'string', default: '30s' },
    by: { type: 'string', default: 'pid' },
    go: { type: 'string' },
    ldflags: { type: 'string', default: '' },
    json: { type: 'string' },
    jobs: { type: 'string', default: '2' },
    cli: { type: 'string', default: 'dist/cli.js' },
    reports: { type: 'string' },
    extra: { type: 'string', default: '' },
  },
});

const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-zoo-'));
// A target must not outlive this script, however it ends.
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

const env = {
  ...process.env,
  GOFLAGS: '-buildvcs=false',
  ...(flags.go === undefined ? {} : { GOTOOLCHAIN: flags.go }),
};
const wanted = flags.only?.split(',');
const results = [];
const toolchain = flags.go ?? spawnSync('go', ['env', 'GOVERSION'], { encoding: 'utf8' }).stdout.trim();
const queue = zooPrograms()
  .map((program) => forToolchain(program, toolchain))
  .filter(
    (program) =>
      (wanted === undefined || wanted.includes(program.rule)) &&
      (flags.variant === undefined || program.variant.startsWith(flags.variant)),
  );
try {
  await Promise.all(Array.from({ length: Number(flags.jobs) }, work));
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
async function work() {
  for (let program = queue.shift(); program !== undefined; program = queue.shift()) {
    const result = await runOne(program);
    results.push(result);
    const name = `${program.rule}/${program.variant}`.padEnd(38);
    if (result.skipped !== undefined) {
      console.log(`skip ${name} ${result.skipped}`);
      continue;
    }
    const said = `${result.verdict.padEnd(13)} ${(result.top ?? '-').padEnd(26)} ${(result.certainty ?? '-').padEnd(9)}`;
    console.log(`${result.ok ? 'ok  ' : 'MISS'} ${name} ${said} ${result.note}`);
  }
}
const judged = results.filter((result) => result.skipped === undefined);
const leaky = judged.filter((result) => result.expected === 'leak');
const others = judged.filter((result) => result.expected !== 'leak');
const share = (list, test) => `${list.filter(test).length}/${list.length}`;
console.log(
  `\nright line ${share(leaky, (r) => r.line)} · right cause ${share(leaky, (r) => r.rule)} · right permanence ${share(leaky, (r) => r.permanence)} · proven ${share(leaky, (r) => r.certainty === 'proven')} · not called a leak ${share(others, (r) => r.ok)}`,
);
if (flags.json !== undefined) writeFileSync(flags.json, `${JSON.stringify(results, null, 1)}\n`);
process.exitCode = judged.every((result) => result.ok) ? 0 : 1;

async function runOne(program) {
  if (program.skipped !== undefined) return { ...judge(program, undefined), skipped: program.skipped };
  const binary = path.join(scratch, `${program.rule}-${program.variant}`);
  const { args, isOlder } = goModFor(program.folder, toolchain, scratch);
  const built = spawnSync('go', ['build', ...args, `-ldflags=${flags.ldflags}`, '-o', binary, '.'], {
    cwd: program.folder,
    env,
    encoding: 'utf8',
  });
  if (built.status !== 0) {
    const why = built.stderr.trim().split('\n').at(-1);
    const result = { ...judge(program, undefined), note: `does not build: ${why}` };
    return isOlder ? { ...result, skipped: `needs a newer Go than ${toolchain}: ${why}` } : result;
  }
  const child = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  try {
    const url = await new Promise((resolve, reject) => {
      let text = '';
      child.stdout.on('data', (chunk) => {
        text += chunk;
        const match = /listening (\S+)/.exec(text);
        if (match) resolve(match[1]);
      });
      child.on('exit', () => reject(new Error('it ended before it listened')));
    });
    child.stdout.resume();
    const target = flags.by === 'pid' ? String(child.pid) : url;
    const words = [
      flags.cli,
      target,
      '--for',
      flags.for,
      '--format',
      'json',
      ...flags.extra.split(' ').filter(Boolean),
    ];
    const report = await new Promise((resolve) => {
      const cli = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
      let out = '';
      let err = '';
      cli.stdout.on('data', (chunk) => {
        out += chunk;
      });
      cli.stderr.on('data', (chunk) => {
        err += chunk;
      });
      cli.on('close', (code) => {
        try {
          resolve(JSON.parse(out));
        } catch {
          resolve({ failed: `exit ${code}: ${err.trim().split('\n').at(-1)}` });
        }
      });
    });
    if (flags.reports !== undefined) {
      mkdirSync(flags.reports, { recursive: true });
      writeFileSync(
        path.join(flags.reports, `${program.rule}-${program.variant}.json`),
        JSON.stringify(report, null, 1),
      );
    }
    return judge(program, report);
  } catch (error) {
    return { ...judge(program, undefined), note: error.message };
  } finally {
    child.kill('SIGKILL');
  }
}

// What native tracing costs a busy target (bench/native-target) that makes about 50,000 allocations a second: operations per
// second of its own CPU time, untraced, traced by leakline, and traced by memleak. The three take turns in one run and the
// medians are compared as ratios. Needs root, bpftrace, Go and gcc; memleak is left out where it is missing.
//   node bench/native-cost.mjs [--rounds 3] [--seconds 10] [--memleak memleak-libbpf]
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '10' },
    memleak: { type: 'string', default: 'memleak-libbpf' },
  },
});
const seconds = Number(flags.seconds);
const scratch = mkdtempSync(path.join('/tmp', 'll-cost-'));
const binary = path.join(scratch, 'target');
spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
  cwd: 'bench/native-target',
  stdio: 'inherit',
  env: { ...process.env, CGO_ENABLED: '1' },
});
// A C library of its own: an older bpftrace stops every process that shares it.
mkdirSync(path.join(scratch, 'lib'));
copyFileSync('/lib/x86_64-linux-gnu/libc.so.6', path.join(scratch, 'lib/libc.so.6'));
const hasMemleak = spawnSync(flags.memleak, ['--version']).status === 0;
const ways = { untraced, leakline, ...(hasMemleak ? { memleak } : {}) };
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
/** Operations per second of CPU time, of the last seconds. */
let seen = [];

console.log('| allocations in one call of C | way | allocations per second of CPU | slowdown | allocations seen |');
console.log('|---|---|---|---|---|');
try {
  for (const pairs of [1, 10]) await measure(pairs);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(pairs) {
  const target = spawn(binary, ['-pairs', String(pairs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, LD_LIBRARY_PATH: path.join(scratch, 'lib') },
  });
  target.stdout.on('data', (chunk) => {
    for (const [, operations, cpu] of String(chunk).matchAll(/operations (\d+) cpu ([\d.]+)/g)) {
      seen.push((pairs * Number(operations)) / Number(cpu));
    }
  });
  const results = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  const hits = {};
  try {
    await pause(5000);
    for (let round = 0; round < Number(flags.rounds); round++) {
      for (const [way, run] of Object.entries(ways)) {
        const told = await run(target.pid);
        hits[way] = told.hits;
        // The second in which it began is of both.
        results[way].push(...told.rates.slice(1));
      }
    }
  } finally {
    target.kill('SIGKILL');
  }
  const base = median(results.untraced);
  for (const way of Object.keys(ways)) {
    const rate = median(results[way]);
    console.log(`| ${pairs} | ${way} | ${Math.round(rate)} | ${(base / rate).toFixed(2)} | ${hits[way] ?? ''} |`);
  }
}

async function untraced() {
  seen = [];
  await pause(seconds * 500);
  return { rates: seen };
}

async function leakline(pid) {
  const args = ['dist/cli.js', 'native', String(pid), '--for', `${seconds}s`, '--format', 'json', '--yes'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = collect(child.stdout);
  await new Promise((resolve) => {
    child.stderr.on('data', (chunk) => String(chunk).includes('tracing allocations') && resolve());
  });
  return duringTrace(child, () => JSON.parse(output()).hits.allocations);
}

async function memleak(pid) {
  const link = path.join(scratch, 'o');
  rmSync(link, { force: true });
  symlinkSync(`/proc/${pid}/root${path.join(scratch, 'lib/libc.so.6')}`, link);
  const args = ['-p', String(pid), '-O', link, '-T', '100', String(seconds), '1'];
  const child = spawn(flags.memleak, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const output = collect(child.stdout);
  return duringTrace(child, () => (/Tracing/.test(output()) ? 'not told' : 'failed'));
}

/** Probes are attached within some four seconds; then half of the window is surely inside. */
async function duringTrace(child, hits) {
  const ended = new Promise((resolve) => child.on('close', resolve));
  await pause(4500);
  seen = [];
  await pause(seconds * 500);
  const rates = [...seen];
  await ended;
  return { rates, hits: hits() };
}

function collect(stream) {
  const chunks = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

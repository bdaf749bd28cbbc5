// Decode + diff + rank of two heap profiles against the pprof binary of the Go toolchain, on the same files.
//   node bench/run.mjs [--samples 50000,275000,1000000] [--pairs 5] [--cli dist/cli.js] [--json]
// The two run in turn (A B A B …) and the medians are compared as ratios: wall times on a shared machine wander, ratios
// of CPU time hardly do. Needs Go and GNU time (`/usr/bin/time`). Profiles are made once and kept in .cache/bench.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { syntheticProfile } from './synthetic-profile.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache/bench');
const { values: options } = parseArgs({
  options: {
    samples: { type: 'string', default: '20,1000,10000,50000,275000,1000000' },
    pairs: { type: 'string', default: '5' },
    /** Once the program's own command does this: `node CLI BASE CURRENT` in place of the bundled bench entry. */
    cli: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

mkdirSync(cache, { recursive: true });
await build({
  entryPoints: [join(root, 'bench/one-shot-diff.ts'), join(root, 'bench/one-step.ts')],
  outdir: cache,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
});
// The first use builds the tool; `-n` says where it lies, and running it once makes sure that it does.
execFileSync('go', ['tool', 'pprof', '-h'], { stdio: 'ignore' });
const pprof = execFileSync('go', ['tool', '-n', 'pprof'], { encoding: 'utf8' }).trim();
const ours = options.cli === undefined ? [join(cache, 'one-shot-diff.mjs')] : [options.cli];

const rows = [];
for (const samples of options.samples.split(',').map(Number)) {
  const base = syntheticProfile(cache, samples, 0);
  const current = syntheticProfile(cache, samples, 1);
  const runs = { pprof: [], ours: [] };
  const pairs = samples >= 1_000_000 ? Math.min(2, Number(options.pairs)) : Number(options.pairs);
  for (let pair = 0; pair < pairs; pair++) {
    runs.pprof.push(
      measure([pprof, '-top', '-symbolize=none', '-sample_index=inuse_space', '-diff_base', base, current]),
    );
    runs.ours.push(measure([process.execPath, ...ours, base, current]));
  }
  const row = { samples, pairs };
  for (const [name, list] of Object.entries(runs)) {
    for (const field of ['wallSeconds', 'cpuSeconds', 'peakMib']) {
      row[`${name}.${field}`] = median(list.map((run) => run[field]));
    }
  }
  rows.push(row);
  if (!options.json) print(row);
}

const steps = [];
for (const samples of [275_000, 1_000_000]) {
  if (!options.samples.split(',').map(Number).includes(samples)) continue;
  const path = syntheticProfile(cache, samples, 1);
  const list = { gunzip: [], decode: [], 'decode-with-labels': [] };
  for (let pair = 0; pair < Number(options.pairs); pair++) {
    for (const step of Object.keys(list)) list[step].push(oneStep(step, path));
  }
  const cpu = Object.fromEntries(
    Object.entries(list).map(([step, runs]) => [step, median(runs.map((run) => run.cpuMs))]),
  );
  const merge = oneStep('merge', syntheticProfile(cache, samples, 0), path);
  steps.push({ samples, ...cpu, 'merge-two': merge.cpuMs });
  if (!options.json) {
    const times = (step) => `${cpu[step].toFixed(0)} ms (${(cpu[step] / cpu.gunzip).toFixed(2)}x gunzip)`;
    console.log(
      `${samples} samples, CPU: gunzip ${cpu.gunzip.toFixed(0)} ms, decode ${times('decode')}, with labels ` +
        `${times('decode-with-labels')}, merging two ${merge.cpuMs.toFixed(0)} ms`,
    );
  }
}
if (options.json) console.log(JSON.stringify({ rows, steps }, null, 2));

function print(row) {
  const side = (name) =>
    `${row[`${name}.wallSeconds`].toFixed(3)} s wall, ${row[`${name}.cpuSeconds`].toFixed(3)} s CPU, ` +
    `${row[`${name}.peakMib`].toFixed(0)} MiB`;
  const ratio = (field) => (row[`pprof.${field}`] / row[`ours.${field}`]).toFixed(2);
  console.log(
    `${row.samples} samples: pprof ${side('pprof')}; ours ${side('ours')}; ` +
      `ratios wall ${ratio('wallSeconds')} CPU ${ratio('cpuSeconds')} memory ${ratio('peakMib')} (${row.pairs} pairs)`,
  );
}

/** A whole process by GNU time; CPU is user + system, in steps of 10 ms. */
function measure(command) {
  const start = performance.now();
  const run = spawnSync('/usr/bin/time', ['-f', '%U %S %M', ...command], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 2 ** 28,
  });
  const wallSeconds = (performance.now() - start) / 1000;
  if (run.error !== undefined) throw run.error;
  // 1 and 3 are verdicts of ours: a leak, inconclusive.
  if (![0, 1, 3].includes(run.status)) throw new Error(`${command.join(' ')}: ${run.stderr}`);
  const [user, system, peakKib] = run.stderr.trim().split('\n').at(-1).split(' ').map(Number);
  return { wallSeconds, cpuSeconds: user + system, peakMib: peakKib / 1024 };
}

function oneStep(step, ...paths) {
  return JSON.parse(
    execFileSync(process.execPath, [join(cache, 'one-step.mjs'), step, ...paths], { encoding: 'utf8' }),
  );
}

function median(list) {
  const sorted = list.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// How fast a recording is written and asked: appends that are on disk each, growth of every stack over the whole time and
// between two instants, numbers over time; and what it takes on disk.
//   node bench/store.mjs [--captures 10000] [--stacks 500] [--rounds 3]
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: flags } = parseArgs({
  options: {
    captures: { type: 'string', default: '10000' },
    stacks: { type: 'string', default: '500' },
    rounds: { type: 'string', default: '3' },
  },
});
const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-store-bench-'));
// Beside the package, so that the store's engine is found.
const step = path.join(root, 'dist', 'bench-store-step.mjs');
mkdirSync(path.dirname(step), { recursive: true });
await build({
  entryPoints: [path.join(root, 'bench/store-step.ts')],
  outfile: step,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['libsql'],
  logLevel: 'error',
});
const run = (...words) => JSON.parse(execFileSync('node', [step, ...words], { encoding: 'utf8' }));
const folder = path.join(scratch, 'store');
const filled = run('fill', folder, flags.captures, flags.stacks);
const asked = Array.from({ length: Number(flags.rounds) }, () => run('ask', folder));
rmSync(step);
rmSync(scratch, { recursive: true, force: true });

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
const of = (pick) => median(asked.map(pick)).toFixed(1);
console.log(`${flags.captures} captures, ${flags.stacks} stacks, four columns; medians of ${flags.rounds} processes\n`);
console.log('| | first time in a process | then |\n|---|---|---|');
console.log(
  `| growth of each stack, whole time | ${of((a) => a.growth.firstMs)} ms | ${of((a) => a.growth.medianMs)} ms |`,
);
console.log(`| growth between two instants | ${of((a) => a.part.firstMs)} ms | ${of((a) => a.part.medianMs)} ms |`);
console.log(
  `| numbers over time, 1000 points | ${of((a) => a.metrics.firstMs)} ms | ${of((a) => a.metrics.medianMs)} ms |`,
);
console.log(`| open a store and list its cases | ${of((a) => a.openMs)} ms | |`);
console.log(
  `\nappend: ${(Number(flags.captures) / filled.seconds).toFixed(0)}/s; one takes ${filled.appendMs.toFixed(1)} ms (median), ${filled.append99Ms.toFixed(1)} ms (99 of 100); ${(filled.bytes / 2 ** 20).toFixed(1)} MiB on disk, ${(filled.bytes / Number(flags.captures)).toFixed(0)} bytes a capture; ${(filled.rssBytes / 2 ** 20).toFixed(0)} MiB resident`,
);

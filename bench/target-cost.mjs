// What a diagnosis costs the target: operations per second of a busy service (bench/service, about 200 MiB live) while
// nobody watches, while leakline watches as it does by default, and with --gentle. The three take turns in one run, and
// the medians are compared as ratios.   node bench/target-cost.mjs [--rounds 3] [--seconds 20]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, seconds: { type: 'string', default: '20' } },
});
const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-cost-'));
const binary = path.join(scratch, 'service');
spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], { cwd: 'bench/service', stdio: 'inherit' });
const service = spawn(binary, [], { stdio: ['ignore', 'pipe', 'inherit'] });
let url = '';
let seen = [];
service.stdout.on('data', (chunk) => {
  url ||= /listening (\S+)/.exec(chunk)?.[1] ?? '';
  for (const [, count] of String(chunk).matchAll(/operations (\d+)/g)) seen.push(Number(count));
});
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
await pause(4000);
const ways = { alone: undefined, watched: [], gentle: ['--gentle'] };
const results = { alone: [], watched: [], gentle: [] };
const costs = {};
try {
  for (let round = 0; round < Number(flags.rounds); round++) {
    for (const [way, extra] of Object.entries(ways)) {
      seen = [];
      if (extra === undefined) await pause(Number(flags.seconds) * 1000);
      else costs[way] = await watch(extra);
      results[way].push(...seen.slice(1));
    }
  }
} finally {
  service.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
const base = median(results.alone);
console.log('| | operations/s, median of seconds | share of alone | requests | forced GCs | KiB received |');
console.log('|---|---|---|---|---|---|');
for (const way of Object.keys(ways)) {
  const cost = costs[way];
  const rest =
    cost === undefined ? '| | |' : `${cost.requests} | ${cost.forcedGcs} | ${Math.round(cost.bytesReceived / 1024)} |`;
  console.log(`| ${way} | ${median(results[way])} | ${(median(results[way]) / base).toFixed(3)} | ${rest}`);
}

function watch(extra) {
  const child = spawn(
    process.execPath,
    ['dist/cli.js', url, '--for', `${flags.seconds}s`, '--format', 'json', ...extra],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  let out = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  return new Promise((resolve) => child.on('close', () => resolve(JSON.parse(out).cost)));
}

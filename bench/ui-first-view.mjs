// How long a reader waits for the first page of a long recording, in a real browser: until the verdict is there, until memory
// over time is drawn, and for the ledger and each other view after it.
//   node bench/ui-first-view.mjs [--captures 10000] [--rounds 5]
// Needs Chromium (scripts/install-tools.sh --tests).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';

const { values: flags } = parseArgs({
  options: { captures: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '5' } },
});
const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-ui-bench-'));
// Beside the package, so that the store's engine is found.
const step = path.join(root, 'dist', 'bench-make-recording.mjs');
execFileSync('node', ['scripts/build.mjs'], { cwd: root, stdio: 'inherit' });
await build({
  entryPoints: [path.join(root, 'bench/make-recording.ts')],
  outfile: step,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  external: ['libsql'],
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
  },
  logLevel: 'error',
});
const store = path.join(scratch, 'store');
const caseFile = path.join(root, 'testdata/recorded/go1.27.3/hanging-goroutine-leaky.leakline');
const size = execFileSync('node', [step, store, flags.captures, caseFile], { encoding: 'utf8' }).trim();
rmSync(step);

const server = spawn('node', ['dist/cli.js', 'ui', store, '--no-browser'], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise((resolve) => server.stdout.once('data', (chunk) => resolve(chunk.toString().trim())));
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
// What the browser itself takes here, for a picture of 300 bytes from the same server.
const times = { 'an empty page': [], verdict: [], chart: [], ledger: [] };
for (let round = 0; round < Number(flags.rounds); round++) {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  const emptyMs = performance.now();
  await page.goto(new URL('/icon.svg', url).href);
  times['an empty page'].push(performance.now() - emptyMs);
  const startMs = performance.now();
  await page.goto(`${url}#/overview`);
  await page.getByText('It leaks.').waitFor();
  times.verdict.push(performance.now() - startMs);
  await page.locator('.chart canvas').first().waitFor();
  times.chart.push(performance.now() - startMs);
  await page.locator('main .loading').waitFor({ state: 'detached', timeout: 120_000 });
  times.ledger.push(performance.now() - startMs);
  await page.context().close();
}
await browser.close();
server.kill('SIGTERM');
rmSync(scratch, { recursive: true, force: true });

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];
console.log(
  `${flags.captures} captures, ${size}; ms from the start of the navigation, the first time and the median\n`,
);
console.log('| until | first | median |\n|---|---|---|');
for (const [until, all] of Object.entries(times))
  console.log(`| ${until} | ${Math.round(all[0])} | ${Math.round(median(all))} |`);

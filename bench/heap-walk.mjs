// What a heap walk costs: how long the target stands still, as the walk says and as a ticker inside the target sees it, how
// long it takes in all, objects a CPU second, memory per object. The target is bench/heap.
//   node bench/heap-walk.mjs [--scales 1,4] [--rounds 5] [--peer 'grf attach PID -o /tmp/x']
// `--peer` runs another tool on the same process afterwards, once: its time, and the longest gap that the ticker then saw.
// Needs Go and the right to read the memory of a child (root, or ptrace_scope 0 or 1).
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: flags } = parseArgs({
  options: {
    scales: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    peer: { type: 'string' },
  },
});
const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-heap-bench-'));
const binary = path.join(scratch, 'heap');
const step = path.join(scratch, 'heap-step.mjs');
const root = path.resolve(import.meta.dirname, '..');
spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
  cwd: path.join(root, 'bench/heap'),
  stdio: 'inherit',
});
await build({
  entryPoints: [path.join(root, 'bench/heap-step.ts')],
  outfile: step,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'error',
});

console.log(
  '| heap | objects | off by | stands still | ticker saw | in all | graph | dominators | copied | memory per object beside it | typed |',
);
console.log('|---|---|---|---|---|---|---|---|---|---|---|');
try {
  for (const scale of flags.scales.split(',')) await measure(scale);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function measure(scale) {
  const target = spawn(binary, [scale], { stdio: ['pipe', 'pipe', 'inherit'] });
  let output = '';
  target.stdout.on('data', (chunk) => {
    output += chunk;
  });
  while (!output.includes('\n')) await pause(100);
  await pause(1000);
  const counted = JSON.parse(output.slice(0, output.indexOf('\n')));
  const walks = [];
  try {
    for (let round = 0; round < Number(flags.rounds); round++) {
      const before = output.length;
      const walk = JSON.parse(
        execFileSync(process.execPath, ['--max-old-space-size=8000', step, String(target.pid)], { encoding: 'utf8' }),
      );
      await pause(500);
      const gaps = [...output.slice(before).matchAll(/gap ([\d.]+)/g)].map((match) => Number(match[1]));
      if (!walk.sound) throw new Error('a self-check of the walk failed');
      walks.push({ ...walk, gapMs: gaps.length === 0 ? undefined : Math.max(...gaps) });
    }
    if (flags.peer !== undefined) {
      const before = output.length;
      const started = performance.now();
      const [command, ...words] = flags.peer.replace('PID', String(target.pid)).split(' ');
      const run = spawnSync('/usr/bin/time', ['-f', '%M', command, ...words], { encoding: 'utf8' });
      const totalMs = performance.now() - started;
      await pause(1000);
      const gaps = [...output.slice(before).matchAll(/gap ([\d.]+)/g)].map((match) => Number(match[1]));
      const peakMib = Number(run.stderr.trim().split('\n').at(-1)) / 1024;
      console.error(
        `peer: exit ${run.status}, ${(totalMs / 1000).toFixed(1)} s in all, the ticker saw a gap of ${gaps.length === 0 ? 'no more than before' : `${Math.max(...gaps).toFixed(0)} ms`}, peak ${peakMib.toFixed(0)} MiB; ours: pause ${median(walks.map((one) => one.pauseMs)).toFixed(0)} ms, ${(median(walks.map((one) => one.totalMs)) / 1000).toFixed(1)} s in all, peak ${(median(walks.map((one) => one.peakBytes)) / 2 ** 20).toFixed(0)} MiB`,
      );
    }
  } finally {
    target.kill('SIGKILL');
  }
  const of = (field) => median(walks.map((walk) => walk[field]).filter((value) => value !== undefined));
  const range = (field) => {
    const values = walks.map((walk) => walk[field]);
    return `${of(field).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
  };
  const objects = of('objects');
  const off = Math.abs(objects - counted.objects) / counted.objects;
  const rate = (field) => `${(objects / of(field) / 1000).toFixed(1)} M/s`;
  const beside = (of('peakBytes') - of('copiedBytes')) / objects;
  const mib = (bytes) => `${Math.round(bytes / 2 ** 20)} MiB`;
  // The ticker only tells of a gap that is longer than all before.
  const seen = walks.map((walk) => walk.gapMs).filter((gap) => gap !== undefined);
  console.log(
    `| ${mib(of('bytes'))} | ${objects.toLocaleString('en')} | ${(off * 100).toFixed(4)} % | ${range('pauseMs')} | ${seen.length === 0 ? '' : `at most ${Math.max(...seen).toFixed(0)} ms`} | ${range('totalMs')} | ${rate('graphCpuMs')} | ${rate('dominatorsCpuMs')} | ${mib(of('copiedBytes'))} | ${beside.toFixed(0)} B | ${(of('typedShare') * 100).toFixed(2)} % |`,
  );
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(list) {
  return [...list].sort((a, b) => a - b)[list.length >> 1];
}

// How many arrays healthy habits leave with elements that no slice shows: bench/habits, walked several times while it works.
// The thresholds of src/diagnosis/lost-elements.ts rest on it. Prints the table of docs/lost-elements.md.
//   node bench/habits.mjs [--instances 8] [--rounds 5] [--go go1.22.12]
// Needs Go and the right to read the memory of a child.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const { values: flags } = parseArgs({
  options: {
    instances: { type: 'string', default: '8' },
    rounds: { type: 'string', default: '5' },
    go: { type: 'string' },
  },
});
/** As bench/habits names them. */
const habits = {
  queue: 'queue, `q = q[1:]`',
  queueCleared: 'the same, slot cleared before',
  window: 'sliding window of 60, `w = w[1:]`',
  batch: 'batch of 64 per worker, `b = b[:0]`',
  batchCleared: 'the same, cleared before',
  stack: 'stack, `s = s[:len(s)-1]`',
  freeList: 'free list, taken from its end',
  heap: '`container/heap`, Pop without clearing',
  heapCleared: 'the same, slot cleared',
  deleteByHand: '`append(s[:i], s[i+1:]...)`',
  slicesDelete: '`slices.Delete`',
  swapRemove: 'last into the gap, then cut',
  filter: 'filter in place, `kept := s[:0]`',
  ring: 'ring buffer by index',
  channel: 'worker pool on a channel',
  service: 'HTTP, JSON and templates, a client each',
};
const root = path.resolve(import.meta.dirname, '..');
const scratch = mkdtempSync(path.join(os.tmpdir(), 'leakline-habits-'));
const binary = path.join(scratch, 'habits');
const step = path.join(scratch, 'habits-step.mjs');
const env = { ...process.env, ...(flags.go === undefined ? {} : { GOTOOLCHAIN: flags.go }) };
if (
  spawnSync('go', ['build', '-buildvcs=false', '-o', binary, '.'], {
    cwd: path.join(root, 'bench/habits'),
    env,
    stdio: 'inherit',
  }).status !== 0
)
  process.exit(2);
await build({
  entryPoints: [path.join(root, 'bench/habits-step.ts')],
  outfile: step,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'error',
});
try {
  console.log(
    `| habit, ${flags.instances} of each | arrays | objects | in reach of an append | most of what it moves |`,
  );
  console.log('|---|---|---|---|---|');
  for (const [habit, words] of Object.entries(habits)) {
    const walks = await walksOf(habit);
    const range = (column) => {
      const values = walks.map((walk) => walk[column]);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return low === high ? String(low) : `${low} to ${high}`;
    };
    console.log(`| ${words} | ${range('arrays')} | ${range('objects')} | ${range('spare')} | ${mostShare(walks)} |`);
  }
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** JSON has no NaN: a service moves no items of its own. */
function mostShare(walks) {
  const shares = walks.flatMap(({ share }) => share ?? []);
  return shares.length === 0 ? '–' : `${Math.round(100 * Math.max(...shares))} %`;
}

async function walksOf(habit) {
  const target = spawn(binary, [habit, flags.instances], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((resolve, reject) => {
      target.once('exit', (code) => reject(new Error(`${habit} ended with ${code}`)));
      target.stdout.once('data', resolve);
    });
    return Array.from({ length: Number(flags.rounds) }, () => {
      const walk = JSON.parse(execFileSync(process.execPath, [step, String(target.pid)], { encoding: 'utf8' }));
      if (!walk.isSound) throw new Error(`a self-check of the walk of ${habit} failed`);
      return walk;
    });
  } finally {
    target.removeAllListeners('exit');
    target.kill('SIGKILL');
  }
}

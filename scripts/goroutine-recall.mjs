// Goroutine leaks of Go's own test programs (runtime/testdata/testgoroutineleakprofile, in the source of Go 1.27), found from
// outside, beside what the runtime's own profile goroutineleak finds in the same process at the same moment.
//   node scripts/goroutine-recall.mjs [--go go1.22.12] [--truth go1.27.3] [--ldflags '-s -w'] [--only NAME,…] [--cli dist/cli.js]
// The runtime's word is that of --truth: the same process where both are the same version, else a process of its own. The
// programs are built in a scratch folder from the toolchain's copy; nothing of them is kept. Exit code 1: fewer leaks found.
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    go: { type: 'string', default: 'go1.27.3' },
    truth: { type: 'string', default: 'go1.27.3' },
    ldflags: { type: 'string', default: '' },
    only: { type: 'string' },
    cli: { type: 'string', default: 'dist/cli.js' },
  },
});
const readyMs = 20_000;
const settleMs = 1000;
const end = '--- end';
const programs = 'src/runtime/testdata/testgoroutineleakprofile';
const scratch = mkdtempSync(path.join(tmpdir(), 'leakline-recall-'));

async function main() {
  const isSame = flags.go === flags.truth;
  const binary = build(flags.go, flags.ldflags);
  const truth = isSame ? binary : build(flags.truth, '');
  if (binary === undefined || truth === undefined) return 2;
  const wanted = flags.only?.split(',');
  const names = namesIn(path.join(scratch, flags.truth)).filter(
    (name) => wanted === undefined || wanted.includes(name),
  );
  const rows = [];
  for (const name of names) {
    const ours = await look(binary, name, isSame);
    const runtimes = isSame ? ours.runtimes : (await look(truth, name, true)).runtimes;
    rows.push({ name, found: ours.found, runtimes, trouble: ours.trouble });
    const mark =
      (runtimes ?? 0) > 0 && (ours.found ?? 0) === 0 ? '  MISSED' : ours.found === runtimes ? '' : '  differs';
    console.log(
      `${name.padEnd(24)} runtime ${told(runtimes)}  leakline ${told(ours.found)}${mark}  ${ours.trouble ?? ''}`,
    );
  }
  const leaking = rows.filter(({ runtimes }) => (runtimes ?? 0) > 0);
  const found = leaking.filter((row) => (row.found ?? 0) > 0);
  const equal = rows.filter((row) => row.runtimes !== undefined && row.found === row.runtimes);
  const only = rows.filter((row) => row.runtimes === 0 && (row.found ?? 0) > 0).map(({ name }) => name);
  console.log(
    `\n${flags.go}${flags.ldflags === '' ? '' : ` ${flags.ldflags}`}: ${found.length} of ${leaking.length} leaking programs found, ` +
      `the same number in ${equal.length} of ${rows.length}; only found here: ${only.length === 0 ? 'none' : only.join(', ')}`,
  );
  return found.length < leaking.length ? 1 : 0;
}

const told = (count) => (count === undefined ? 'not told' : String(count)).padStart(8);

/** The binary of all programs; undefined when this toolchain cannot build them. */
function build(go, ldflags) {
  const goroot = spawnSync('go', ['env', 'GOROOT'], {
    encoding: 'utf8',
    env: { ...process.env, GOTOOLCHAIN: flags.truth },
  }).stdout.trim();
  const folder = path.join(scratch, go);
  cpSync(path.join(goroot, programs), folder, { recursive: true });
  spawnSync('chmod', ['-R', 'u+w', folder]);
  for (const file of sourcesIn(folder)) {
    const text = readFileSync(file, 'utf8');
    const paused = text.replaceAll('prof.WriteTo(os.Stdout, 2)', 'pause(prof)');
    writeFileSync(file, withoutUnused(paused.replaceAll('prof.WriteTo(io.Discard, 2)', 'discard(prof)')));
  }
  // Programs in a folder of their own are one package with the others in the tests of Go, too.
  for (const file of sourcesIn(path.join(folder, 'goker'))) cpSync(file, path.join(folder, path.basename(file)));
  rmSync(path.join(folder, 'goker'), { recursive: true });
  writeFileSync(path.join(folder, 'pause.go'), pause);
  const minor = Math.min(21, Number(/1\.(\d+)/.exec(go)?.[1]));
  writeFileSync(path.join(folder, 'go.mod'), `module example.com/recall\n\ngo 1.${minor}\n`);
  const binary = path.join(scratch, `${go}.bin`);
  const env = {
    ...process.env,
    GOTOOLCHAIN: go,
    ...(minorOf(go) === 26 ? { GOEXPERIMENT: 'goroutineleakprofile' } : {}),
  };
  const result = spawnSync('go', ['build', `-ldflags=${ldflags}`, '-o', binary, '.'], {
    cwd: folder,
    env,
    encoding: 'utf8',
  });
  if (result.status === 0) return binary;
  console.error(`${go} does not build them:\n${result.stderr}`);
  return undefined;
}

const minorOf = (go) => Number(/1\.(\d+)/.exec(go)?.[1]);

/** Where the programs took their profile, they wait: for a walk from outside, then for the word to take it. */
const pause = `package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"runtime/pprof"
)

// Before Go 1.26 there is no such profile.
func discard(prof *pprof.Profile) {
	if prof != nil {
		prof.WriteTo(io.Discard, 2)
	}
}

func pause(prof *pprof.Profile) {
	fmt.Println("ready")
	in := bufio.NewReader(os.Stdin)
	in.ReadString('\\n')
	if prof != nil {
		prof.WriteTo(os.Stdout, 2)
	}
	fmt.Println("${end}")
	in.ReadString('\\n')
}
`;

/** os was imported for os.Stdout, io for io.Discard. */
function withoutUnused(text) {
  return ['os', 'io'].reduce((rest, name) => {
    if (new RegExp(`\\b${name}\\.`).test(rest)) return rest;
    return rest.replace(new RegExp(`^(?:\\t|import )"${name}"\\n`, 'm'), '');
  }, text);
}

function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.go'))
    .map((name) => path.join(folder, name));
}

function namesIn(folder) {
  const names = sourcesIn(folder).flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/^\tregister\("(\w+)"/gm)].map(([, name]) => name),
  );
  return names.sort();
}

/** `found` and `runtimes`: leaked goroutines, by the walk and by the runtime; undefined when it was not told. */
async function look(binary, name, ask) {
  const child = spawn(binary, [name], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, GOMAXPROCS: '1', GODEBUG: 'asyncpreemptoff=1' },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const until = async (word) => {
    const seen = [];
    for (;;) {
      const next = await Promise.race([
        lines.next(),
        new Promise((resolve) => setTimeout(resolve, readyMs, 'late').unref()),
      ]);
      if (next === 'late' || next.done) return undefined;
      if (next.value === word) return seen;
      seen.push(next.value);
    }
  };
  try {
    if ((await until('ready')) === undefined) return { trouble: 'it never came to its end' };
    // The runtime looks after a collection and ten turns of its scheduler; what is still under way is no leak yet.
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const walk = spawnSync(process.execPath, [flags.cli, 'goroutines', String(child.pid), '--format', 'json'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    let found;
    let trouble;
    if (walk.stdout !== '') {
      const { proven, warnings } = JSON.parse(walk.stdout);
      found = proven;
      trouble = warnings === undefined || warnings.length === 0 ? undefined : warnings.join('; ');
    } else trouble = walk.stderr.trim().split('\n').at(-1);
    child.stdin.write('\n');
    const told = ask ? await until(end) : undefined;
    const runtimes = told?.filter((line) => /^goroutine \d+ .*\(leaked\)/.test(line)).length;
    return { found, runtimes, trouble };
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

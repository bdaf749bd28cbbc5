// Runs a command that tests Go packages, with the hook in package testing, and collects what the test processes wrote.
// The hook joins through GOFLAGS=-overlay, so that `make test` and gotestsum are gated as `go test` is. Everything of it
// lies in a temporary folder that is gone afterwards.
import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { CaptureError, KnownError } from '../../base/errors.ts';
import { decodeTestEvents } from '../../decode/test-run/decode-test-events.ts';
import type { TestRunFacts } from '../../model/test-run.ts';
import type { ExitFacts } from '../start-command.ts';
import { patchedFiles, patchTesting } from './patch-testing.ts';

export interface GatedRunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Where the command's stdout and stderr go. */
  readonly output: Writable;
  readonly rounds: number;
  /** How long goroutines may take to end after the last test. */
  readonly graceMs: number;
  /** Repeats of one package may take this long. */
  readonly budgetMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** The files that one test process wrote. */
export interface TestRun {
  readonly facts: TestRunFacts;
  readonly profile: Uint8Array | undefined;
  readonly dump: Uint8Array | undefined;
  readonly startDump: Uint8Array | undefined;
  readonly leaked: Uint8Array | undefined;
  /** By round. */
  readonly heaps: ReadonlyMap<number, Uint8Array>;
}

export interface GatedRun {
  readonly exit: ExitFacts;
  readonly runs: readonly TestRun[];
  readonly notes: readonly string[];
}

const mostFileBytes = 256 << 20;
const afterExitMs = 2000;

/** Throws CaptureError when there is no Go, an unknown one, or the command cannot be started. */
export async function runGated(argv: readonly string[], options: GatedRunOptions): Promise<GatedRun> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'leakline-gate-'));
  try {
    const { env, notes } = await hookedEnvironment(folder, options);
    const exit = await runCommand(argv, env, options);
    const read = await readRuns(path.join(folder, 'out'));
    return { exit, runs: read.runs, notes: [...notes, ...read.notes] };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function hookedEnvironment(
  folder: string,
  { cwd, env, rounds, graceMs, budgetMs }: GatedRunOptions,
): Promise<{ env: NodeJS.ProcessEnv; notes: readonly string[] }> {
  const { GOROOT, GOFLAGS, GOMODCACHE } = await goEnvironment(cwd, env);
  // Go refuses overlays below the module cache, where the toolchains that go.mod asks for lie: another name leads there.
  const inCache = GOMODCACHE !== '' && `${GOROOT}/`.startsWith(`${GOMODCACHE}/`);
  const goroot = inCache ? path.join(folder, 'goroot') : GOROOT;
  if (inCache) await symlink(GOROOT, goroot);
  const sources = new Map<string, string>();
  for (const file of patchedFiles) {
    const text = await readFile(path.join(GOROOT, 'src/testing', file), 'utf8').catch(() => undefined);
    if (text !== undefined) sources.set(file, text);
  }
  const patched = patchTesting(sources);
  if (patched.kind === 'unknown')
    throw new CaptureError('E-GATE-GO', `package testing of ${GOROOT} is not known: ${patched.why}`, {
      advice: 'Gate with another Go (GOTOOLCHAIN=go1.26.0), and report this.',
    });
  const overlay = await userOverlay(GOFLAGS, cwd);
  const replace: Record<string, string> = { ...overlay.replace };
  for (const [file, text] of patched.files) {
    const to = path.join(folder, file);
    await writeFile(to, text);
    replace[path.join(goroot, 'src/testing', file)] = to;
  }
  const json = path.join(folder, 'overlay.json');
  await writeFile(json, JSON.stringify({ Replace: replace }));
  const out = path.join(folder, 'out');
  await mkdir(out);
  return {
    env: {
      ...env,
      // -count=1: a result from the cache would tell nothing.
      // Before Go 1.20 GOFLAGS knew no quotes.
      GOFLAGS: [overlay.otherFlags, json.includes(' ') ? `'-overlay=${json}'` : `-overlay=${json}`, '-count=1']
        .filter((part) => part !== '')
        .join(' '),
      ...(inCache
        ? {
            GOROOT: goroot,
            GOTOOLCHAIN: 'local',
            PATH: `${path.join(goroot, 'bin')}${path.delimiter}${env['PATH'] ?? ''}`,
          }
        : {}),
      LEAKLINE_GATE_DIR: out,
      LEAKLINE_GATE_GOFLAGS: GOFLAGS,
      LEAKLINE_GATE_ROUNDS: String(rounds),
      LEAKLINE_GATE_GRACE_MS: String(graceMs),
      LEAKLINE_GATE_BUDGET_MS: String(budgetMs),
    },
    notes: patched.notes,
  };
}

interface GoEnvironment {
  readonly GOROOT: string;
  readonly GOFLAGS: string;
  readonly GOMODCACHE: string;
}

async function goEnvironment(cwd: string, env: NodeJS.ProcessEnv): Promise<GoEnvironment> {
  try {
    const { stdout } = await promisify(execFile)('go', ['env', '-json', 'GOROOT', 'GOFLAGS', 'GOMODCACHE'], {
      cwd,
      env,
    });
    const told = JSON.parse(stdout) as Partial<GoEnvironment>;
    return { GOROOT: told.GOROOT ?? '', GOFLAGS: told.GOFLAGS ?? '', GOMODCACHE: told.GOMODCACHE ?? '' };
  } catch (cause) {
    const error = cause as NodeJS.ErrnoException & { stderr?: string };
    throw new CaptureError(
      'E-GATE-NO-GO',
      error.code === 'ENOENT' ? 'there is no go in PATH' : `go env fails: ${(error.stderr ?? error.message).trim()}`,
      { advice: 'Install Go, or run the gate where the tests run.', cause },
    );
  }
}

/** An overlay that the user has already is kept. */
async function userOverlay(
  goflags: string,
  cwd: string,
): Promise<{ replace: Readonly<Record<string, string>>; otherFlags: string }> {
  const given = /(?:^|\s)(['"]?)--?overlay=(.*?)\1(?=\s|$)/.exec(goflags);
  if (given === null) return { replace: {}, otherFlags: goflags };
  const file = path.resolve(cwd, given[2]!);
  try {
    const { Replace } = JSON.parse(await readFile(file, 'utf8')) as { Replace?: Record<string, string> };
    return { replace: Replace ?? {}, otherFlags: goflags.replace(given[0], ' ').trim() };
  } catch (cause) {
    throw new KnownError('E-GATE-OVERLAY', `the overlay of GOFLAGS, ${file}, cannot be read`, { cause });
  }
}

function runCommand(argv: readonly string[], env: NodeJS.ProcessEnv, options: GatedRunOptions): Promise<ExitFacts> {
  const { cwd, output, signal } = options;
  return new Promise((resolve, reject) => {
    // A group of its own, so that Ctrl-C reaches go and the tests once, from us.
    const child = spawn(argv[0]!, argv.slice(1), { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const interrupt = (): void => {
      try {
        process.kill(-child.pid!, 'SIGINT');
      } catch {
        // It has ended.
      }
    };
    signal?.addEventListener('abort', interrupt, { once: true });
    child.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new CaptureError(
          'E-CAPTURE-COMMAND',
          `${argv[0]} cannot be started: ${cause.code === 'ENOENT' ? 'there is no such program' : cause.message}`,
          { advice: 'Give a command after --: leakline gate -- go test ./...', cause },
        ),
      ),
    );
    let exit: ExitFacts = { code: null, signal: null };
    let late: NodeJS.Timeout | undefined;
    const done = (): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', interrupt);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(exit);
    };
    child.once('close', done);
    // What a test left running may hold the pipes open: that is not waited for.
    child.once('exit', (code, killedBy) => {
      exit = { code, signal: killedBy };
      late = setTimeout(done, afterExitMs);
    });
  });
}

async function readRuns(folder: string): Promise<{ runs: readonly TestRun[]; notes: readonly string[] }> {
  const runs: TestRun[] = [];
  const notes: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const at = path.join(folder, name);
    const files = new Map<string, Uint8Array>();
    for (const file of await readdir(at)) {
      const whole = path.join(at, file);
      if ((await stat(whole)).size <= mostFileBytes) files.set(file, await readFile(whole));
      else notes.push(`${file} of a test process is larger than ${mostFileBytes >> 20} MiB and was left out`);
    }
    const events = files.get('events');
    if (events === undefined) continue;
    try {
      const facts = decodeTestEvents(new TextDecoder().decode(events));
      const heaps = new Map<number, Uint8Array>();
      for (const [file, bytes] of files) {
        const round = /^heap-(\d+)\.pb\.gz$/.exec(file)?.[1];
        if (round !== undefined) heaps.set(Number(round), bytes);
      }
      runs.push({
        facts,
        profile: files.get('goroutine.pb.gz'),
        dump: files.get('end.txt'),
        startDump: files.get('start.txt'),
        leaked: files.get('leaked.pb.gz'),
        heaps,
      });
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      notes.push(`what a test process wrote cannot be read: ${error.message}`);
    }
  }
  return { runs: runs.sort((a, b) => a.facts.importPath.localeCompare(b.facts.importPath)), notes };
}

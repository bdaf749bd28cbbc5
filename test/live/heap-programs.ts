// Go programs under testdata/heap, built and run for a test: they say what the runtime itself counts, line by line.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { repository } from '../run-command.ts';

export interface RuntimeCounts {
  readonly objects: number;
  readonly bytes: number;
  readonly inuse: number;
  readonly goroutines: number;
  readonly version: string;
}

export interface HeapProgram {
  readonly pid: number;
  readonly binary: string;
  /** As the program printed them last, before it began to wait. */
  readonly counts: RuntimeCounts;
  /** Asks it again: proves that it runs. */
  ask(): Promise<RuntimeCounts>;
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface HeapBuilds {
  readonly directory: string;
  build(program: string, name: string, flags?: readonly string[], env?: Readonly<Record<string, string>>): string;
  start(binary: string, args?: readonly string[]): Promise<HeapProgram>;
  cleanUp(): Promise<void>;
}

export const hasGo = spawnSync('which', ['go']).status === 0;

export function createHeapBuilds(): HeapBuilds {
  const directory = mkdtempSync(path.join(tmpdir(), 'leakline-heap-'));
  const running: HeapProgram[] = [];
  return {
    directory,
    build(program, name, flags = [], env = {}) {
      const binary = path.join(directory, name);
      execFileSync('go', ['build', ...flags, '-o', binary, `./${program}`], {
        cwd: path.join(repository, 'testdata/heap'),
        env: { ...process.env, ...env },
        stdio: ['ignore', 'inherit', 'inherit'],
      });
      return binary;
    },
    async start(binary, args = []) {
      const started = await startProgram(binary, args);
      running.push(started);
      return started;
    },
    async cleanUp() {
      await Promise.all(running.map((one) => one.stop()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export async function startProgram(
  binary: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<HeapProgram> {
  const child: ChildProcessWithoutNullStreams = spawn(binary, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  child.stderr.resume();
  const lines = readline.createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<RuntimeCounts> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error(`${binary} ended`);
    return JSON.parse(value) as RuntimeCounts;
  };
  // The first line is there so that what printing needs exists before it counts.
  await next();
  const counts = await next();
  return {
    pid: child.pid!,
    binary,
    counts,
    ended,
    ask() {
      child.stdin.write('stats\n');
      return next();
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

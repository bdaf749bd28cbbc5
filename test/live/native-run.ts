// Programs to trace, and `leakline native` run on them in this process.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { runNative } from '../../src/cli/commands/native.ts';
import type { CliIo } from '../../src/cli/io.ts';
import { repository } from '../run-command.ts';

export const programs = path.join(repository, 'testdata/programs-cgo');
export const has = (program: string): boolean => spawnSync('which', [program]).status === 0;
export const mayTrace =
  process.platform === 'linux' &&
  process.geteuid?.() === 0 &&
  has('bpftrace') &&
  spawnSync('timeout', ['20', 'bpftrace', '-e', 'BEGIN { printf("allowed"); exit(); }']).stdout.includes('allowed');
export const canBuild = has('go') && has('gcc');
export const cLibrary = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib64/libc.so.6'].find((file) => existsSync(file));

export interface NativeReport {
  readonly verdict: string;
  readonly why: string;
  readonly probe: string;
  readonly probeHits: number;
  readonly warnings: readonly string[];
  readonly sites: readonly {
    readonly kind: string;
    readonly allocator: string;
    readonly count: number;
    readonly bytes: number;
    readonly via?: string;
    readonly state: string;
    readonly goCaller: { readonly function: string; readonly file: string; readonly line: number } | null;
    readonly cCaller: { readonly function?: string; readonly file?: string; readonly line?: number } | null;
  }[];
}

export const run = async (pid: number, more: Partial<CliIo> & { flags?: object } = {}) => {
  const chunks: Buffer[] = [];
  const stdout = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  const stderr = new PassThrough();
  stderr.resume();
  const io: CliIo = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: process.env,
    cwd: repository,
    home: '/nonexistent',
    nowMs: Date.now,
    interrupt: new AbortController().signal,
    ...more,
  };
  const code = await runNative(String(pid), { format: 'json', for: '8s', ...more.flags }, io);
  return { code, report: JSON.parse(Buffer.concat(chunks).toString()) as NativeReport };
};

/** bpftrace processes that this process started: none may be left. */
export const tracers = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, 'utf8');
        return status.startsWith('Name:\tbpftrace') && status.includes(`PPid:\t${process.pid}\n`);
      } catch {
        return false;
      }
    });

/** Sites that leak, by the Go function that asked. */
export const callers = (report: NativeReport): Map<string, NativeReport['sites'][number]> =>
  new Map(
    report.sites
      .filter((site) => site.state === 'leaking')
      .map((site) => [site.goCaller?.function.replace(/^main\./, '') ?? '?', site]),
  );

/** What testdata/programs-cgo/leaky does: a Go function a kind. */
export const seven = {
  leakMalloc: 'malloc',
  leakCalloc: 'calloc',
  leakRealloc: 'realloc',
  leakMemalign: 'posix_memalign',
  leakString: 'malloc',
  leakBytes: 'malloc',
  leakMmap: 'mmap',
};

/** Builds and starts programs; `end` kills what was started. */
export function startPrograms(directory: string) {
  const running: ChildProcess[] = [];
  const build = (program: string, name: string, flags: readonly string[] = [], env: NodeJS.ProcessEnv = {}): string => {
    const binary = path.join(directory, name);
    execFileSync('go', ['build', ...flags, '-o', binary, `./${program}`], {
      cwd: programs,
      env: { ...process.env, CGO_ENABLED: '1', ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return binary;
  };

  const start = async (binary: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<number> => {
    const child = spawn(binary, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, LD_LIBRARY_PATH: path.join(directory, 'lib'), ...env },
    });
    running.push(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
      child.stdout.once('data', () => resolve());
    });
    return child.pid!;
  };

  const end = (): void => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
  };
  return { build, start, end };
}

// Runs a program for as long as it is watched: starts it, hands its output to our stderr, waits until its pprof answers,
// and ends it. Its own children that keep the port are found too: `go run .` starts the real program as a child.
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import type { Writable } from 'node:stream';
import { CaptureError } from '../base/errors.ts';
import { type Clock, systemClock } from './clock.ts';
import { type FoundPort, findPprofPort } from './find-pprof-port.ts';
import type { PprofClientOptions } from './pprof-client.ts';
import { processStartMs } from './read-process.ts';

export interface StartOptions {
  /** Where the program's stdout and stderr go. */
  readonly output: Writable;
  /** How long it may take until its pprof answers; default 30 s. */
  readonly readyMs?: number;
  /** How long it may take to end after SIGTERM before SIGKILL; default 5 s. */
  readonly stopMs?: number;
  readonly client?: PprofClientOptions;
  readonly signal?: AbortSignal | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly clock?: Clock;
}

export interface ExitFacts {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface StartedCommand {
  /** The process that serves pprof: the command itself or a descendant of it. */
  readonly pid: number;
  readonly port: FoundPort;
  /** How it ended; undefined while it runs. */
  exit(): ExitFacts | undefined;
  /** Ends it and waits for that; a command that ended by itself is left alone. */
  stop(): Promise<ExitFacts>;
  /** Hands a signal on to it. */
  forward(signal: NodeJS.Signals): void;
}

/** Throws CaptureError when it cannot be started, ends early, or serves no pprof in time; it is stopped then. */
export async function startCommand(argv: readonly string[], options: StartOptions): Promise<StartedCommand> {
  const clock = options.clock ?? systemClock;
  const program = argv[0]!;
  const child = await launch(program, argv.slice(1), options);
  let exit: ExitFacts | undefined;
  const ended = new Promise<ExitFacts>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      resolve(exit);
    });
  });
  let servingPid = child.pid!;
  const forward = (signal: NodeJS.Signals) => signalGroup(child.pid!, signal);
  const isOver = async () => exit !== undefined && (await processStartMs(servingPid)) === undefined;
  const stop = async (): Promise<ExitFacts> => {
    // The program may outlive the shell or the `go run` that started it: the end of both is waited for.
    if (await isOver()) return ended;
    forward('SIGTERM');
    const deadline = clock.monotonicMs() + (options.stopMs ?? 5000);
    while (clock.monotonicMs() < deadline && !(await isOver())) await clock.wait(20);
    if (!(await isOver())) forward('SIGKILL');
    return ended;
  };
  try {
    const found = await waitForPort(child.pid!, program, () => exit, options, clock);
    servingPid = found.pid;
    return { ...found, exit: () => exit, stop, forward };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function launch(program: string, args: readonly string[], options: StartOptions): Promise<ChildProcess> {
  // A group of its own: a Ctrl-C at the terminal ends our series first, and the program only after the last capture.
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const why =
        cause.code === 'ENOENT'
          ? 'there is no such program'
          : cause.code === 'EACCES'
            ? 'it may not be executed'
            : cause.message;
      reject(
        new CaptureError('E-CAPTURE-COMMAND', `${program} cannot be started: ${why}`, {
          advice: 'Give a path (./svc) or a program in PATH, its arguments after it.',
          cause,
        }),
      );
    });
  });
  child.stdout?.pipe(options.output, { end: false });
  child.stderr?.pipe(options.output, { end: false });
  return child;
}

async function waitForPort(
  pid: number,
  program: string,
  exit: () => ExitFacts | undefined,
  options: StartOptions,
  clock: Clock,
): Promise<{ pid: number; port: FoundPort }> {
  const readyMs = options.readyMs ?? 30_000;
  const deadline = clock.monotonicMs() + readyMs;
  let last: CaptureError | undefined;
  for (;;) {
    const ended = exit();
    if (ended !== undefined)
      throw new CaptureError('E-CAPTURE-COMMAND', `${program} ended ${exitText(ended)} before its pprof answered`, {
        advice: 'Its own output above may say why.',
      });
    if (options.signal?.aborted) throw new CaptureError('E-CAPTURE-ABORTED', `${program}: ended early`);
    for (const candidate of [pid, ...(await descendants(pid))]) {
      try {
        return { pid: candidate, port: await findPprofPort(candidate, options.client, options.signal) };
      } catch (error) {
        if (!(error instanceof CaptureError)) throw error;
        // What a child that is not the server says is of less use than what the program itself says.
        if (candidate === pid || error.code !== 'E-CAPTURE-NO-PORT') last = error;
      }
    }
    if (clock.monotonicMs() >= deadline)
      throw new CaptureError(
        'E-CAPTURE-COMMAND',
        `${program} did not serve pprof within ${readyMs / 1000} s: ${last?.message ?? 'no port was found'}`,
        {
          ...(last?.advice === undefined ? {} : { advice: last.advice }),
        },
      );
    await clock.wait(150, options.signal);
  }
}

/** `with code 2`, `by SIGKILL`. */
export function exitText(exit: ExitFacts): string {
  return exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
}

/** Children first, then theirs; bounded, because a process may fork without end. */
async function descendants(pid: number): Promise<number[]> {
  const found: number[] = [];
  const pending = [pid];
  for (let next = pending.shift(); next !== undefined && found.length < 64; next = pending.shift()) {
    for (const thread of await readdir(`/proc/${next}/task`).catch(() => [] as string[])) {
      const text = await readFile(`/proc/${next}/task/${thread}/children`, 'utf8').catch(() => '');
      for (const child of text
        .trim()
        .split(' ')
        .filter((word) => word !== '')
        .map(Number)) {
        found.push(child);
        pending.push(child);
      }
    }
  }
  return found;
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nobody of the group is left.
  }
}

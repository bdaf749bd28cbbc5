// The process: wires the world to the commands, turns errors into messages and exit codes. The only file that exits.
import { getEventListeners } from 'node:events';
import os from 'node:os';
import process from 'node:process';
import { CommanderError } from 'commander';
import { KnownError } from '../base/errors.ts';
import type { CliIo, ExitCode } from './io.ts';
import { createProgram } from './program.ts';
import { toolVersion } from './version.ts';

/** npm hands on the Ctrl-C that the terminal has sent to us already: two within this time are one. */
const sameKeyMs = 300;

async function main(): Promise<ExitCode> {
  const interrupt = new AbortController();
  const leave = new AbortController();
  let interruptedMs = 0;
  const stop = (): void => {
    if (!interrupt.signal.aborted) {
      interruptedMs = performance.now();
      process.stderr.write('\nending the capture; the report follows (Ctrl-C again to leave at once)\n');
      interrupt.abort();
      return;
    }
    if (performance.now() - interruptedMs < sameKeyMs) return;
    // Who listens has something to say or to end first, and has one chance to do it.
    if (leave.signal.aborted || getEventListeners(leave.signal, 'abort').length === 0) process.exit(130);
    leave.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  // A reader that has seen enough (| head) is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  const io: CliIo = {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
    home: os.homedir(),
    nowMs: Date.now,
    interrupt: interrupt.signal,
    leave: leave.signal,
  };
  let code: ExitCode = 0;
  try {
    const argv = process.argv.slice(2);
    if (argv.length === 0 && process.stdin.isTTY === true) argv.push('--help');
    await createProgram(io, (result) => {
      code = result;
    }).parseAsync(keepDashes(argv), { from: 'user' });
    return code;
  } catch (error) {
    return report(error);
  }
}

/** commander swallows the first `--`; the command that it separates from our flags is part of the target. */
function keepDashes(argv: readonly string[]): string[] {
  const at = argv.indexOf('--');
  return at < 0 ? [...argv] : [...argv.slice(0, at), '--', ...argv.slice(at)];
}

function report(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof KnownError) {
    process.stderr.write(`leakline: ${error.message} [${error.code}]\n`);
    if (error.advice !== undefined) process.stderr.write(`  ${error.advice}\n`);
    return 2;
  }
  process.stderr.write(
    `leakline ${toolVersion} has a bug; please report it with what follows.\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return 70;
}

process.exitCode = await main();
// A command that was started, or a socket that is kept, must not hold the process once the report is out.
if (process.stdout.writableLength === 0) process.exit();
else process.stdout.once('drain', () => process.exit());

// The process: wires the world to the commands, turns errors into messages and exit codes. The only file that exits.
import os from 'node:os';
import process from 'node:process';
import { CommanderError } from 'commander';
import { KnownError } from '../base/errors.ts';
import type { CliIo, ExitCode } from './io.ts';
import { createProgram } from './program.ts';
import { toolVersion } from './version.ts';

async function main(): Promise<ExitCode> {
  const interrupt = new AbortController();
  process.on('SIGINT', () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
    process.stderr.write('\nending the capture; the report follows (Ctrl-C again to leave at once)\n');
  });
  process.on('SIGTERM', () => interrupt.abort());
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

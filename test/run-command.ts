// Runs a command of the CLI in this process, with a world of its own.

import path from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import type { CliIo, ExitCode } from '../src/cli/io.ts';
import { createProgram } from '../src/cli/program.ts';

export interface CommandResult {
  readonly code: ExitCode | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export const repository = path.resolve(import.meta.dirname, '..');

/** Rejects with what the command throws: the exit code of an error is `main.ts`'s business. */
export async function runCommand(
  argv: readonly string[],
  world: Partial<Pick<CliIo, 'env' | 'cwd' | 'interrupt'>> & {
    readonly stdin?: Uint8Array;
    readonly tty?: boolean;
  } = {},
): Promise<CommandResult> {
  const stdout = collect(world.tty === true);
  const stderr = collect(false);
  const stdin = Object.assign(new PassThrough(), { isTTY: world.stdin === undefined });
  stdin.end(world.stdin);
  let code: ExitCode | undefined;
  const io: CliIo = {
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    env: world.env ?? {},
    cwd: world.cwd ?? repository,
    home: '/nonexistent',
    nowMs: Date.now,
    interrupt: world.interrupt ?? new AbortController().signal,
  };
  await createProgram(io, (result) => {
    code = result;
  }).parseAsync([...argv], { from: 'user' });
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

function collect(isTTY: boolean) {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return { stream: Object.assign(stream, { isTTY, columns: 100 }), text: () => Buffer.concat(chunks).toString() };
}

// Bundles and starts the process that records drawn captures (store-writer.ts).
import { type ChildProcess, spawn } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { repository } from '../run-command.ts';

/** Path of the program; `folder` gets it. */
export async function bundleStoreWriter(folder: string): Promise<string> {
  const outfile = path.join(folder, 'store-writer.mjs');
  await build({
    entryPoints: [path.join(import.meta.dirname, 'store-writer.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['libsql'],
  });
  symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
  return outfile;
}

export interface WriterProcess {
  readonly child: ChildProcess;
  /** Index of the last capture that it said to be on disk; -1 before the first one. */
  readonly acknowledged: () => number;
  readonly errors: () => string;
  /** Resolves to the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Resolves when the first capture is acknowledged, or the process has ended. */
  readonly writes: Promise<void>;
}

export function startStoreWriter(command: readonly string[]): WriterProcess {
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  );
  const writes = new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      resolve();
    });
    child.on('close', () => resolve());
  });
  return {
    child,
    // The last line may be half there when it was killed.
    acknowledged: () => Number(output.slice(0, output.lastIndexOf('\n')).split('\n').at(-1) || -1),
    errors: () => errors,
    ended,
    writes,
  };
}

// Results to stdout or, with -o, to a file that is there whole or not at all.
import { rename, rm, writeFile } from 'node:fs/promises';
import { KnownError } from '../base/errors.ts';
import type { CliIo } from './io.ts';

export async function writeOutput(io: CliIo, path: string | undefined, text: string | Uint8Array): Promise<void> {
  if (path === undefined || path === '-') {
    await new Promise<void>((resolve) => {
      io.stdout.write(text, () => resolve());
    });
    return;
  }
  await writeWhole(path, text);
}

export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new KnownError(
      'E-OUTPUT',
      `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

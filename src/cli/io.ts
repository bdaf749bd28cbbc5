// What a command may use of the world, so that tests can run it with a world of their own.
import type { Readable, Writable } from 'node:stream';

export interface CliIo {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  readonly nowMs: () => number;
  /** Aborted by the first Ctrl-C: end the capture and report on what there is. */
  readonly interrupt: AbortSignal;
  /** Aborted by the second one where somebody listens: end at once. Where nobody does, the process is ended. */
  readonly leave?: AbortSignal;
}

/** 0 clear · 1 leak · 2 usage or known error · 3 inconclusive · 70 our bug. */
export type ExitCode = 0 | 1 | 2 | 3 | 70;

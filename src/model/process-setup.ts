// How a local process is set up and limited at one moment, as far as it decides how memory is judged.
import type { MemoryLimit } from './oom.ts';

export interface ProcessSetup {
  /** GOGC of its environment; the program may have changed it since. undefined when that may not be read. */
  readonly gcPercent: number | 'off' | undefined;
  /** `ulimit -s`; undefined when unlimited or unknown. */
  readonly stackLimitBytes: number | undefined;
  readonly limits: readonly MemoryLimit[];
  /** Which limits could not be read, one clause each. */
  readonly gaps: readonly string[];
}

/** A thread as /proc/PID/task shows it. */
export interface ThreadState {
  readonly tid: number;
  /** `S`, `R`, `D` … */
  readonly state: string;
  /** Kernel function that it waits in (`futex_do_wait`, `pipe_read`); undefined when it runs, or may not be known. */
  readonly waitsIn: string | undefined;
  /** Cut to 15 characters by the kernel. */
  readonly comm: string;
}

/** Threads of the process at the first and the last capture. */
export interface ThreadGrowth {
  readonly first: number;
  readonly last: number;
  /** What more threads wait in than before, the largest increase first. */
  readonly waits: readonly { readonly waitsIn: string; readonly first: number; readonly last: number }[];
}

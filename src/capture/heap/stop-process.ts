// Stops a process for a moment and lets it run again, whatever happens in between. What somebody else has stopped or
// traces is read as it is and never continued. All of it is synchronous: between the two signals no other code of ours runs.
import { CaptureError } from '../../base/errors.ts';
import { noSuchProcess } from '../read-process.ts';
import { threadIds, threadState, tracerOf } from './read-threads.ts';

export interface StopWindow<T> {
  readonly value: T;
  /** From the first signal to the last. 0 when it was stopped already. */
  readonly pauseMs: number;
  readonly stopped: 'signal' | 'already-stopped';
}

/** How long a process may take until each of its threads stands: one in the kernel on a slow disk does not. */
const settleMs = 250;

/** Whether somebody else holds it: then it must not be touched. */
export function heldByOthers(pid: number): 'stopped' | 'traced' | undefined {
  if (tracerOf(pid) !== 0) return 'traced';
  const state = threadState(pid, pid);
  return state === 'T' || state === 't' ? 'stopped' : undefined;
}

/**
 * Runs `during` while no thread of `pid` runs. `elapsedMs` tells how long the window has been open. Throws CaptureError
 * when the process is gone or does not stop; what `during` throws is thrown on after the process runs again.
 */
export function whileStopped<T>(
  pid: number,
  nowMs: () => number,
  during: (elapsedMs: () => number) => T,
): StopWindow<T> {
  const held = heldByOthers(pid);
  if (held === 'traced' && !allStopped(pid)) {
    throw new CaptureError('E-HEAP-TRACED', `pid ${pid} is traced by another program (pid ${tracerOf(pid)})`, {
      advice: 'End the debugger or strace first, or read without stopping: --no-stop.',
    });
  }
  const start = nowMs();
  const elapsedMs = () => nowMs() - start;
  if (held !== undefined) return { value: during(elapsedMs), pauseMs: 0, stopped: 'already-stopped' };
  signal(pid, 'SIGSTOP');
  let value: T;
  try {
    waitUntilStopped(pid, elapsedMs);
    value = during(elapsedMs);
  } finally {
    signal(pid, 'SIGCONT');
  }
  return { value, pauseMs: elapsedMs(), stopped: 'signal' };
}

function waitUntilStopped(pid: number, elapsedMs: () => number): void {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (!allStopped(pid)) {
    if (threadIds(pid).length === 0) throw noSuchProcess(pid);
    if (elapsedMs() > settleMs) {
      throw new CaptureError('E-HEAP-STOP', `pid ${pid} did not stop within ${settleMs} ms; it runs on`, {
        advice: 'A thread waits inside the kernel, as for a slow disk. Try again, or read without stopping: --no-stop.',
      });
    }
    Atomics.wait(cell, 0, 0, 0.2);
  }
}

/** A thread that ended stands for ever. */
function allStopped(pid: number): boolean {
  const threads = threadIds(pid);
  return threads.length > 0 && threads.every((tid) => ['T', 't', 'Z', 'X', ''].includes(threadState(pid, tid)));
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EPERM') {
      throw new CaptureError('E-HEAP-RIGHTS', `pid ${pid} may not be stopped`, {
        advice: 'Run as its user or as root, or read without stopping: --no-stop.',
        cause,
      });
    }
    throw noSuchProcess(pid);
  }
}

// Threads of a process: state, and where each stands. Sources: proc_pid_stat(5); /proc/PID/task/TID/syscall ends in the
// user's stack pointer and program counter, in a system call and outside of one (fs/proc/base.c proc_pid_syscall).
import { readdirSync, readFileSync } from 'node:fs';

export interface ThreadPlace {
  readonly tid: number;
  readonly sp: number;
  readonly pc: number;
}

/** R S D T t Z X …; '' when the thread is gone. */
export function threadState(pid: number, tid: number): string {
  const stat = readText(`/proc/${pid}/task/${tid}/stat`);
  // The name in brackets may hold spaces and brackets: the state stands behind the last one.
  return stat.charAt(stat.lastIndexOf(')') + 2);
}

/** Empty when the process is gone. */
export function threadIds(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
}

/** Threads whose place can be read; a running one has none ("running"). */
export function threadPlaces(pid: number): ThreadPlace[] {
  return threadIds(pid).flatMap((tid) => {
    const words = readText(`/proc/${pid}/task/${tid}/syscall`).trim().split(' ');
    const sp = Number(words.at(-2));
    const pc = Number(words.at(-1));
    return words.length >= 3 && Number.isSafeInteger(sp) && Number.isSafeInteger(pc) ? [{ tid, sp, pc }] : [];
  });
}

/**
 * Clock ticks since boot when the process started: with the pid it names one process for ever; undefined when it is gone, or
 * only waits for its parent to notice.
 */
export function startTicks(pid: number): number | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[19]);
  return stat === '' || fields[0] === 'Z' || fields[0] === 'X' || !Number.isFinite(ticks) ? undefined : ticks;
}

/** Pid of the tracer; 0 when there is none. */
export function tracerOf(pid: number): number {
  return Number(/^TracerPid:\s+(\d+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? 0);
}

export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

// What this machine and this process allow, before anything is attached: rights, tools and their versions, the kernel. Each
// thing that is missing is a reason to use a lesser probe, with the command that would allow the better one.
import { readFile, readlink } from 'node:fs/promises';
import { release } from 'node:os';
import { CaptureError } from '../../base/errors.ts';
import { noSuchProcess, processStartMs } from '../read-process.ts';
import { findBpftrace, findMemleak, type Memleak, type Tracer, tryBpftrace } from './find-tracers.ts';
import { readRights } from './read-rights.ts';

export interface Preflight {
  readonly kernel: string;
  readonly tracer: Tracer | undefined;
  readonly memleak: Memleak | undefined;
  /** What is not possible and what would help, one sentence each. */
  readonly gaps: readonly string[];
}

/** Throws CaptureError when the process does not exist. */
export async function preflight(
  pid: number,
  command: string,
  searchPath: string,
  signal: AbortSignal,
): Promise<Preflight> {
  if (process.platform !== 'linux') {
    throw new CaptureError('E-NATIVE-PLATFORM', 'native allocations can be traced on Linux only', {
      advice: 'Run leakline on the machine of the process.',
    });
  }
  if ((await processStartMs(pid)) === undefined) throw noSuchProcess(pid);
  const kernel = release();
  const rights = await readRights();
  const none = { kernel, tracer: undefined, memleak: undefined };
  if ((await kernelPid(pid)) === undefined) {
    const gap =
      'pids of this container are not those of the kernel, so nothing is traced: run on the host, or in a container with --pid=host';
    return { ...none, gaps: [gap] };
  }
  if (!rights.mayRunBpftrace && !rights.mayRunMemleak) {
    return { ...none, gaps: [rightsText(rights.missing, command)] };
  }
  const memleak = rights.mayRunMemleak ? await findMemleak(searchPath) : undefined;
  const tracer = rights.mayRunBpftrace ? await findBpftrace(searchPath) : undefined;
  if (tracer === undefined) {
    const gap = rights.mayRunBpftrace
      ? 'bpftrace is not installed (Debian, Ubuntu: `apt install bpftrace`)'
      : rightsText(rights.missing, command);
    return { kernel, tracer, memleak, gaps: [gap] };
  }
  const tried = await tryBpftrace(tracer, signal);
  if (typeof tried === 'string') {
    const gap = `the kernel (${kernel}) does not let bpftrace ${tracer.version} run: ${tried}`;
    return { kernel, tracer: undefined, memleak, gaps: [gap] };
  }
  const gaps = tried.canTraceCalls
    ? []
    : ['the tracepoints of system calls cannot be used: what Go code maps itself (syscall.Mmap) is not seen'];
  return { kernel, tracer: tried, memleak, gaps };
}

const rightsText = (missing: readonly string[], command: string): string =>
  `allocations cannot be traced: missing ${missing.join(', ')}. ${rightsAdvice(command)}`;

/** What gives the rights: root, or in a container whose root has been cut down, its capabilities. */
export const rightsAdvice = (command: string): string =>
  process.geteuid?.() === 0
    ? `In a container: docker run --cap-add SYS_ADMIN --cap-add SYS_PTRACE --pid=host …; else on the host: sudo ${command}`
    : `Run: sudo ${command}`;

/** `-p` makes newer versions look paths up in the target's mount namespace, where /proc may not be ours. */
export async function sharesMounts(pid: number): Promise<boolean> {
  const [ours, its] = await Promise.all(
    ['self', String(pid)].map((who) => readlink(`/proc/${who}/ns/mnt`).catch(() => undefined)),
  );
  return ours !== undefined && ours === its;
}

/** The pid that the kernel's probes see: in our pid namespace it may be another one, and undefined then. */
async function kernelPid(pid: number): Promise<number | undefined> {
  // /proc shows pids of its own namespace and inner ones only; in the first namespace, init is kthreadd's sibling.
  const kthreadd = await readFile('/proc/2/comm', 'utf8').catch(() => '');
  return kthreadd.trim() === 'kthreadd' ? pid : undefined;
}

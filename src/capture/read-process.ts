// What /proc says of a process on this machine: who it is (binary, build info, start) and what it uses now.
// Sources: proc_pid_stat(5), proc_pid_status(5); build info is read from /proc/PID/exe, which works for a deleted
// binary too.
import { readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { CaptureError } from '../base/errors.ts';
import { decodeBuildInfo } from '../decode/buildinfo/decode-build-info.ts';
import type { BuildFacts } from '../model/target.ts';
import { openFileSource } from './file-source.ts';
import { readText } from './read-text.ts';

export interface ProcessFacts {
  readonly pid: number;
  /** As the link says; undefined when it may not be read (another user's process). */
  readonly exe: string | undefined;
  readonly cmdline: readonly string[];
  readonly startedAtMs: number | undefined;
  /** undefined for a binary that is not Go's, or may not be read. */
  readonly build: BuildFacts | undefined;
  /** What could not be learnt, one clause each. */
  readonly gaps: readonly string[];
}

/** USER_HZ: /proc counts start times in 1/100 s on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** Throws CaptureError when there is no such process. */
export async function readProcessFacts(pid: number): Promise<ProcessFacts> {
  const startedAtMs = await processStartMs(pid);
  if (startedAtMs === undefined) throw noSuchProcess(pid);
  const gaps: string[] = [];
  const exe = await readlink(`/proc/${pid}/exe`).catch((error: unknown) => {
    gaps.push(`the binary of pid ${pid} may not be read (${codeOf(error)}); run as its user or as root`);
    return undefined;
  });
  let build: BuildFacts | undefined;
  if (exe !== undefined) {
    try {
      const source = await openFileSource(`/proc/${pid}/exe`);
      try {
        build = await decodeBuildInfo(source);
      } finally {
        await source.close();
      }
    } catch (error) {
      gaps.push(`no Go build info in ${exe}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return { pid, exe: exe?.replace(/ \(deleted\)$/, ''), cmdline: await readCmdline(pid), startedAtMs, build, gaps };
}

/** Start of the process, ms since 1970, exact to 10 ms against the boot time; undefined when it does not exist. */
export async function processStartMs(pid: number): Promise<number | undefined> {
  const [stat, kernel] = await Promise.all([readText(`/proc/${pid}/stat`), readText('/proc/stat')]);
  if (stat === undefined || kernel === undefined) return undefined;
  // The name in brackets may hold spaces and brackets: field 3 starts behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  const ticks = Number(fields[19]);
  const bootSeconds = Number(/^btime (\d+)/m.exec(kernel)?.[1]);
  if (!Number.isFinite(ticks) || !Number.isFinite(bootSeconds)) return undefined;
  return bootSeconds * 1000 + (ticks * 1000) / ticksPerSecond;
}

/** Text of /proc/PID/status with a line `OpenFiles:` when that may be counted; undefined when the process is gone. */
export async function readProcessStatus(pid: number): Promise<Uint8Array | undefined> {
  const status = await readText(`/proc/${pid}/status`);
  // A process that ended but was not waited for has a status without memory.
  if (status === undefined || /^State:\s+[ZX]/m.test(status)) return undefined;
  const openFiles = await readdir(`/proc/${pid}/fd`).then(
    (names) => names.length,
    () => undefined,
  );
  const counted = openFiles === undefined ? '' : `OpenFiles:\t${openFiles}\n`;
  return new TextEncoder().encode(`${status}${status.endsWith('\n') ? '' : '\n'}${counted}`);
}

/** PF_KTHREAD of a task's flags, field 9 of stat. Source: include/linux/sched.h. */
const kernelThread = 0x0020_0000;

/** gone: it does not exist, or ended and was not waited for. */
export async function kindOfProcess(pid: number): Promise<'program' | 'kernel-thread' | 'gone'> {
  const stat = await readText(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z' || fields[0] === 'X') return 'gone';
  return (Number(fields[6]) & kernelThread) === 0 ? 'program' : 'kernel-thread';
}

/** What to throw when a process shows no mappings. */
export async function noMappings(pid: number): Promise<CaptureError> {
  const kind = await kindOfProcess(pid);
  if (kind === 'gone') return noSuchProcess(pid);
  if (kind === 'program')
    return new CaptureError(
      'E-CAPTURE-NO-MAPPINGS',
      `pid ${pid} shows no memory: it is about to run a program, or to end`,
      {
        advice: 'Try again in a moment.',
      },
    );
  return new CaptureError('E-CAPTURE-KERNEL-THREAD', `pid ${pid} has no memory of its own: it is a kernel thread`, {
    advice: 'List programs with `ps -eo pid,rss,args --sort=-rss | head`.',
  });
}

/** What to throw when a process has no memory to look into: it is gone, or ended and not waited for. */
export function noSuchProcess(pid: number): CaptureError {
  const parent = parentOfZombie(pid);
  if (parent !== undefined)
    return new CaptureError(
      'E-CAPTURE-NO-PROCESS',
      `process ${pid} has ended and holds no memory: it is a zombie that its parent (${parent}) has not waited for`,
      { advice: 'Many of them are a leak of their own: the parent must call Wait on each exec.Cmd that it started.' },
    );
  return new CaptureError('E-CAPTURE-NO-PROCESS', `there is no process ${pid}`, {
    advice: 'List candidates with `pgrep -a NAME`.',
  });
}

function parentOfZombie(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? fields[1] : undefined;
  } catch {
    return undefined; // gone altogether
  }
}

async function readCmdline(pid: number): Promise<string[]> {
  const text = (await readText(`/proc/${pid}/cmdline`)) ?? '';
  return text.replace(/\0$/, '').split('\0');
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

// Which tracing tools this machine has, whether the kernel lets them run, and what their versions can do.
import { access, constants } from 'node:fs/promises';
import { cpus } from 'node:os';
import path from 'node:path';
import { runTracer, type TracerRun } from './run-tracer.ts';

export interface Tracer {
  readonly path: string;
  readonly version: string;
  /** Attaches to one process only; 0.17 stops every process that shares the library. */
  readonly perProcess: boolean;
  /** `free+3`; 0.17 of Debian was built without. */
  readonly canProbeInside: boolean;
  /** Tracepoints of system calls: the kernel has them, and bpftrace finds their descriptions. */
  readonly canTraceCalls: boolean;
  /** What it is started with: mounts of its own, where the machine has not mounted tracefs. */
  readonly wrapper: readonly string[];
}

export interface Memleak {
  readonly path: string;
}

/** Names of libbpf-tools in distributions; the one of bcc needs kernel headers and compiles, so it comes last. */
const memleakNames = ['memleak-libbpf', 'bpf-memleak', 'memleak'];
const memleakPlaces = ['/usr/sbin', '/usr/share/bcc/libbpf-tools'];

/** Mounts nothing that anyone else sees, and goes with the process. */
const ownTracefs = ['unshare', '-m', 'sh', '-c', 'mount -t tracefs tracefs /sys/kernel/tracing && exec "$@"', 'sh'];

/** undefined when it is not in the path, or does not say its version. */
export async function findBpftrace(searchPath: string): Promise<Tracer | undefined> {
  const found = await findProgram('bpftrace', searchPath.split(':'));
  if (found === undefined) return undefined;
  const run = await runTracer({
    command: [found, '--version'],
    input: '',
    limitMs: 10_000,
    signal: new AbortController().signal,
  }).catch(() => undefined);
  const version = /v?(\d+)\.(\d+)(\.\d+)?/.exec(run?.text ?? '');
  if (version === null) return undefined;
  // Measured with 0.17 (neither) and 0.23 (both); what lies between is taken for the older one.
  const modern = Number(version[1]) > 0 || Number(version[2]) >= 23;
  return {
    path: found,
    version: version[0].replace(/^v/, ''),
    perProcess: modern,
    canProbeInside: modern,
    canTraceCalls: false,
    wrapper: [],
  };
}

/**
 * The smallest scripts there are, best first: they fail where eBPF is forbidden, whatever the reason. A text is the reason.
 */
export async function tryBpftrace(tracer: Tracer, signal: AbortSignal): Promise<Tracer | string> {
  const allowed = 'BEGIN { printf("allowed\\n"); exit(); }';
  const calls = `${allowed}\ntracepoint:syscalls:sys_enter_munmap /pid == 0/ { exit(); }`;
  for (const [script, wrapper, canTraceCalls] of [
    [calls, [], true],
    [calls, ownTracefs, true],
    [allowed, [], false],
  ] as const) {
    const run = await runBpftrace({ ...tracer, wrapper }, [], script, 20_000, signal).catch(() => undefined);
    if (run !== undefined && /^allowed$/m.test(run.text)) return { ...tracer, wrapper, canTraceCalls };
    if (canTraceCalls) continue;
    return run === undefined
      ? `${tracer.path} cannot be started`
      : (run.complaints[0] ?? `bpftrace ended with ${run.exitCode}`);
  }
  return 'it was not tried';
}

/** Room of each map. Counters are kept once a processor, so many processors need smaller tables. */
export const mapKeys = (): number => (cpus().length > 32 ? 32_768 : 131_072);

export function runBpftrace(
  tracer: Pick<Tracer, 'path' | 'wrapper'>,
  args: readonly string[],
  script: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<TracerRun> {
  const keys = String(mapKeys());
  const [first, ...rest] = [...tracer.wrapper, tracer.path, ...args, '-'];
  return runTracer({
    command: [first!, ...rest],
    input: script,
    env: { BPFTRACE_MAP_KEYS_MAX: keys, BPFTRACE_MAX_MAP_KEYS: keys },
    limitMs,
    signal,
  });
}

/** undefined when there is none; the one of bcc, a Python program, is not taken. */
export async function findMemleak(searchPath: string): Promise<Memleak | undefined> {
  for (const name of memleakNames) {
    const found = await findProgram(name, [...searchPath.split(':'), ...(searchPath === '' ? [] : memleakPlaces)]);
    if (found !== undefined) return { path: found };
  }
  return undefined;
}

/** The first executable file of that name; relative directories are passed over. */
export async function findProgram(name: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    if (!directory.startsWith('/')) continue;
    const candidate = path.join(directory, name);
    const usable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return candidate;
  }
  return undefined;
}

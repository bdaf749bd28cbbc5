// What this machine and this process allow, before anything is attached: rights, bpftrace and its version, the kernel. What
// is missing for good is a KnownError with the command that helps; what only bars the best probe is a reason to fall back.
import { access, constants, readFile, readlink } from 'node:fs/promises';
import { release } from 'node:os';
import path from 'node:path';
import { CaptureError } from '../../base/errors.ts';
import { noSuchProcess, processStartMs } from '../read-process.ts';
import { runBpftrace } from './run-bpftrace.ts';

export interface Tracer {
  readonly path: string;
  readonly version: string;
  /** Attaches to one process only; 0.17 stops every process that shares the library. */
  readonly perProcess: boolean;
  /** `free+3`; 0.17 of Debian was built without. */
  readonly canProbeInside: boolean;
}

export interface Preflight {
  readonly kernel: string;
  readonly tracer: Tracer | undefined;
  /** Why there is no tracer, one clause each. */
  readonly gaps: readonly string[];
}

const capability = { sysPtrace: 19, sysAdmin: 21, perfmon: 38, bpf: 39 };

/** Throws CaptureError when the process does not exist or the rights are missing. */
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
  await demandRights(pid, command);
  const kernel = release();
  const found = await findTracer(searchPath);
  if (found === undefined) {
    return { kernel, tracer: undefined, gaps: ['bpftrace is not installed (Debian, Ubuntu: `apt install bpftrace`)'] };
  }
  const refusal = await tryTracer(found, signal);
  return refusal === undefined
    ? { kernel, tracer: found, gaps: [] }
    : { kernel, tracer: undefined, gaps: [`the kernel (${kernel}) refuses eBPF: ${refusal}`] };
}

async function demandRights(pid: number, command: string): Promise<void> {
  const status = await readFile('/proc/self/status', 'utf8');
  if (process.geteuid?.() !== 0) {
    throw new CaptureError('E-NATIVE-RIGHTS', `tracing the native allocations of pid ${pid} needs root`, {
      advice: `Run: sudo ${command}`,
    });
  }
  const effective = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? '0'}`);
  const has = (bit: number): boolean => ((effective >> BigInt(bit)) & 1n) === 1n;
  // Without perf's old check (5.8 to 2024) and with links of its own, bpftrace gets along with the two newer ones.
  const mayTrace = has(capability.sysAdmin) || (has(capability.bpf) && has(capability.perfmon));
  if (mayTrace && (has(capability.sysAdmin) || has(capability.sysPtrace))) return;
  throw new CaptureError(
    'E-NATIVE-RIGHTS',
    `tracing the native allocations of pid ${pid} needs CAP_SYS_ADMIN and CAP_SYS_PTRACE; this root has not both`,
    {
      advice: `In a container: docker run --cap-add SYS_ADMIN --cap-add SYS_PTRACE --pid=host …; else run on the host: sudo ${command}`,
    },
  );
}

async function findTracer(searchPath: string): Promise<Tracer | undefined> {
  for (const directory of searchPath.split(':')) {
    if (!directory.startsWith('/')) continue;
    const candidate = path.join(directory, 'bpftrace');
    const usable = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return tracerOf(candidate);
  }
  return undefined;
}

async function tracerOf(candidate: string): Promise<Tracer | undefined> {
  const run = await runBpftrace({
    path: candidate,
    args: ['--version'],
    script: '',
    limitMs: 10_000,
    signal: new AbortController().signal,
    mapKeys: 4096,
  }).catch(() => undefined);
  const version = /v?(\d+)\.(\d+)(\.\d+)?/.exec(run?.text ?? '');
  if (version === null) return undefined;
  // Measured with 0.17 (neither) and 0.23 (both); what lies between is taken for the older one.
  const modern = Number(version[1]) > 0 || Number(version[2]) >= 23;
  return { path: candidate, version: version[0].replace(/^v/, ''), perProcess: modern, canProbeInside: modern };
}

/** The smallest script there is: it fails where eBPF is forbidden, whatever the reason. */
async function tryTracer(tracer: Tracer, signal: AbortSignal): Promise<string | undefined> {
  const run = await runBpftrace({
    path: tracer.path,
    args: [],
    script: 'BEGIN { printf("allowed\\n"); exit(); }',
    limitMs: 20_000,
    signal,
    mapKeys: 4096,
  }).catch(() => undefined);
  if (run === undefined) return `${tracer.path} cannot be started`;
  return /^allowed$/m.test(run.text) ? undefined : (run.complaints[0] ?? `bpftrace ended with ${run.exitCode}`);
}

/** `-p` makes newer versions look paths up in the target's mount namespace, where /proc may not be ours. */
export async function sharesMounts(pid: number): Promise<boolean> {
  const [ours, its] = await Promise.all(
    ['self', String(pid)].map((who) => readlink(`/proc/${who}/ns/mnt`).catch(() => undefined)),
  );
  return ours !== undefined && ours === its;
}

/** The pid that the kernel's probes see: in our pid namespace it may be another one. */
export async function kernelPid(pid: number): Promise<number | undefined> {
  // /proc shows pids of its own namespace and inner ones only; in the first namespace, init is kthreadd's sibling.
  const kthreadd = await readFile('/proc/2/comm', 'utf8').catch(() => '');
  return kthreadd.trim() === 'kthreadd' ? pid : undefined;
}

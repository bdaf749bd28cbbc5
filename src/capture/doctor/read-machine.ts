// What this machine allows: rights, tools, kernel, logs, runtimes of containers. Nothing is attached or changed; each
// question has a time limit, and a question without an answer says so.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { access, readFile, readlink } from 'node:fs/promises';
import { arch, release } from 'node:os';
import { gunzipSync } from 'node:zlib';
import { type Captured, captured, notCaptured } from '../../base/captured.ts';
import { findBpftrace, findMemleak, findProgram, tryBpftrace } from '../native/find-tracers.ts';
import { findMemoryHierarchy, type MemoryHierarchy } from '../read-cgroup.ts';
import { runProgram } from '../run-program.ts';

export type Distribution = 'debian' | 'fedora' | 'alpine' | 'other';

export interface MachineFacts {
  readonly platform: string;
  readonly architecture: string;
  readonly kernel: string;
  readonly distribution: Distribution;
  readonly distributionName: string | undefined;
  readonly inContainer: boolean;
  readonly isRoot: boolean;
  /** Effective, `CAP_SYS_PTRACE`; undefined where there is no /proc. */
  readonly capabilities: ReadonlySet<string> | undefined;
  /** kernel.yama.ptrace_scope; undefined where the kernel has no Yama. */
  readonly ptraceScope: number | undefined;
  readonly go: Captured<string>;
  readonly bpftrace: Captured<{
    readonly version: string;
    /** Attaches to one process only. */
    readonly perProcess: boolean;
    /** Why it cannot run; undefined when it can. */
    readonly refusal: string | undefined;
  }>;
  readonly memleak: string | undefined;
  readonly hasBtf: boolean;
  /** `none`, `integrity`, `confidentiality`; undefined where it is not told. */
  readonly lockdown: string | undefined;
  readonly kernelConfig: Captured<ReadonlyMap<string, string>>;
  /** Whether the kernel's log can be read. */
  readonly kernelLog: Captured<'/dev/kmsg'>;
  readonly journal: Captured<'journalctl'>;
  readonly cgroup: Captured<MemoryHierarchy>;
  /** The version of the server behind the client. */
  readonly docker: Captured<string>;
  readonly kubectl: Captured<string>;
  readonly gdb: string | undefined;
  readonly addr2line: string | undefined;
}

/** Numbers of include/uapi/linux/capability.h, of those that matter here. */
const capabilityBits: Readonly<Record<string, number>> = {
  CAP_DAC_READ_SEARCH: 2,
  CAP_SYS_PTRACE: 19,
  CAP_SYS_ADMIN: 21,
  CAP_SYS_RESOURCE: 24,
  CAP_SYSLOG: 34,
  CAP_PERFMON: 38,
  CAP_BPF: 39,
};
const configOptions = [
  'CONFIG_BPF_SYSCALL',
  'CONFIG_BPF_EVENTS',
  'CONFIG_UPROBE_EVENTS',
  'CONFIG_DEBUG_INFO_BTF',
  'CONFIG_PROC_PAGE_MONITOR',
  'CONFIG_ANON_VMA_NAME',
  'CONFIG_MEMCG',
];
const tracerLimitMs = 15_000;

export async function readMachine(searchPath: string, signal: AbortSignal): Promise<MachineFacts> {
  const directories = searchPath.split(':');
  const [status, osRelease, scope, lockdown] = await Promise.all(
    ['/proc/self/status', '/etc/os-release', '/proc/sys/kernel/yama/ptrace_scope', '/sys/kernel/security/lockdown'].map(
      readText,
    ),
  );
  const [go, bpftrace, memleak, hasBtf, kernelConfig, journal, cgroup, docker, kubectl, gdb, addr2line, inContainer] =
    await Promise.all([
      answerOf('go', ['version'], (text) => /go version (\S+)/.exec(text)?.[1]),
      within(tracerLimitMs, readBpftrace(searchPath, signal), 'bpftrace'),
      findMemleak(searchPath),
      exists('/sys/kernel/btf/vmlinux'),
      readKernelConfig(),
      readJournal(),
      findMemoryHierarchy(),
      answerOf('docker', ['version', '--format', '{{.Server.Version}}'], (text) => text.trim() || undefined),
      answerOf(
        'kubectl',
        ['get', '--raw', '/version', '--request-timeout=4s'],
        (text) => /"gitVersion": ?"([^"]+)"/.exec(text)?.[1],
      ),
      findProgram('gdb', directories),
      findProgram('addr2line', directories),
      isInContainer(),
    ]);
  return {
    platform: process.platform,
    architecture: arch(),
    kernel: release(),
    distribution: distributionOf(osRelease),
    distributionName: /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(osRelease ?? '')?.[1],
    inContainer,
    isRoot: process.geteuid?.() === 0,
    capabilities: capabilitiesOf(status),
    ptraceScope: scope === undefined ? undefined : Number(scope.trim()),
    go,
    bpftrace,
    memleak: memleak?.path,
    hasBtf,
    lockdown: /\[(\w+)\]/.exec(lockdown ?? '')?.[1],
    kernelConfig,
    kernelLog: tryKernelLog(),
    journal,
    cgroup,
    docker,
    kubectl,
    gdb,
    addr2line,
  };
}

/** Of the line `CapEff:` in /proc/PID/status. */
export function capabilitiesOf(status: string | undefined): ReadonlySet<string> | undefined {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(status ?? '')?.[1];
  if (effective === undefined) return undefined;
  const set = BigInt(`0x${effective}`);
  return new Set(
    Object.entries(capabilityBits).flatMap(([name, bit]) => (((set >> BigInt(bit)) & 1n) === 1n ? [name] : [])),
  );
}

/** By ID and ID_LIKE of os-release(5). */
export function distributionOf(osRelease: string | undefined): Distribution {
  const ids = [...(osRelease ?? '').matchAll(/^ID(?:_LIKE)?="?([^"\n]+)"?$/gm)].flatMap((match) =>
    match[1]!.split(' '),
  );
  if (ids.some((id) => id === 'debian' || id === 'ubuntu')) return 'debian';
  if (ids.some((id) => id === 'fedora' || id === 'rhel' || id === 'centos')) return 'fedora';
  return ids.includes('alpine') ? 'alpine' : 'other';
}

async function readBpftrace(searchPath: string, signal: AbortSignal): Promise<MachineFacts['bpftrace']> {
  const found = await findBpftrace(searchPath);
  if (found === undefined) return notCaptured('bpftrace is not installed');
  if (process.geteuid?.() !== 0)
    return captured({
      version: found.version,
      perProcess: found.perProcess,
      refusal: 'bpftrace runs for root only, whatever capabilities there are',
    });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(tracerLimitMs)]);
  const tried = await tryBpftrace(found, limit);
  return captured({
    version: found.version,
    perProcess: found.perProcess,
    refusal: typeof tried !== 'string' ? undefined : limit.aborted ? `no answer in ${tracerLimitMs / 1000} s` : tried,
  });
}

async function readKernelConfig(): Promise<MachineFacts['kernelConfig']> {
  const packed = await readFile('/proc/config.gz').catch(() => undefined);
  const text =
    packed === undefined
      ? await readText(`/boot/config-${release()}`)
      : gunzipSync(packed, { maxOutputLength: 8 << 20 }).toString('utf8');
  if (text === undefined) return notCaptured(`neither /proc/config.gz nor /boot/config-${release()} can be read`);
  return captured(
    new Map(configOptions.map((option) => [option, new RegExp(`^${option}=(\\S+)`, 'm').exec(text)?.[1] ?? 'n'])),
  );
}

/** Opens it and reads one record: opening alone is allowed in places where reading is not. */
function tryKernelLog(): MachineFacts['kernelLog'] {
  try {
    const file = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      readSync(file, new Uint8Array(8192), 0, 8192, null);
    } finally {
      closeSync(file);
    }
    return captured('/dev/kmsg');
  } catch (error) {
    const code = codeOf(error);
    // Nothing new, or overwritten while it was read: both are answers.
    if (code === 'EAGAIN' || code === 'EPIPE') return captured('/dev/kmsg');
    return notCaptured(code === 'ENOENT' ? 'there is no /dev/kmsg' : `/dev/kmsg may not be read (${code})`);
  }
}

async function readJournal(): Promise<MachineFacts['journal']> {
  const answer = await answerOf('journalctl', ['--no-pager', '-q', '-n', '1', '-o', 'short'], (text) =>
    text.trim() === '' || /No journal files were found/.test(text) ? undefined : ('journalctl' as const),
  );
  return answer.kind === 'not-captured' && /nothing of use/.test(answer.why)
    ? notCaptured('journalctl finds no entries: there are none, or none that this user may read')
    : answer;
}

async function answerOf<T extends string>(
  program: string,
  args: readonly string[],
  read: (text: string) => T | undefined,
): Promise<Captured<T>> {
  try {
    const answer = read(await runProgram(program, args));
    return answer === undefined ? notCaptured(`${program} says nothing of use`) : captured(answer);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return notCaptured(`${program} is not installed`);
    const complaint = (error instanceof Error ? error.message : String(error)).trim().split('\n').at(-1)!;
    if (/gives no answer in/.test(complaint)) return notCaptured(complaint);
    return notCaptured(`${program} is installed and does not answer: ${complaint.slice(0, 160)}`);
  }
}

async function within<T>(limitMs: number, work: Promise<Captured<T>>, program: string): Promise<Captured<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Captured<T>>((resolve) => {
    timer = setTimeout(() => resolve(notCaptured(`${program} gives no answer in ${limitMs / 1000} s`)), limitMs);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

async function isInContainer(): Promise<boolean> {
  const [threads, groups] = await Promise.all(['/proc/2/comm', '/proc/1/cgroup'].map(readText));
  // Outside of containers the kernel's own threads are seen, the first of which has pid 2.
  if (threads?.trim() !== 'kthreadd') return true;
  // With the host's pids a container still has mounts of its own.
  const [first, own] = await Promise.all(
    ['1', 'self'].map((who) => readlink(`/proc/${who}/ns/mnt`).catch(() => undefined)),
  );
  if (first !== undefined && own !== undefined) return first !== own;
  return /docker|kubepods|containerd|libpod/.test(groups ?? '');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

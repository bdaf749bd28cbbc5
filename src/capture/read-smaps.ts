// What one look of the ledger needs, read at nearly one moment: the mappings, status and cgroup of a process, and the
// numbers of its Go runtime when a pprof endpoint is known.
// Sources: proc_pid_smaps(5), proc_pid_status(5), cgroups(7). Who may read smaps is the kernel's ptrace_may_access (read):
// root, or the same user, unless the program gained privileges when it started or changed its user since.
import { open } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaptureError, KnownError } from '../base/errors.ts';
import { decodeMemstatsTrailer } from '../decode/memstats/decode-memstats-trailer.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import { decodeProcessStatus } from '../decode/process-status/decode-process-status.ts';
import { decodeMemoryStat } from '../decode/smaps/decode-cgroup-memory.ts';
import { decodeSmaps, decodeSmapsRollup } from '../decode/smaps/decode-smaps.ts';
import type { CgroupMemory, LedgerLook, LedgerTarget, RegionTotals } from '../model/ledger.ts';
import type { MemoryStats } from '../model/memory-stats.ts';
import { fetchTrailer } from './memstats-trailer.ts';
import type { PprofClient } from './pprof-client.ts';
import { totalOf } from './profile-summary.ts';
import { readCgroupMemoryTexts } from './read-cgroup-memory.ts';
import { kindOfProcess, noMappings, noSuchProcess } from './read-process.ts';
import { readText } from './read-text.ts';

/** 300,000 mappings; more is refused rather than half read. */
const mostSmapsBytes = 256 * 1024 * 1024;
const mebibyte = 1024 * 1024;
const mostAttempts = 10;
const attemptMs = 20;

export interface LookOptions {
  /** Opened already. */
  readonly client?: PprofClient | undefined;
  /** Ask for the heap profile too, where the live heap does not follow from the runtime's numbers. */
  readonly profile?: boolean;
  readonly nowMs: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Receives what could not be read, one clause each. */
  readonly note: (message: string) => void;
  /** What the user called, for advice; `ledger` when absent. */
  readonly command?: string;
}

/** Field 22 of /proc/PID/stat: with the pid it names one process for ever. undefined when there is none, or a zombie. */
export async function processStartTicks(pid: number): Promise<string | undefined> {
  const stat = await readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
}

/** Throws KnownError when the process has ended, also when another one has its pid by now. */
export async function demandSameProcess(pid: number, startTicks: string): Promise<void> {
  const now = await processStartTicks(pid);
  if (now === undefined) throw noSuchProcess(pid);
  if (now === startTicks) return;
  throw new KnownError('E-LEDGER-RESTARTED', `pid ${pid} is another process now: the one that was watched has ended`, {
    advice: 'Find the new one with `pgrep -a NAME` and start again.',
  });
}

/** What the process was started with, as far as the ledger uses it; only GOGC is kept of its environment. */
export async function readLedgerTarget(
  pid: number,
  exe: string | undefined,
  goVersion: string | undefined,
): Promise<LedgerTarget> {
  const [limits, environment] = await Promise.all([readText(`/proc/${pid}/limits`), readText(`/proc/${pid}/environ`)]);
  const stackLimit = /^Max stack size\s+(\d+)/m.exec(limits ?? '')?.[1];
  return {
    pid,
    exe,
    goVersion,
    gcPercent: environment === undefined ? undefined : gcPercentOf(environment),
    stackLimitBytes: stackLimit === undefined ? undefined : Number(stackLimit),
  };
}

/**
 * Throws KnownError when the mappings may not be read, when the process is gone, or when another one has its pid now
 * (`startTicks` differs).
 */
export async function readLedgerLook(pid: number, startTicks: string, options: LookOptions): Promise<LedgerLook> {
  const atMs = options.nowMs();
  // The runtime reads its numbers when the request arrives, the kernel walks the mappings meanwhile.
  const [memory, { smaps, rollup, status }, cgroup] = await Promise.all([
    readMemoryStats(options),
    readMappings(pid, options.command ?? 'ledger'),
    readCgroupMemory(pid),
  ]);
  const regions = decodeSmaps(smaps);
  const profiledLiveBytes = memory === undefined || options.profile !== true ? undefined : await readLiveHeap(options);
  await demandSameProcess(pid, startTicks);
  if (status === undefined) throw noSuchProcess(pid);
  if (regions.length === 0) throw await noMappings(pid);
  return {
    atMs,
    regions,
    totals: totalsOf(rollup),
    process: decodeProcessStatus(status),
    pageTableBytes: pageTableBytesOf(status),
    cgroup,
    memory,
    profiledLiveBytes,
  };
}

/** The sums directly behind the mappings: what lies between the two stands as unexplained. */
async function readMappings(
  pid: number,
  command: string,
): Promise<{ smaps: string; rollup: string | undefined; status: string | undefined }> {
  const smaps = await readSmaps(pid, command);
  const rollup = await readText(`/proc/${pid}/smaps_rollup`);
  return { smaps, rollup, status: await readText(`/proc/${pid}/status`) };
}

/** Throws KnownError when it may not be read, is too large, or when the process is gone; `command` is for its advice. */
export async function readSmaps(pid: number, command: string): Promise<string> {
  const path = `/proc/${pid}/smaps`;
  try {
    for (let attempt = 1; ; attempt++) {
      const text = await readBounded(path);
      // While a process changes its program (execve), the kernel shows no mappings for a moment.
      if (text !== '' || attempt === mostAttempts || (await kindOfProcess(pid)) !== 'program') return text;
      await sleep(attemptMs);
    }
  } catch (cause) {
    if (cause instanceof KnownError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EACCES' || code === 'EPERM')
      throw new CaptureError('E-CAPTURE-PERMISSION', `the memory map of pid ${pid} may not be read (${path})`, {
        advice: `It belongs to another user, or has privileges that yours has not. Run as root: sudo leakline ${command} ${pid}`,
        cause,
      });
    if (code === 'ENOENT' && process.platform === 'linux' && (await processStartTicks(pid)) !== undefined)
      throw new CaptureError('E-LEDGER-NO-SMAPS', `this kernel has no ${path}`, {
        advice: 'It needs Linux with CONFIG_PROC_PAGE_MONITOR, which every distribution has.',
        cause,
      });
    if (process.platform !== 'linux')
      throw new CaptureError('E-LEDGER-PLATFORM', 'the ledger needs Linux: it is made of /proc/PID/smaps', {
        advice: 'Run it where the service runs.',
        cause,
      });
    throw noSuchProcess(pid);
  }
}

/** Files of /proc have no size: read to the end, but not for ever. */
async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafe(mebibyte);
      const { bytesRead } = await file.read(chunk, 0, chunk.length, null);
      if (bytesRead === 0) break;
      bytes += bytesRead;
      if (bytes > mostSmapsBytes)
        throw new KnownError('E-LEDGER-TOO-LARGE', `${path} has more than ${mostSmapsBytes / mebibyte} MiB of text`, {
          advice: `Count its mappings: wc -l ${path.replace('smaps', 'maps')}. So many are themselves a leak of mappings.`,
        });
      chunks.push(chunk.subarray(0, bytesRead));
    }
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await file.close();
  }
}

async function readMemoryStats({ client, signal, note }: LookOptions): Promise<MemoryStats | undefined> {
  if (client === undefined) return undefined;
  try {
    const { trailer } = await fetchTrailer(client, signal);
    if (trailer !== undefined) return decodeMemstatsTrailer(new TextDecoder().decode(trailer));
    note('heap?debug=1 ends without the numbers of the runtime');
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    note(`the runtime did not say its numbers: ${error.message}`);
  }
  return undefined;
}

async function readLiveHeap({ client, signal, note }: LookOptions): Promise<number | undefined> {
  try {
    const answer = await client?.fetchProfile('heap', { signal });
    return answer === undefined ? undefined : totalOf(decodeProfile(answer.body), 'inuse_space');
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    note(`the heap profile was not read: ${error.message}`);
    return undefined;
  }
}

async function readCgroupMemory(pid: number): Promise<CgroupMemory | undefined> {
  const texts = await readCgroupMemoryTexts(pid);
  if (texts === undefined) return undefined;
  const { path, stat, kernel } = texts;
  const memory = decodeMemoryStat(stat, path);
  return { ...memory, kernelBytes: memory.kernelBytes ?? (kernel === undefined ? undefined : Number(kernel)) };
}

function totalsOf(rollup: string | undefined): RegionTotals | undefined {
  // Kernels before 4.14 have no such file; a process that just ended has an empty one.
  return rollup === undefined || rollup === '' ? undefined : decodeSmapsRollup(rollup);
}

/** Mappings that one process may have; undefined where the kernel does not say. */
export async function readMappingLimit(): Promise<number | undefined> {
  const limit = Number(await readText('/proc/sys/vm/max_map_count'));
  return Number.isSafeInteger(limit) && limit > 0 ? limit : undefined;
}

/** VmPMD was a line of its own in kernels 4.0 to 4.14. */
function pageTableBytesOf(status: string): number | undefined {
  const lines = [...status.matchAll(/^(?:VmPTE|VmPMD):\s+(\d+) kB$/gm)];
  return lines.length === 0 ? undefined : lines.reduce((sum, match) => sum + Number(match[1]) * 1024, 0);
}

/** As runtime/mgcpacer.go readGOGC: `off`, a number, and 100 for anything else. */
function gcPercentOf(environment: string): number | 'off' {
  const value = /(?:^|\0)GOGC=([^\0]*)/.exec(environment)?.[1];
  if (value === 'off') return 'off';
  return value !== undefined && /^-?\d+$/.test(value) ? (Number(value) < 0 ? 'off' : Number(value)) : 100;
}

// What the operating system says of a local process at one moment, as artefacts of a capture. Sizes and limits are cheap.
// The mappings (smaps) are not for a large process: the kernel walks all of its pages and holds its memory lock meanwhile,
// so the series decides how often they are read.
// Sources: proc_pid_status(5), proc_pid_smaps(5), proc_pid_task(5), cgroups(7).
import { readdir } from 'node:fs/promises';
import { KnownError } from '../base/errors.ts';
import type { ArtefactKind } from '../model/artefact.ts';
import type { ProcessSetup } from '../model/process-setup.ts';
import { findMemoryHierarchy, readCgroupLevels, readCgroupPath } from './read-cgroup.ts';
import { readCgroupMemoryTexts } from './read-cgroup-memory.ts';
import { readMemoryLimits } from './read-memory-limits.ts';
import { readProcessStatus } from './read-process.ts';
import { readLedgerTarget, readSmaps } from './read-smaps.ts';
import { readText } from './read-text.ts';

export interface LookWishes {
  readonly smaps: boolean;
  readonly threads: boolean;
}

export interface ProcessLook {
  readonly parts: readonly { readonly kind: ArtefactKind; readonly file: string; readonly bytes: Uint8Array }[];
  /** How long the mappings took, and their text; undefined when they were not read. */
  readonly smaps: { readonly ms: number; readonly bytes: number } | undefined;
  /** What could not be read, one clause each. */
  readonly notes: readonly string[];
}

const mostThreads = 4096;

/** Never throws for what may not be read; a process that is gone gives no parts. */
export async function takeProcessLook(
  pid: number,
  wishes: LookWishes,
  monotonicMs: () => number,
): Promise<ProcessLook> {
  const parts: { kind: ArtefactKind; file: string; bytes: Uint8Array }[] = [];
  const notes: string[] = [];
  const keep = (kind: ArtefactKind, file: string, text: string | Uint8Array | undefined): void => {
    if (text === undefined || text.length === 0) return;
    parts.push({ kind, file, bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text });
  };
  let smaps: ProcessLook['smaps'];
  if (wishes.smaps) {
    try {
      const startMs = monotonicMs();
      const text = await readSmaps(pid, '');
      smaps = { ms: monotonicMs() - startMs, bytes: text.length };
      const kept = withoutUnusedLines(text);
      smaps = { ms: smaps.ms, bytes: kept.length };
      keep('smaps', 'smaps.txt', kept);
      // The kernel's own sums directly behind: what lies between the two stands as unexplained.
      keep('smaps-rollup', 'smaps_rollup.txt', await readText(`/proc/${pid}/smaps_rollup`));
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      if (error.code !== 'E-CAPTURE-NO-PROCESS')
        notes.push(`where resident memory goes was not captured: ${error.message}; run as its user or as root`);
    }
  }
  const status = await readProcessStatus(pid);
  if (status === undefined) return { parts: [], smaps, notes };
  keep('process-status', 'status.txt', status);
  keep('cgroup-memory', 'cgroup.txt', await readCgroupText(pid));
  keep('memory-limits', 'limits.json', JSON.stringify(await readProcessSetup(pid)));
  if (wishes.threads) keep('thread-list', 'threads.txt', await readThreads(pid));
  return { parts, smaps, notes };
}

/** Headers, sizes and other fields that are not zero: a seventh of the text, and the same to read. */
export function withoutUnusedLines(smaps: string): string {
  return smaps
    .replace(/^(?!Rss:)[A-Z]\w*: +0 kB\n/gm, '')
    .replace(
      /^(?:Size|KernelPageSize|MMUPageSize|Pss\w*|Shared_(?:Clean|Dirty)|Private_(?:Clean|Dirty)|Referenced): .*\n/gm,
      '',
    )
    .replace(/^(?:THPeligible|ProtectionKey): .*\n/gm, '')
    .replace(/^VmFlags:(?!.* nr( |$)).*\n/gm, '');
}

async function readCgroupText(pid: number): Promise<string | undefined> {
  const texts = await readCgroupMemoryTexts(pid);
  if (texts === undefined) return undefined;
  const { path, stat, kernel } = texts;
  const ownKernel = kernel === undefined || /^kernel /m.test(stat) ? '' : `kernel ${kernel.trim()}\n`;
  return `cgroup ${path}\n${stat.replace(/\n?$/, '\n')}${ownKernel}`;
}

/** How it is set up and limited now; what may not be read stands in `gaps`. */
export async function readProcessSetup(pid: number): Promise<ProcessSetup> {
  const hierarchy = await findMemoryHierarchy();
  const tree = hierarchy.kind === 'captured' ? hierarchy.value : undefined;
  const cgroup = tree === undefined ? undefined : await readCgroupPath(pid, tree);
  const levels =
    tree === undefined || cgroup?.kind !== 'captured' ? undefined : await readCgroupLevels(cgroup.value, tree);
  const [{ gcPercent, stackLimitBytes }, { limits, gaps }] = await Promise.all([
    readLedgerTarget(pid, undefined, undefined),
    readMemoryLimits(pid, levels?.kind === 'captured' ? levels.value : []),
  ]);
  const cgroupGap = [hierarchy, cgroup, levels].find((part) => part?.kind === 'not-captured');
  return {
    gcPercent,
    stackLimitBytes,
    limits,
    gaps: cgroupGap?.kind === 'not-captured' ? [...gaps, `cgroup limits: ${cgroupGap.why}`] : gaps,
  };
}

/** `TID STATE WCHAN COMM` a line; wchan is `0` for a running thread and where it may not be read. */
async function readThreads(pid: number): Promise<string | undefined> {
  const tids = await readdir(`/proc/${pid}/task`).catch(() => [] as string[]);
  const lines: string[] = [];
  for (const tid of tids.slice(0, mostThreads)) {
    const [stat, wchan] = await Promise.all([
      readText(`/proc/${pid}/task/${tid}/stat`),
      readText(`/proc/${pid}/task/${tid}/wchan`),
    ]);
    const match = /^\d+ \((.*)\) (\S)/s.exec(stat ?? '');
    if (match !== null) lines.push(`${tid} ${match[2]} ${wchan?.trim() || '0'} ${match[1]!.replaceAll('\n', ' ')}\n`);
  }
  return lines.join('');
}

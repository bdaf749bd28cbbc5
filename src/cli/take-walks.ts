// What `leakline heap` was pointed at → one walk, or two that are compared.
import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { KnownError, UsageError } from '../base/errors.ts';
import { formatDuration, parseDuration } from '../base/format-duration.ts';
import type { WalkOptions } from '../capture/heap/walk-process.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import type { CliIo } from './io.ts';
import type { TakenWalks } from './report-heap.ts';
import { writeWhole } from './write-output.ts';

export interface WalkFlags {
  readonly diff?: boolean;
  /** From walk to walk, with --diff PID. */
  readonly for?: string;
  readonly maxPause?: string;
  /** False with --no-stop. */
  readonly stop?: boolean;
  /** Where the heap of a live process is kept, for later. */
  readonly save?: string;
}

const defaultSpanMs = 20_000;

/** What a word on the command line stands for. */
type Source =
  | { readonly kind: 'process'; readonly pid: number; readonly label: string }
  | { readonly kind: 'file'; readonly path: string; readonly label: string };

export async function takeWalks(words: readonly string[], flags: WalkFlags, io: CliIo): Promise<TakenWalks> {
  const [firstWord, secondWord] = words;
  if (firstWord === undefined || words.length > 2) throw new UsageError('heap takes one target, or two with --diff');
  if (secondWord !== undefined && flags.diff !== true) {
    throw new UsageError(`heap takes one target, not ${words.join(' and ')}`, 'Compare two with --diff.');
  }
  const spanMs = durationOf('--for', flags.for) ?? defaultSpanMs;
  const options = walkOptionsOf(flags, io);
  const first = await sourceOf(firstWord, io);
  const isOneProcess = first.kind === 'process' && secondWord === undefined;
  if (flags.for !== undefined && !(flags.diff === true && isOneProcess)) {
    throw new UsageError(
      '--for is the time between two walks of one process',
      'Write: leakline heap PID --diff --for 20s',
    );
  }
  if (flags.save !== undefined && (flags.diff === true || !isOneProcess)) {
    throw new UsageError('--save keeps one walk of a live process', 'Write: leakline heap PID --save FILE');
  }
  const walk = (source: Source): Promise<HeapWalk> =>
    source.kind === 'process'
      ? walkPid(source.pid, options, flags.save)
      : walkFile(source.path, source.label, options.onProgress);
  if (flags.diff !== true) return { ...named(first), after: await walk(first) };
  if (secondWord !== undefined) {
    const second = await sourceOf(secondWord, io);
    const before = await walk(first);
    return { ...named(second), before, after: await walk(second) };
  }
  if (first.kind === 'file') return { ...named(first), ...(await walksOfCase(first.path, first.label)) };
  const before = await walk(first);
  io.stderr.write(`first walk done; the second follows in ${formatDuration(spanMs)} (Ctrl-C: now)\n`);
  await sleep(spanMs, undefined, { signal: io.interrupt }).catch(() => {});
  return { ...named(first), before, after: await walk(first) };
}

const named = (source: Source): { label: string; pid?: number } =>
  source.kind === 'process' ? { label: source.label, pid: source.pid } : { label: source.label };

/** A file of that name comes first, but for numbers, which are pids. */
async function sourceOf(word: string, io: CliIo): Promise<Source> {
  const file = path.resolve(io.cwd, word);
  if (/^\d+$/.test(word)) return { kind: 'process', pid: Number(word), label: `pid ${word}` };
  if (existsSync(file)) return { kind: 'file', path: file, label: path.basename(word) };
  if (!word.includes(':')) {
    throw new UsageError(`${word} is neither a pid nor a file`, 'List pids with `pgrep -a NAME`.');
  }
  const { localProcessOf } = await import('./local-process.ts');
  const { pid } = await localProcessOf(word, 'heap');
  return { kind: 'process', pid, label: `${word} (pid ${pid})` };
}

function walkOptionsOf(flags: WalkFlags, io: CliIo) {
  const maxPauseMs = durationOf('--max-pause', flags.maxPause);
  return {
    ...(maxPauseMs === undefined ? {} : { maxPauseMs }),
    stop: flags.stop !== false,
    onProgress: (what: string): void => void io.stderr.write(`${what}\n`),
  };
}

async function walkPid(pid: number, options: WalkOptions, save: string | undefined): Promise<HeapWalk> {
  const { snapshotProcess, walkProcess } = await import('../capture/heap/walk-process.ts');
  if (save === undefined) return walkProcess(pid, options);
  const { walk, snapshot } = await snapshotProcess(pid, options);
  await writeWhole(save, snapshot);
  return walk;
}

/** A core, a saved heap or a case, told apart by how they begin. */
async function walkFile(file: string, word: string, onProgress: (what: string) => void): Promise<HeapWalk> {
  const begin = await firstBytes(file, word);
  if (begin.subarray(1, 4).toString('latin1') === 'ELF') {
    const { walkCore } = await import('../capture/heap/walk-core.ts');
    return walkCore(undefined, file, { onProgress });
  }
  if (begin.toString('latin1').startsWith('LLHEAP')) {
    onProgress('building the graph');
    return walkBytes(await readFile(file));
  }
  if (isZip(begin)) {
    const snapshots = await snapshotsIn(file);
    const last = snapshots.at(-1);
    if (last === undefined) throw noWalkIn(word);
    onProgress('building the graph');
    return walkBytes(last);
  }
  throw new KnownError('E-HEAP-FILE', `${word} is neither a core, a saved heap nor a case`, {
    advice: 'Save one with `leakline heap PID --save FILE`, or take a core with `gcore PID`.',
  });
}

/** The first and the last walk of a case that has several. */
async function walksOfCase(file: string, word: string): Promise<{ before: HeapWalk; after: HeapWalk }> {
  const snapshots = isZip(await firstBytes(file, word)) ? await snapshotsIn(file) : [];
  const [first] = snapshots;
  if (first === undefined || snapshots.length < 2) {
    throw new UsageError('--diff needs two files, a case with two walks, or a pid that is walked twice');
  }
  return { before: await walkBytes(first), after: await walkBytes(snapshots.at(-1)!) };
}

const isZip = (begin: Buffer): boolean => begin.toString('latin1').startsWith('PK');

async function snapshotsIn(file: string): Promise<readonly Uint8Array[]> {
  const { readCaseFile } = await import('../capture/read-case-file.ts');
  const { artefacts } = await readCaseFile(file);
  return artefacts.flatMap((one) => (one.kind === 'heap-snapshot' ? [one.bytes] : []));
}

async function walkBytes(bytes: Uint8Array): Promise<HeapWalk> {
  const { walkSnapshot } = await import('../goheap/walk-snapshot.ts');
  return walkSnapshot(bytes, () => performance.now());
}

const noWalkIn = (word: string): KnownError =>
  new KnownError('E-HEAP-NO-WALK', `${word} holds no heap walk`, {
    advice: 'Capture on the machine of the process, with the right to read it: sudo leakline capture PID -o x.leakline',
  });

async function firstBytes(file: string, word: string): Promise<Buffer> {
  let handle: FileHandle;
  try {
    handle = await open(file);
  } catch (cause) {
    throw new KnownError('E-HEAP-FILE', `${word} cannot be read`, { advice: 'Check that you may read it.', cause });
  }
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw new KnownError('E-HEAP-FILE', `${word} cannot be read`, { advice: 'Name a core or a saved heap.', cause });
  } finally {
    await handle.close();
  }
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 500ms, 20s or 2m.');
  return ms;
}

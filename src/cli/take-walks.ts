// What `leakline heap` was pointed at → one walk, or two that are compared.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../base/errors.ts';
import { formatDuration, parseDuration } from '../base/format-duration.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import type { CliIo } from './io.ts';
import type { TakenWalks } from './report-heap.ts';

export interface WalkFlags {
  readonly diff?: boolean;
  /** From walk to walk, with --diff PID. */
  readonly for?: string;
  readonly maxPause?: string;
  /** False with --no-stop. */
  readonly stop?: boolean;
}

const defaultSpanMs = 20_000;

export async function takeWalks(words: readonly string[], flags: WalkFlags, io: CliIo): Promise<TakenWalks> {
  const [first, second] = words;
  if (first === undefined || words.length > 2) throw new UsageError('heap takes one target, or two with --diff');
  const isPid = /^\d+$/.test(first);
  if (second !== undefined && flags.diff !== true) {
    throw new UsageError(`heap takes one target, not ${words.join(' and ')}`, 'Compare two with --diff.');
  }
  if (flags.for !== undefined && (flags.diff !== true || !isPid || second !== undefined)) {
    throw new UsageError(
      '--for is the time between two walks of one process',
      'Write: leakline heap PID --diff --for 20s',
    );
  }
  const spanMs = durationOf('--for', flags.for) ?? defaultSpanMs;
  const walk = await walkerOf(flags, io);
  if (flags.diff !== true) return { ...named(first), after: await walk(first) };
  if (second !== undefined) {
    const before = await walk(first);
    const after = await walk(second);
    return { ...named(second), before, after };
  }
  if (!isPid) throw new UsageError('--diff needs two files, or a pid that is walked twice');
  const before = await walk(first);
  io.stderr.write(`first walk done; the second follows in ${formatDuration(spanMs)} (Ctrl-C: now)\n`);
  await sleep(spanMs, undefined, { signal: io.interrupt }).catch(() => {});
  return { ...named(first), before, after: await walk(first) };
}

const named = (word: string): { label: string; pid?: number } =>
  /^\d+$/.test(word) ? { label: `pid ${word}`, pid: Number(word) } : { label: path.basename(word) };

async function walkerOf(flags: WalkFlags, io: CliIo): Promise<(word: string) => Promise<HeapWalk>> {
  const maxPauseMs = durationOf('--max-pause', flags.maxPause);
  const onProgress = (what: string): void => void io.stderr.write(`${what}\n`);
  return async (word) => {
    if (/^\d+$/.test(word)) {
      const { walkProcess } = await import('../capture/heap/walk-process.ts');
      const pause = maxPauseMs === undefined ? {} : { maxPauseMs };
      return walkProcess(Number(word), { ...pause, stop: flags.stop !== false, onProgress });
    }
    const file = path.resolve(io.cwd, word);
    if (!existsSync(file)) {
      throw new UsageError(`${word} is neither a pid nor a file`, 'List pids with `pgrep -a NAME`.');
    }
    const { walkCore } = await import('../capture/heap/walk-core.ts');
    return walkCore(undefined, file, { onProgress });
  };
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 500ms, 20s or 2m.');
  return ms;
}

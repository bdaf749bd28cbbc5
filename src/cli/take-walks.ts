// What `leakline heap` was pointed at → one walk, or two that are compared.
import { setTimeout as sleep } from 'node:timers/promises';
import { UsageError } from '../base/errors.ts';
import { formatDuration, parseDuration } from '../base/format-duration.ts';
import { walkProcess } from '../capture/heap/walk-process.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import type { CliIo } from './io.ts';

export interface WalkFlags {
  readonly diff?: boolean;
  /** From walk to walk, with --diff PID. */
  readonly for?: string;
  readonly maxPause?: string;
  /** False with --no-stop. */
  readonly stop?: boolean;
}

export interface TakenWalks {
  readonly label: string;
  readonly pid: number | undefined;
  readonly before: HeapWalk | undefined;
  readonly after: HeapWalk;
}

const defaultSpanMs = 20_000;

export async function takeWalks(words: readonly string[], flags: WalkFlags, io: CliIo): Promise<TakenWalks> {
  const [word, ...more] = words;
  if (word === undefined) throw new UsageError('heap needs a pid', 'List candidates with `pgrep -a NAME`.');
  if (more.length > 0) throw new UsageError(`heap takes one target, not ${words.join(' and ')}`);
  if (!/^\d+$/.test(word)) throw new UsageError(`${word} is not a pid`, 'List candidates with `pgrep -a NAME`.');
  const pid = Number(word);
  const walk = (): Promise<HeapWalk> => walkPid(pid, flags, io);
  const spanMs = durationOf('--for', flags.for) ?? defaultSpanMs;
  if (flags.diff !== true) {
    if (flags.for !== undefined) throw new UsageError('--for is the time between two walks', 'Add --diff.');
    return { label: `pid ${pid}`, pid, before: undefined, after: await walk() };
  }
  const before = await walk();
  io.stderr.write(`first walk done; the second follows in ${formatDuration(spanMs)} (Ctrl-C: now)\n`);
  await sleep(spanMs, undefined, { signal: io.interrupt }).catch(() => {});
  return { label: `pid ${pid}`, pid, before, after: await walk() };
}

function walkPid(pid: number, flags: WalkFlags, io: CliIo): Promise<HeapWalk> {
  const maxPauseMs = durationOf('--max-pause', flags.maxPause);
  return walkProcess(pid, {
    ...(maxPauseMs === undefined ? {} : { maxPauseMs }),
    stop: flags.stop !== false,
    onProgress: (what) => void io.stderr.write(`${what}\n`),
  });
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 500ms, 20s or 2m.');
  return ms;
}

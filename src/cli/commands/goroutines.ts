// `leakline goroutines <pid|core|saved heap|url|dump|case>`: what goroutines do, who created them, which are stuck for ever.
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { KnownError, UsageError } from '../../base/errors.ts';
import { decodeCase } from '../../decode/decode-case.ts';
import { type GoroutinesResult, goroutinesOfDump, goroutinesOfWalk } from '../compose-goroutines.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { type CaptureFlags, formatOf, type OutputFlags, topOf } from '../options.ts';
import { renderGoroutines } from '../render-goroutines.ts';
import { takeWalks, type WalkFlags } from '../take-walks.ts';
import { writeOutput } from '../write-output.ts';
import { gather } from './diagnose.ts';

export interface GoroutinesFlags extends OutputFlags, Pick<WalkFlags, 'maxPause' | 'stop'>, CaptureFlags {}

export async function runGoroutines(word: string, flags: GoroutinesFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for goroutines', 'Use text or json.');
  const top = topOf(flags);
  const result = isWalkable(word, io) ? await fromWalk(word, flags, io) : await fromDump(word, flags, io);
  const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
  const text =
    format === 'json'
      ? `${JSON.stringify(result, null, 2)}\n`
      : renderGoroutines(result, {
          color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
          width: Math.min(120, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
          top,
          verbose: flags.verbose === true,
          cwd: io.cwd,
        });
  await writeOutput(io, flags.output, text);
  if (result.proven > 0) return 1;
  // A dump cannot acquit, and neither can a walk that doubts itself.
  return result.doubts.length > 0 ? 3 : 0;
}

/** A pid, a core or a saved heap: what can be walked. */
function isWalkable(word: string, io: CliIo): boolean {
  const file = path.resolve(io.cwd, word);
  if (/^\d+$/.test(word) || /^(?:docker|systemd|pod):/.test(word)) return true;
  if (!existsSync(file)) return false;
  const begin = Buffer.alloc(8);
  const handle = openSync(file, 'r');
  try {
    readSync(handle, begin, 0, 8, 0);
  } catch {
    return false;
  } finally {
    closeSync(handle);
  }
  return begin.subarray(1, 4).toString('latin1') === 'ELF' || begin.toString('latin1').startsWith('LLHEAP');
}

async function fromWalk(word: string, flags: GoroutinesFlags, io: CliIo): Promise<GoroutinesResult> {
  const { maxPause, stop } = flags;
  const { after, label, pid } = await takeWalks(
    [word],
    { ...(maxPause === undefined ? {} : { maxPause }), ...(stop === undefined ? {} : { stop }) },
    io,
  );
  return goroutinesOfWalk(after, { label, ...(pid === undefined ? {} : { pid }) });
}

async function fromDump(word: string, flags: GoroutinesFlags, io: CliIo): Promise<GoroutinesResult> {
  const captured = await gather([word], { ...flags, for: '1s', gc: 'never', native: false }, io);
  const { incarnations } = decodeCase(captured.artefacts);
  const table = incarnations[0]?.dumps.at(-1)?.table;
  if (table === undefined) {
    throw new KnownError('E-NO-GOROUTINES', `${word} gave no goroutine dump`, {
      advice: 'Save one: curl -o goroutines.txt http://HOST:PORT/debug/pprof/goroutine?debug=2',
    });
  }
  return goroutinesOfDump(table, { label: word });
}

// `leakline cases`: what was recorded. Lists cases, makes case files of them and back, and drops what is old.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import { parseDuration } from '../../base/format-duration.ts';
import { parseBytes } from '../../base/parse-bytes.ts';
import { readCaseFile } from '../../capture/read-case-file.ts';
import { writeCaseFile } from '../../capture/write-case-file.ts';
import { defaultStorePlace, openStore } from '../../store/open-store.ts';
import { composeCases } from '../compose-cases.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, type OutputFlags } from '../options.ts';
import { toolVersion } from '../version.ts';
import { writeOutput } from '../write-output.ts';

interface StoreFlags {
  readonly store?: string;
}

export interface ListFlags extends StoreFlags, OutputFlags {}

export interface ExportFlags extends StoreFlags, OutputFlags {
  readonly from?: string;
  readonly to?: string;
  readonly captures?: string;
}

export interface PruneFlags extends StoreFlags {
  readonly older?: string;
  readonly maxBytes?: string;
  readonly case?: readonly string[];
}

const placeOf = (flags: StoreFlags, io: CliIo): string =>
  flags.store === undefined ? defaultStorePlace(io.env, io.home) : path.resolve(io.cwd, flags.store);

export async function listCases(flags: ListFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for cases', 'Use text or json.');
  const store = await openStore(placeOf(flags, io), { mode: 'read' });
  try {
    const result = composeCases(store.place, await store.usedBytes(), await store.cases());
    const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
    const text =
      format === 'json'
        ? `${JSON.stringify(result, null, 2)}\n`
        : (await import('../render-cases.ts')).renderCases(result, {
            color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
            width: Math.min(160, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
            nowMs: io.nowMs(),
            prefix: flags.store === undefined ? '' : `${flags.store.replace(/\/+$/, '')}/`,
          });
    await writeOutput(io, flags.output, text);
    return 0;
  } finally {
    await store.close();
  }
}

export async function exportCase(id: string, flags: ExportFlags, io: CliIo): Promise<ExitCode> {
  if (flags.output === undefined)
    throw new UsageError('export needs a file to write', `leakline cases export ${id} -o x.leakline`);
  const capturesPerIncarnation = countOf('--captures', flags.captures) ?? 200;
  const range = { fromMs: momentOf('--from', flags.from, io), toMs: momentOf('--to', flags.to, io) };
  if (range.fromMs !== undefined && range.toMs !== undefined && range.fromMs > range.toMs)
    throw new UsageError('--from is later than --to');
  const store = await openStore(placeOf(flags, io), { mode: 'read' });
  try {
    const content = await store.loadCase(id, { ...range, capturesPerIncarnation });
    if (content.artefacts.length === 0)
      throw new UsageError(
        `case ${id} has no profiles or other artefacts in that time`,
        'Old ones are thinned out; `leakline cases` says what there is.',
      );
    const file = path.resolve(io.cwd, flags.output);
    await writeCaseFile(file, content, toolVersion);
    const bytes = content.artefacts.reduce((sum, artefact) => sum + artefact.bytes.length, 0);
    const captures = new Set(content.artefacts.map((artefact) => artefact.capture)).size;
    io.stderr.write(
      `${flags.output}: ${captures} captures (${formatBytes(bytes)}). Read it with: leakline ${flags.output}\n`,
    );
    return 0;
  } finally {
    await store.close();
  }
}

export async function importCases(files: readonly string[], flags: StoreFlags, io: CliIo): Promise<ExitCode> {
  const { importCase } = await import('../import-case.ts');
  // Everything is read before anything is written: a wrong name in the list imports nothing.
  const read = [];
  for (const file of files) {
    const place = path.resolve(io.cwd, file);
    const content = await readCaseFile(place);
    const digest = createHash('sha256')
      .update(await readFile(place))
      .digest('hex');
    read.push({ file, content, key: `import ${digest}` });
  }
  const store = await openStore(placeOf(flags, io), { mode: 'write' });
  try {
    for (const { file, content, key } of read) {
      const id = await importCase(store, content, key);
      await writeOutput(io, undefined, `${id}  ${file}\n`);
    }
    return 0;
  } finally {
    await store.close();
  }
}

export async function pruneCases(flags: PruneFlags, io: CliIo): Promise<ExitCode> {
  const olderMs = flags.older === undefined ? undefined : parseDuration(flags.older);
  if (flags.older !== undefined && olderMs === undefined)
    throw new UsageError(`--older ${flags.older} is not a duration`, 'Write 14d or 12h.');
  const maxBytes = flags.maxBytes === undefined ? undefined : parseBytes(flags.maxBytes);
  if (flags.maxBytes !== undefined && maxBytes === undefined)
    throw new UsageError(`--max-bytes ${flags.maxBytes} is not a size`, 'Write 2GiB or 500MB.');
  const drop = flags.case ?? [];
  if (olderMs === undefined && maxBytes === undefined && drop.length === 0)
    throw new UsageError('nothing is said to be dropped', 'Give --older 14d, --max-bytes 2GiB or --case ID.');
  const place = placeOf(flags, io);
  // A store that is not there is not made by cleaning it up.
  await (await openStore(place, { mode: 'read' })).close();
  const store = await openStore(place, { mode: 'write' });
  try {
    const before = await store.usedBytes();
    for (const id of drop) await store.dropCase(id);
    const nowMs = io.nowMs();
    const result = await store.prune({
      ...(olderMs === undefined
        ? {}
        : { artefactsBeforeMs: nowMs - olderMs, allBeforeMs: nowMs - olderMs * figuresOutlive }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    const cases = drop.length + result.droppedCases.length;
    await writeOutput(
      io,
      undefined,
      `${formatBytes(before)} → ${formatBytes(result.bytesAfter)}: dropped ${result.droppedArtefacts} artefacts, ${result.droppedCaptures} captures, ${cases} ${cases === 1 ? 'case' : 'cases'}\n`,
    );
    if (!result.fits)
      io.stderr.write(
        `note: what is left is the least of each case, and more than ${flags.maxBytes}; drop one: --case ID\n`,
      );
    return 0;
  } finally {
    await store.close();
  }
}

/** Figures and values of stacks are small beside profiles, and are kept this many times longer. */
const figuresOutlive = 4;

function countOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 2 || count > 10_000)
    throw new UsageError(`${flag} ${text} is not a number from 2 to 10000`);
  return count;
}

/** A date with time, or how long ago. */
function momentOf(flag: string, text: string | undefined, io: CliIo): number | undefined {
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago !== undefined) return io.nowMs() - ago;
  const ms = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms))
    throw new UsageError(`${flag} ${text} is no moment`, 'Write 2026-11-28T03:00Z, or how long ago: 2h.');
  return ms;
}

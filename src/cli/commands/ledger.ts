// `leakline ledger <pid>`: where every byte of a process's resident memory goes, what of it grows, and what to look at next.
import { UsageError } from '../../base/errors.ts';
import { formatByteRate, formatBytes } from '../../base/format-bytes.ts';
import { formatDuration } from '../../base/format-duration.ts';
import { plainText } from '../../base/plain-text.ts';
import { wrapText } from '../../base/wrap-text.ts';
import { findPprofPort } from '../../capture/find-pprof-port.ts';
import type { PprofAddress } from '../../capture/pprof-address.ts';
import { createPprofClient, type PprofClient, type PprofClientOptions } from '../../capture/pprof-client.ts';
import { noSuchProcess, readProcessFacts } from '../../capture/read-process.ts';
import { processStartTicks, readLedgerLook, readLedgerTarget } from '../../capture/read-smaps.ts';
import { watchLooks } from '../../capture/watch-looks.ts';
import { composeLedger } from '../../ledger/compose-ledger.ts';
import { chooseLiveSource } from '../../ledger/live-heap.ts';
import type { Ledger, LedgerBranchKind, LedgerClass, LedgerLook, LedgerTarget } from '../../model/ledger.ts';
import { createPaint, type Paint } from '../../report/paint.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { localProcessOf, watchMsOf } from '../local-process.ts';
import { type CaptureFlags, clientOptionsOf, formatOf, type OutputFlags } from '../options.ts';
import { writeOutput } from '../write-output.ts';

export type LedgerFlags = Pick<CaptureFlags, 'for' | 'header' | 'user' | 'insecure' | 'cacert' | 'timeout'> &
  OutputFlags;

const defaultForMs = 10_000;
/** Enough for a slope whose interval means something. */
const mostLooks = 6;
/** Of RSS. With more unexplained than this, a look is taken again. */
const fittingShare = 0.02;

export async function runLedger(word: string, flags: LedgerFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for the ledger', 'Use text or json.');
  const forMs = watchMsOf(flags.for, defaultForMs);
  const { pid, address } = await localProcessOf(word, 'ledger');
  const ledger = await watchLedger(pid, address, forMs, await clientOptionsOf(flags), io);
  const color = flags.color !== false && io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '';
  const text =
    format === 'json'
      ? `${JSON.stringify(toJson(ledger), null, 2)}\n`
      : renderLedger(ledger, createPaint(color), Math.min(110, Math.max(60, io.stdout.columns ?? 100)));
  await writeOutput(io, flags.output, text);
  return 0;
}

async function watchLedger(
  pid: number,
  address: PprofAddress | undefined,
  forMs: number,
  clientOptions: PprofClientOptions,
  io: CliIo,
): Promise<Ledger> {
  const startTicks = await processStartTicks(pid);
  if (startTicks === undefined) throw noSuchProcess(pid);
  const facts = await readProcessFacts(pid);
  const target = await readLedgerTarget(pid, facts.exe, facts.build?.goVersion);
  const notes: string[] = [];
  const note = (message: string): void => {
    if (!notes.includes(message)) notes.push(message);
  };
  // What listens in another program is not asked for pprof: it may mind.
  const client =
    address === undefined && target.goVersion === undefined
      ? undefined
      : await openClient(pid, address, clientOptions, io, note);
  try {
    let profile = true;
    const { looks, ended } = await watchLooks(
      forMs,
      mostLooks,
      async (index) => {
        const options = { client, profile, nowMs: io.nowMs, signal: io.interrupt, note };
        const look = await readFittingLook(() => readLedgerLook(pid, startTicks, options), target);
        if (index === 0) profile = chooseLiveSource([look], target.gcPercent) === 'heap-profile';
        return look;
      },
      io.interrupt,
    );
    if (ended !== undefined) note(`pid ${pid}: ${ended}`);
    return composeLedger(target, looks, notes);
  } finally {
    client?.close();
  }
}

/** The runtime and the kernel are asked side by side: where pages came or went in between, the two do not fit. Once more. */
async function readFittingLook(read: () => Promise<LedgerLook>, target: LedgerTarget): Promise<LedgerLook> {
  const gapOf = (look: LedgerLook): number => {
    const { unexplainedBytes, rssBytes } = composeLedger(target, [look], []);
    return Math.abs(unexplainedBytes) / Math.max(rssBytes, 1);
  };
  const first = await read();
  if (gapOf(first) <= fittingShare) return first;
  const second = await read();
  return gapOf(second) < gapOf(first) ? second : first;
}

async function openClient(
  pid: number,
  address: PprofAddress | undefined,
  options: PprofClientOptions,
  io: CliIo,
  note: (message: string) => void,
): Promise<PprofClient | undefined> {
  let client: PprofClient | undefined;
  try {
    client = createPprofClient(address ?? (await findPprofPort(pid, options, io.interrupt)).address, options);
    await client.open(io.interrupt);
    return client;
  } catch (error) {
    client?.close();
    if (!(error instanceof Error && 'code' in error)) throw error;
    note(`the Go heap is shown as one class, because the runtime could not be asked: ${error.message}`);
    return undefined;
  }
}

function toJson(ledger: Ledger): unknown {
  const { target } = ledger;
  return {
    schema: 'leakline.ledger/1',
    target: { pid: target.pid, exe: target.exe, goVersion: target.goVersion },
    watchedSeconds: ledger.watchedMs / 1000,
    looks: ledger.looks,
    rssBytes: ledger.rssBytes,
    rssGrowthBytesPerSecond: rounded(ledger.rssGrowthBytesPerSecond),
    threads: ledger.threads,
    items: ledger.items.map((item) => ({ ...item, growthBytesPerSecond: rounded(item.growthBytesPerSecond) })),
    unexplainedBytes: ledger.unexplainedBytes,
    branch: ledger.branch,
    warnings: ledger.warnings,
  };
}

function rounded(rate: number | undefined): number | undefined {
  return rate === undefined ? undefined : Math.round(rate);
}

const classNames: Readonly<Record<LedgerClass, string>> = {
  'go-heap-live': 'Go heap: live',
  'go-heap-garbage': 'Go heap: garbage or new',
  'go-heap-waste': 'Go heap: waste',
  'go-heap-idle': 'Go heap: idle',
  'go-heap': 'Go heap, not split',
  'goroutine-stacks': 'goroutine stacks',
  'go-runtime': 'Go runtime',
  'exe-and-libraries': 'binary and libraries',
  'file-mappings': 'mapped files',
  malloc: 'malloc',
  'thread-stacks': 'thread stacks',
  'other-native': 'other native memory',
  shmem: 'shared memory',
  'go-heap-untouched': 'Go heap: untouched',
  swap: 'swapped out',
  'page-tables': 'page tables',
  'cgroup-page-cache': 'page cache of the cgroup',
  kernel: 'kernel, for the cgroup',
};

const branchNames: Readonly<
  Record<LedgerBranchKind, { readonly badge: 'grows' | 'fine' | 'open'; readonly text: string }>
> = {
  'go-heap': { badge: 'grows', text: ' GO HEAP GROWS ' },
  goroutines: { badge: 'grows', text: ' GOROUTINES GROW ' },
  native: { badge: 'grows', text: ' NATIVE MEMORY GROWS ' },
  threads: { badge: 'grows', text: ' THREADS GROW ' },
  files: { badge: 'grows', text: ' MAPPED FILES GROW ' },
  'gc-headroom': { badge: 'fine', text: ' GC HEADROOM ' },
  'idle-heap-not-returned': { badge: 'fine', text: ' IDLE HEAP ' },
  fragmentation: { badge: 'fine', text: ' FRAGMENTATION ' },
  'page-cache': { badge: 'fine', text: ' PAGE CACHE ' },
  steady: { badge: 'fine', text: ' STEADY ' },
  undecided: { badge: 'open', text: ' UNDECIDED ' },
};

const nameWidth = 26;
const barWidth = 16;
/** Slower growth is noise on this screen; JSON has the figures. */
const shownGrowth = 0.002;

function renderLedger(ledger: Ledger, paint: Paint, width: number): string {
  const { target, branch } = ledger;
  const { badge, text } = branchNames[branch.kind];
  const painted = { grows: paint.alarm, fine: paint.good, open: paint.doubt }[badge](text);
  const about = [`pid ${target.pid}`, target.exe, target.goVersion ?? 'not Go'].filter((part) => part !== undefined);
  const watched = ledger.watchedMs === 0 ? 'one look' : `watched ${formatDuration(ledger.watchedMs)}`;
  const resident = ledger.items.filter((item) => item.resident && item.bytes > 0);
  const outside = ledger.items.filter((item) => !item.resident && item.bytes > 0);
  const row = (name: string, bytes: number, growth: number | undefined, tail: string, isBase: boolean): string =>
    `  ${name.padEnd(nameWidth)}${formatBytes(bytes).padStart(10)}${isBase ? percent(bytes, ledger.rssBytes) : '       '}${growthText(growth, ledger, paint)}  ${tail}`.trimEnd();
  const lines = [
    `${painted} ${paint.strong(`${formatBytes(ledger.rssBytes)} resident`)}${paint.faint(` · ${about.map(plainText).join(' · ')} · ${watched}`)}`,
    ...wrapText(plainText(branch.why), width - 2).map((line) => `  ${line}`),
    '',
    ...resident.map((item) =>
      row(classNames[item.class], item.bytes, item.growthBytesPerSecond, bar(item.bytes, ledger.rssBytes, paint), true),
    ),
    row('unexplained', ledger.unexplainedBytes, undefined, '', true),
    paint.strong(row('= resident (RSS)', ledger.rssBytes, ledger.rssGrowthBytesPerSecond, '', true)),
    ...(outside.length === 0
      ? []
      : [
          '',
          paint.faint('  not part of RSS'),
          ...outside.map((item) => row(classNames[item.class], item.bytes, item.growthBytesPerSecond, '', false)),
        ]),
    ...notesBlock(ledger, paint, width),
    ...ledger.warnings.flatMap((warning) =>
      wrapText(plainText(warning), width - 4).map((line, at) =>
        at === 0 ? `${paint.doubt('  ! ')}${line}` : `    ${line}`,
      ),
    ),
    ...nextBlock(ledger, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function percent(bytes: number, rssBytes: number): string {
  const share = rssBytes === 0 ? 0 : (bytes / rssBytes) * 100;
  return `${share !== 0 && Math.abs(share) < 0.95 ? share.toFixed(1) : Math.round(share)} %`.padStart(7);
}

function growthText(rate: number | undefined, ledger: Ledger, paint: Paint): string {
  const empty = ' '.repeat(15);
  if (rate === undefined || ledger.watchedMs === 0) return empty;
  const moved = Math.abs(rate) * (ledger.watchedMs / 1000);
  if (moved < Math.max(256 * 1024, shownGrowth * ledger.rssBytes)) return empty;
  const text = `${rate > 0 ? '+' : ''}${formatByteRate(rate)}`.padStart(15);
  return rate > 0 ? paint.rate(text) : text;
}

function bar(bytes: number, rssBytes: number, paint: Paint): string {
  const filled = rssBytes === 0 ? 0 : Math.round((Math.max(0, bytes) / rssBytes) * barWidth);
  return paint.graph('█'.repeat(Math.min(barWidth, filled)));
}

/** A word on each class that matters; those of a small share speak for themselves. */
function notesBlock(ledger: Ledger, paint: Paint, width: number): string[] {
  const shown = ledger.items.filter(
    (item) => item.note !== undefined && item.resident && item.bytes >= 0.05 * ledger.rssBytes,
  );
  if (shown.length === 0) return [''];
  return [
    '',
    ...shown.flatMap((item) =>
      wrapText(plainText(`${classNames[item.class]}: ${item.note}`), width - 4).map((line, at) =>
        paint.faint(at === 0 ? `  · ${line}` : `    ${line}`),
      ),
    ),
  ];
}

function nextBlock({ branch, target }: Ledger, paint: Paint): string[] {
  const next: Partial<Record<LedgerBranchKind, string>> = {
    'go-heap': `leakline ${target.pid}`,
    goroutines: `leakline ${target.pid}`,
    threads: `leakline ${target.pid}`,
    native: `sudo leakline native ${target.pid}`,
    undecided: `leakline ledger ${target.pid} --for 2m`,
  };
  const command = next[branch.kind];
  return command === undefined ? [] : ['', `  Next: ${paint.fix(command)}`];
}

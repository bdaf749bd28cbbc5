// One walk, or two that are compared → the report that was asked for. One walk is no verdict, and two are none either: the
// exit code only says whether the answer can be relied on.
import { gzipSync } from 'node:zlib';
import { UsageError } from '../base/errors.ts';
import { inspectHeap } from '../inspect-heap.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import type { HeapReport } from '../report/heap-report.ts';
import type { MeasuredWalk } from '../retention/diff-walks.ts';
import type { CliIo, ExitCode } from './io.ts';
import { type Format, formatOf, type OutputFlags, topOf } from './options.ts';
import { toolVersion } from './version.ts';
import { writeOutput, writeWhole } from './write-output.ts';

export interface HeapReportFlags extends OutputFlags {
  readonly why?: string;
  readonly pprof?: string;
}

/** Of the memory that is free: the target and others need some, too. */
const budgetShare = 0.7;

export interface TakenWalks {
  readonly label: string;
  readonly pid?: number;
  readonly before?: HeapWalk;
  readonly after: HeapWalk;
}

/** `take` is called once the flags are known to make sense. */
export async function reportHeap(
  flags: HeapReportFlags,
  io: CliIo,
  take: () => Promise<TakenWalks>,
): Promise<ExitCode> {
  const format = formatOf(flags);
  const top = topOf(flags);
  if (flags.why === '') throw new UsageError('--why asks for nothing', 'Name a type, an address, a root or a line.');
  const { label, pid, before, after } = await take();
  const heap = await inspectHeap({
    toolVersion,
    target: { label, ...(pid === undefined ? {} : { pid }) },
    ...(before === undefined ? {} : { before }),
    after,
    budgetBytes: process.availableMemory() * budgetShare,
  });
  const report = heap.report(flags.why === undefined ? undefined : { question: flags.why, mostWays: top });
  if (flags.pprof !== undefined) await writeProfile(flags.pprof, heap.measured, label);
  await writeOutput(io, flags.output, await render(report, format, top, flags, io));
  return report.sound ? 0 : 3;
}

async function writeProfile(path: string, { walk, retention }: MeasuredWalk, label: string): Promise<void> {
  const [{ encodeHeapProfile }, { findWays }, { foldWays }] = await Promise.all([
    import('../report/heap-profile.ts'),
    import('../retention/find-ways.ts'),
    import('../retention/fold-tree.ts'),
  ]);
  const { groups } = retention.tree;
  const ways = findWays(walk.graph, groups);
  const comment = `heap of ${label} at ${new Date(walk.takenAtMs).toISOString()}: stacks are ways from roots to objects, by leakline ${toolVersion}`;
  const profile = encodeHeapProfile(
    walk,
    retention,
    foldWays(walk.graph, groups, retention.types, ways),
    ways.parent,
    comment,
  );
  await writeWhole(path, gzipSync(profile));
}

async function render(report: HeapReport, format: Format, top: number, flags: OutputFlags, io: CliIo): Promise<string> {
  if (format === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  if (format === 'md') return (await import('../report/render-heap-markdown.ts')).renderHeapMarkdown(report, top);
  const { renderHeapText } = await import('../report/render-heap-text.ts');
  const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
  return renderHeapText(report, {
    color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
    width: Math.min(120, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
    top,
    verbose: flags.verbose === true,
    cwd: io.cwd,
  });
}

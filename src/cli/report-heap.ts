// One walk, or two that are compared → the report that was asked for. One walk is no verdict, and two are none either: the
// exit code only says whether the answer can be relied on.
import { gzipSync } from 'node:zlib';
import { KnownError, UsageError } from '../base/errors.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import type { Retention, Subject, WalkDiff } from '../model/retention.ts';
import { composeHeapReport, type HeapParts } from '../report/compose-heap-report.ts';
import type { HeapReport } from '../report/heap-report.ts';
import { allocationSitesOf } from '../retention/allocation-sites.ts';
import { containersOf } from '../retention/containers-of.ts';
import { diffContainers } from '../retention/diff-containers.ts';
import { diffWalks, type MeasuredWalk } from '../retention/diff-walks.ts';
import { explainHolder } from '../retention/explain-holder.ts';
import { explainSubject } from '../retention/explain-subject.ts';
import { findSubject } from '../retention/find-subject.ts';
import { goroutineHoldingsOf } from '../retention/goroutine-holdings.ts';
import { heapWasteOf } from '../retention/heap-waste.ts';
import { measureRetention } from '../retention/measure-retention.ts';
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
/** Containers of the first walk among which those of the second are looked for: what grows was small. */
const mostCompared = 2000;

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
  const now = measured(after);
  const proofs = await after.proofs();
  const was = before === undefined ? undefined : measured(before);
  const diff = was === undefined ? undefined : diffWalks(was, now);
  const containers = containersOf(after, now.retention);
  const report = composeHeapReport({
    toolVersion,
    target: { label, ...(pid === undefined ? {} : { pid }) },
    walk: after,
    retention: now.retention,
    goroutines: goroutineHoldingsOf(after, now.retention, proofs),
    waste: heapWasteOf(after),
    proofs,
    containers,
    sites: allocationSitesOf(after, now.retention.types),
    ...(flags.why === undefined ? {} : { why: whyOf(flags.why, now, top) }),
    ...(diff === undefined ? {} : { diff, ...largestGrowthOf(diff, now), ...containerGrowthOf(was, containers, diff) }),
  });
  if (flags.pprof !== undefined) await writeProfile(flags.pprof, now, label);
  await writeOutput(io, flags.output, await render(report, format, top, flags, io));
  return report.sound ? 0 : 3;
}

/** Nothing without the time between the walks. */
function containerGrowthOf(
  was: MeasuredWalk | undefined,
  containers: HeapParts['containers'],
  { spanMs }: WalkDiff,
): Pick<HeapParts, 'containerGrowth'> {
  if (was === undefined || spanMs === undefined || spanMs <= 0) return {};
  const before = containersOf(was.walk, was.retention, mostCompared);
  return { containerGrowth: diffContainers(before, containers, spanMs / 1000) };
}

/** How the type that grew most is held now. */
function largestGrowthOf({ types }: WalkDiff, { walk, retention }: MeasuredWalk): Pick<HeapParts, 'largestGrowth'> {
  const type = types.find((row) => row.bytes.after > row.bytes.before)?.type;
  const row = type === undefined ? -1 : retention.types.name.indexOf(type);
  if (type === undefined || row < 0) return {};
  const holder = explainHolder(walk, retention, { kind: 'types', types: [row], names: [type] });
  if (holder === undefined) return {};
  const { root, path, retainedBytes, share } = holder;
  return { largestGrowth: { type, root, path, retainedBytes, share } };
}

function measured(walk: HeapWalk): MeasuredWalk {
  return { walk, retention: measureRetention(walk.graph, process.availableMemory() * budgetShare) };
}

function whyOf(question: string, { walk, retention }: MeasuredWalk, mostWays: number): HeapParts['why'] & object {
  const subject = findSubject(walk, retention, question);
  if (subject === undefined) {
    throw new KnownError('E-HEAP-NOTHING', `nothing in this heap is called ${question}`, {
      advice: adviceOf(question, retention, walk),
    });
  }
  return { question, subject, explanation: explanationOf(subject, { walk, retention }, mostWays) };
}

const explanationOf = (subject: Subject, { walk, retention }: MeasuredWalk, mostWays: number) =>
  subject.kind === 'groups' ? undefined : explainSubject(walk, retention, subject, mostWays);

function adviceOf(question: string, { histogram, types }: Retention, { sampled }: HeapWalk): string {
  if (/^0x/i.test(question)) return 'No object covers this address: it is free, not reachable, or outside of the heap.';
  if (/\.go:\d+$/.test(question)) {
    return sampled === undefined
      ? 'This program keeps no memory profile, so nothing is known of where its objects were allocated.'
      : 'None of the objects that the memory profiler caught (about one in 512 KiB) was allocated there.';
  }
  const largest = Array.from(histogram.bytes, (_, type) => type)
    .sort((a, b) => histogram.bytes[b]! - histogram.bytes[a]!)
    .slice(0, 3)
    .flatMap((type) => types.name[type] ?? []);
  return `Its largest types are ${largest.join(', ')}; \`leakline heap\` without --why lists more.`;
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

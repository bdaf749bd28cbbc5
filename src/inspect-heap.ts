// One heap walk, or two that are compared → everything that is asked of it: the report, one question about it, its tree
// page by page. What `leakline heap` and the pages of the UI share. A part of `analyze.ts`.
import { KnownError } from './base/errors.ts';
import { walkSnapshot } from './goheap/walk-snapshot.ts';
import type { Case } from './model/case.ts';
import type { HeapWalk } from './model/heap-graph.ts';
import type { Retention, Subject, WalkDiff } from './model/retention.ts';
import { composeHeapReport, composeHeapWhy, type HeapParts } from './report/compose-heap-report.ts';
import type { HeapReport, HeapWhy } from './report/heap-report.ts';
import { composeTreePage, type HeapTreePage, treeSourceOf } from './report/heap-tree-page.ts';
import { allocationSitesOf } from './retention/allocation-sites.ts';
import { containersOf } from './retention/containers-of.ts';
import { diffContainers } from './retention/diff-containers.ts';
import { diffWalks, type MeasuredWalk } from './retention/diff-walks.ts';
import { explainHolder } from './retention/explain-holder.ts';
import { explainSubject } from './retention/explain-subject.ts';
import { findSubject } from './retention/find-subject.ts';
import { goroutineHoldingsOf } from './retention/goroutine-holdings.ts';
import { heapWasteOf } from './retention/heap-waste.ts';
import { measureRetention } from './retention/measure-retention.ts';

/** Containers of the first walk among which those of the second are looked for: what grows was small. */
const mostCompared = 2000;

export interface InspectedWalks {
  readonly toolVersion: string;
  readonly target: HeapReport['target'];
  readonly before?: HeapWalk;
  readonly after: HeapWalk;
  /** Memory that may be taken beside the graphs. */
  readonly budgetBytes: number;
}

export interface HeapQuestion {
  readonly question: string;
  readonly mostWays: number;
}

export interface HeapInspection {
  readonly measured: MeasuredWalk;
  /** Throws KnownError when nothing is called what is asked for. */
  readonly report: (why?: HeapQuestion) => HeapReport;
  /** Throws like `report`. */
  readonly why: (question: HeapQuestion) => HeapWhy;
  /** Rows below a row of the tree of holders, the largest first; row 0 is the whole heap. Throws KnownError. */
  readonly page: (row: number, from: number, most: number) => HeapTreePage;
}

/** The last walk of a case, and the first of its run when there are snapshots of two. Throws DecodeError. */
export async function walksOfCase(
  { walks = [], artefacts }: Case,
  nowMs: () => number,
): Promise<Pick<InspectedWalks, 'before' | 'after'> | undefined> {
  const taken = walks.at(-1);
  if (taken !== undefined) return { after: taken.walk };
  const snapshots = artefacts.filter(({ kind }) => kind === 'heap-snapshot').sort((a, b) => a.atMs - b.atMs);
  const last = snapshots.at(-1);
  if (last === undefined) return undefined;
  const [first] = snapshots.filter(({ incarnation }) => incarnation === last.incarnation);
  const before = first === undefined || first === last ? undefined : await walkSnapshot(first.bytes, nowMs);
  return { ...(before === undefined ? {} : { before }), after: await walkSnapshot(last.bytes, nowMs) };
}

export async function inspectHeap(walks: InspectedWalks): Promise<HeapInspection> {
  const { before, after, budgetBytes } = walks;
  const measure = (walk: HeapWalk): MeasuredWalk => ({ walk, retention: measureRetention(walk.graph, budgetBytes) });
  const now = measure(after);
  const proofs = await after.proofs();
  const was = before === undefined ? undefined : measure(before);
  const diff = was === undefined ? undefined : diffWalks(was, now);
  const containers = containersOf(after, now.retention);
  const source = treeSourceOf(after, now.retention);
  return {
    measured: now,
    report: (why) =>
      composeHeapReport({
        toolVersion: walks.toolVersion,
        target: walks.target,
        walk: after,
        retention: now.retention,
        goroutines: goroutineHoldingsOf(after, now.retention, proofs),
        waste: heapWasteOf(after),
        proofs,
        containers,
        sites: allocationSitesOf(after, now.retention.types),
        ...(why === undefined ? {} : { why: answerOf(why, now) }),
        ...(diff === undefined
          ? {}
          : { diff, ...largestGrowthOf(diff, now), ...containerGrowthOf(was, containers, diff) }),
      }),
    why: (question) => composeHeapWhy(answerOf(question, now), source, now.retention),
    page: (row, from, most) => composeTreePage(source, row, from, most),
  };
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

function answerOf({ question, mostWays }: HeapQuestion, { walk, retention }: MeasuredWalk): HeapParts['why'] & object {
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

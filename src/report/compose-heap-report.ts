// A walk and what was computed of it → the one JSON value. Nothing is judged here: numbers are gathered and cut to size.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import type { ContainerFact, ContainerGrowth } from '../model/heap-containers.ts';
import { type HeapWalk, nodeKinds } from '../model/heap-graph.ts';
import type { HeapProofs } from '../model/heap-proofs.ts';
import {
  type AllocationSite,
  type Explanation,
  type GoroutineHolding,
  type HeapWaste,
  type PathStep,
  type Retention,
  type Subject,
  type TopName,
  topNameOf,
  type WalkDiff,
} from '../model/retention.ts';
import type { Frame } from '../model/stacks.ts';
import { containerGrowthOf, containerOf } from './containers-report.ts';
import { proofsOf } from './heap-proofs-of.ts';
import type {
  HeapDiff,
  HeapGoroutineGroup,
  HeapHolder,
  HeapPathStep,
  HeapPlace,
  HeapReport,
  HeapRetainer,
  HeapTypeRow,
  HeapWhy,
} from './heap-report.ts';
import { type TreeSource, treeBelow } from './heap-tree.ts';
import { treeSourceOf } from './heap-tree-page.ts';
import { holderText } from './heap-words.ts';

export interface HeapParts {
  readonly toolVersion: string;
  readonly target: HeapReport['target'];
  readonly walk: HeapWalk;
  readonly retention: Retention;
  readonly goroutines: readonly GoroutineHolding[];
  readonly waste: HeapWaste;
  readonly proofs: HeapProofs;
  readonly containers: readonly ContainerFact[];
  /** By plain type. */
  readonly sites: ReadonlyMap<number, readonly AllocationSite[]>;
  readonly why?: {
    readonly question: string;
    readonly subject: Subject;
    readonly explanation: Explanation | undefined;
  };
  readonly diff?: WalkDiff;
  /** With `diff`, when the time between the walks is known. */
  readonly containerGrowth?: readonly ContainerGrowth[];
  /** With `diff`: how the type that grew most is held now. */
  readonly largestGrowth?: HeapDiff['largestGrowth'];
}

const mostRetainers = 200;
const mostTypes = 1000;
const mostGroups = 200;
const mostDiffRows = 500;
const mostHolders = 5;
const leastHolderShare = 0.01;

export function composeHeapReport(parts: HeapParts): HeapReport {
  const { walk, retention } = parts;
  const source = treeSourceOf(walk, retention);
  const tops = topsBySize(retention);
  const retainers = tops.slice(0, mostRetainers).map((top) => retainerOf(source, retention, top));
  const types = typeRowsOf(retention, parts.sites);
  const sound = walk.selfChecks.every((check) => check.ok);
  return {
    schema: 'leakline.heap/1',
    tool: { name: 'leakline', version: parts.toolVersion },
    target: parts.target,
    takenAt: new Date(walk.takenAtMs).toISOString(),
    goVersion: walk.goVersion,
    symbols: walk.symbols,
    stopped: walk.stopped,
    pauseMs: walk.pauseMs,
    totalMs: walk.totalMs,
    sound,
    summary: parts.diff === undefined ? summaryOf(walk, retainers, parts.goroutines) : diffSummaryOf(parts.diff),
    objects: walk.objects,
    bytes: walk.bytes,
    typedShare: walk.typedShare,
    roots: rootCounts(walk),
    method: retention.tree.method,
    retainers,
    types: types.slice(0, mostTypes),
    goroutineGroups: parts.goroutines.slice(0, mostGroups).map(groupOf),
    containers: parts.containers.map(containerOf),
    leftOut: {
      retainers: Math.max(0, tops.length - mostRetainers),
      types: Math.max(0, types.length - mostTypes),
      goroutineGroups: Math.max(0, parts.goroutines.length - mostGroups),
    },
    waste: { ...parts.waste, rounding: parts.waste.rounding.slice(0, mostHolders) },
    proofs: proofsOf(parts.proofs),
    ...(parts.why === undefined ? {} : { why: composeHeapWhy(parts.why, source, retention) }),
    ...(parts.diff === undefined ? {} : { diff: diffOf(parts.diff, parts) }),
    selfChecks: walk.selfChecks,
    gaps: [...walk.gaps, ...retention.gaps, ...crowdedOut(retention)],
  };
}

function summaryOf(
  { bytes, objects }: HeapWalk,
  retainers: readonly HeapRetainer[],
  goroutines: readonly GoroutineHolding[],
): string {
  const size = `${formatBytes(bytes.reachable)} in ${formatCount(objects.reachable)} objects are in use`;
  const largest = retainers.filter((one) => one.share >= 0.1).slice(0, 2);
  const stuck = goroutines.reduce((sum, group) => sum + (group.stuck ?? 0), 0);
  const tail = stuck === 0 ? '' : ` ${formatCount(stuck)} goroutine${stuck === 1 ? ' is' : 's are'} proven stuck.`;
  if (largest.length === 0) return `${size}; nothing holds more than a tenth of it.${tail}`;
  const parts = largest.map((one) => {
    const by = one.heldBy.slice(0, 2).map((holder) => holderText(holder, 1));
    const shared = by.length === 0 ? '' : ` (of ${by.join(' and ')}${one.heldBy.length > 2 ? ' and others' : ''})`;
    return `${holderText(one, one.count)}${shared} ${one.count > 1 ? 'hold' : 'holds'} ${Math.round(one.share * 100)} %`;
  });
  return `${size}; ${parts.join(', ')}.${tail}`;
}

function diffSummaryOf({ bytes, objects, types }: WalkDiff): string {
  const change = `${signed(bytes.after - bytes.before, formatBytes)} and ${signed(objects.after - objects.before, formatCount)} objects between the two walks`;
  const most = types.find((row) => row.bytes.after > row.bytes.before);
  if (most === undefined) return `${change}; nothing grew.`;
  return `${change}; most of what grew is ${most.type} held by ${holderText(holderOf(most.holder), 1)} (${signed(most.bytes.after - most.bytes.before, formatBytes)}).`;
}

const signed = (value: number, format: (value: number) => string): string =>
  value > 0 ? `+${format(value)}` : format(value);

function topsBySize({ tops }: Retention): number[] {
  return Array.from({ length: tops.length }, (_, top) => top)
    .filter((top) => tops.retainedObjects[top]! > 0)
    .sort((a, b) => tops.retainedBytes[b]! - tops.retainedBytes[a]! || a - b);
}

function retainerOf(source: TreeSource, retention: Retention, top: number): HeapRetainer {
  const { tops, folded, tree } = retention;
  const total = tree.retainedBytes[0]!;
  const row = rowOfTop(source, tops, top);
  return {
    ...holderOf(topNameOf(source.types, tops, top)),
    count: tops.members[top]!,
    retainedBytes: tops.retainedBytes[top]!,
    retainedObjects: tops.retainedObjects[top]!,
    share: total === 0 ? 0 : tops.retainedBytes[top]! / total,
    heldBy: tops.heldBy[top]!.slice(0, mostHolders).map((group) => holderOf(topNameOf(source.types, tops, group))),
    inside: row === undefined || folded.length === 0 ? [] : treeBelow(source, row),
  };
}

/** Groups come first in the folded tree; shared objects stand under the root by their type. */
function rowOfTop({ folded, children }: TreeSource, tops: Retention['tops'], top: number): number | undefined {
  if (top < tops.groups.length) return top + 1;
  return children.of(0).find((row) => row > tops.groups.length && folded.what[row] === tops.type[top]);
}

function holderOf({ kind, name, createdAt }: TopName): HeapHolder {
  return { kind, name, ...(createdAt === undefined ? {} : { createdAt: placeOf(createdAt) }) };
}

const placeOf = ({ functionName, file, line }: Frame): HeapPlace => ({ function: functionName, file, line });

function typeRowsOf({ types, histogram, owners, tops }: Retention, sites: HeapParts['sites']): HeapTypeRow[] {
  const holders = new Map<number, number[]>();
  for (let row = 0; row < owners.length; row++) {
    const list = holders.get(owners.type[row]!);
    if (list === undefined) holders.set(owners.type[row]!, [row]);
    else if (list.length < mostHolders) list.push(row);
  }
  return Array.from({ length: histogram.length }, (_, row) => row)
    .filter((row) => histogram.objects[row]! > 0)
    .sort((a, b) => histogram.bytes[b]! - histogram.bytes[a]! || histogram.objects[b]! - histogram.objects[a]!)
    .map((row) => ({
      name: types.name[row] ?? 'objects of unknown type',
      certainty: types.certainty[row] ?? 'size-class',
      objects: histogram.objects[row]!,
      bytes: histogram.bytes[row]!,
      retainedBytes: histogram.retainedBytes[row]!,
      allocatedAt: (sites.get(row) ?? [])
        .slice(0, mostHolders)
        .map(({ frame, samples }) => ({ ...placeOf(frame), samples })),
      heldBy: (holders.get(row) ?? [])
        .filter((owner) => owners.bytes[owner]! >= histogram.bytes[row]! * leastHolderShare)
        .map((owner) => ({
          ...holderOf(topNameOf(types, tops, owners.top[owner]!)),
          objects: owners.objects[owner]!,
          bytes: owners.bytes[owner]!,
        })),
    }));
}

function groupOf(group: GoroutineHolding): HeapGoroutineGroup {
  return {
    startFunction: group.startFunction,
    ...(group.createdAt === undefined ? {} : { createdAt: placeOf(group.createdAt) }),
    count: group.count,
    states: group.states,
    ...(group.longestWaitNs > 0 ? { longestWaitMs: group.longestWaitNs / 1e6 } : {}),
    stackBytes: group.stackBytes,
    retainedBytes: group.retainedBytes,
    retainedObjects: group.retainedObjects,
    mostDeferred: group.mostDeferred,
    ...(group.stuck === undefined ? {} : { stuck: group.stuck }),
    stack: group.stack.map(placeOf),
  };
}

function rootCounts({ graph }: HeapWalk): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of nodeKinds) if (kind !== 'root' && kind !== 'object') counts[kind] = 0;
  for (let node = 1; node < graph.named.length; node++) counts[nodeKinds[graph.named.kind[node]!]!]!++;
  return counts;
}

export function composeHeapWhy(
  { question, subject, explanation }: NonNullable<HeapParts['why']>,
  source: TreeSource,
  retention: Retention,
): HeapWhy {
  const { tops } = retention;
  const groups = subject.kind === 'groups' ? subject.groups : [];
  const sum = (column: ArrayLike<number>): number => groups.reduce((total, group) => total + column[group]!, 0);
  return {
    question,
    meaning:
      subject.kind === 'types'
        ? subject.names
        : subject.kind === 'groups'
          ? groups.map((group) => `${tops.groups.kind[group]} ${tops.groups.name[group]}`)
          : subject.basis === 'sampled'
            ? ['objects allocated there that the memory profiler caught, about one in 512 KiB']
            : subject.nodes.map((node) => `object at 0x${source.graph.addressOf(node).toString(16)}`),
    objects: explanation?.objects ?? sum(tops.retainedObjects),
    bytes: explanation?.bytes ?? sum(tops.retainedBytes),
    retainedBytes: explanation?.retainedBytes ?? sum(tops.retainedBytes),
    ways: (explanation?.ways ?? []).map(({ objects, bytes, path }) => ({ objects, bytes, path: path.map(stepOf) })),
    otherWays: explanation?.otherWays ?? { ways: 0, objects: 0, bytes: 0 },
    holders: groups.slice(0, mostHolders).map((group) => retainerOf(source, retention, group)),
  };
}

function stepOf(step: PathStep): HeapPathStep {
  return {
    kind: step.kind,
    name: step.name,
    label: step.label,
    ...(step.address === 0 ? {} : { address: `0x${step.address.toString(16)}` }),
    retainedBytes: step.retainedBytes,
    ...(step.onEveryPath === undefined ? {} : { onEveryPath: step.onEveryPath }),
    ...(step.again === undefined ? {} : { again: step.again }),
  };
}

function diffOf(diff: WalkDiff, { sites, retention, largestGrowth, containerGrowth }: HeapParts): HeapDiff {
  const siteOfType = new Map([...sites].map(([type, found]) => [retention.types.name[type], found[0]?.frame]));
  return {
    ...(diff.spanMs === undefined ? {} : { spanMs: diff.spanMs }),
    objects: diff.objects,
    bytes: diff.bytes,
    ...(largestGrowth === undefined ? {} : { largestGrowth }),
    ...(containerGrowth === undefined ? {} : { containers: containerGrowthOf(containerGrowth) }),
    types: diff.types.slice(0, mostDiffRows).map((row) => {
      const site = siteOfType.get(row.type);
      return { ...row, holder: holderOf(row.holder), ...(site === undefined ? {} : { allocatedAt: placeOf(site) }) };
    }),
    holders: diff.holders.slice(0, mostDiffRows).map(({ holder, members, retainedObjects, retainedBytes }) => ({
      holder: holderOf(holder),
      count: members,
      retainedObjects,
      retainedBytes,
    })),
  };
}

function crowdedOut({ folded }: Retention): string[] {
  if (folded.crowdedOut === 0) return [];
  return [
    `${formatCount(folded.crowdedOut)} objects stand in the tree with what is above them: there are too many different paths`,
  ];
}

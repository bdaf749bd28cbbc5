// A page of goroutine groups, proven-leaked ones first unless another order is asked for.
import type { GoroutinePlace, GoroutineRow, GoroutineSort, GoroutinesAnswer } from '../../api/goroutines.ts';
import type { GoroutineGroup } from '../../model/growth.ts';
import type { Frame } from '../../model/stacks.ts';
import type { Report } from '../../report/report.ts';
import { missing } from '../part-of.ts';
import type { AnalysedCase } from '../served.ts';

export interface GoroutineQuestion {
  readonly search: string | undefined;
  readonly sort: GoroutineSort;
  readonly from: number;
  readonly count: number;
}

const mostFrames = 100;

export function composeGoroutines({ analysis }: AnalysedCase, question: GoroutineQuestion): GoroutinesAnswer {
  const { goroutines, report } = analysis;
  if (goroutines === undefined)
    return {
      groups: missing(
        'no goroutine profile or dump is in this run',
        'leakline http://HOST:PORT, or leakline PID of a local process',
      ),
    };
  const words = (question.search ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const matching = goroutines.groups
    .filter((group) => matches(group, words))
    .toSorted((a, b) => orderOf[question.sort](a, b) || b.count.delta - a.count.delta || b.count.last - a.count.last);
  const looked = goroutines.groups.some((group) => group.provenLeaked !== undefined);
  return {
    groups: {
      kind: 'captured',
      value: {
        atMs: [...goroutines.atMs].map(Math.round),
        total: [...goroutines.totalSeries],
        ...(looked ? { proven: goroutines.groups.reduce((sum, group) => sum + (group.provenLeaked ?? 0), 0) } : {}),
        matching: matching.length,
        all: goroutines.groups.length,
        from: question.from,
        rows: matching
          .slice(question.from, question.from + question.count)
          .map((group) => rowOf(group, report.findings)),
      },
    },
  };
}

const orderOf: Readonly<Record<GoroutineSort, (a: GoroutineGroup, b: GoroutineGroup) => number>> = {
  proven: (a, b) => (b.provenLeaked ?? 0) - (a.provenLeaked ?? 0),
  growth: (a, b) => b.count.perSecond - a.count.perSecond,
  count: (a, b) => b.count.last - a.count.last,
  age: (a, b) => (b.oldestWaitMinutes ?? -1) - (a.oldestWaitMinutes ?? -1),
};

/** Every word stands somewhere in the group. */
function matches(group: GoroutineGroup, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const frames = [...group.exampleStack, ...(group.createdBy === undefined ? [] : [group.createdBy])];
  const labels = group.labels.map(({ key, value }) => `${key}=${value}`);
  const text = [
    group.state,
    ...labels,
    ...frames.flatMap((frame) => [frame.functionName, `${frame.file}:${frame.line}`]),
  ]
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

function rowOf(group: GoroutineGroup, findings: Report['findings']): GoroutineRow {
  const finding = findingOf(group, findings);
  return {
    key: group.key,
    entry: placeOf(group.entry),
    ...(group.createdBy === undefined ? {} : { createdBy: placeOf(group.createdBy) }),
    state: group.state,
    blocked: placeOf(group.blocked),
    ...(group.userFrame === undefined ? {} : { userFrame: placeOf(group.userFrame) }),
    stack: group.exampleStack.slice(0, mostFrames).map(placeOf),
    labels: group.labels,
    counts: [...group.countSeries],
    delta: group.count.delta,
    perSecond: group.count.perSecond,
    low: group.count.perSecondLow,
    high: group.count.perSecondHigh,
    shape: group.count.shape,
    ...(group.oldestWaitMinutes === undefined ? {} : { oldestWaitMinutes: group.oldestWaitMinutes }),
    ...(group.provenLeaked === undefined ? {} : { provenLeaked: group.provenLeaked }),
    ...(group.provenBy === undefined ? {} : { provenBy: group.provenBy }),
    lockedToThread: group.lockedToThread,
    ...(finding === undefined ? {} : { finding }),
  };
}

/** By where it stands; by who started it only when there are more and more of it. */
function findingOf(group: GoroutineGroup, findings: Report['findings']): string | undefined {
  const starter = group.count.shape === 'growing' ? group.createdBy : undefined;
  const places = [group.userFrame, group.blocked, starter].filter((frame) => frame !== undefined);
  return findings.find(
    (finding) =>
      finding.kind === 'goroutine' &&
      finding.sites.some((site) => places.some((frame) => frame.file === site.file && frame.line === site.line)),
  )?.id;
}

const placeOf = ({ functionName, file, line }: Frame): GoroutinePlace => ({ function: functionName, file, line });

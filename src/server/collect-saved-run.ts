// One run → all answers that its pages will ask for, each cut to a size that can be attached to an issue.

import type { CasesAnswer } from '../api/cases.ts';
import type { Part } from '../api/part.ts';
import { apiPaths } from '../api/paths.ts';
import type { SavedRun } from '../api/saved-run.ts';
import type { SourceAnswer } from '../api/source.ts';
import { KnownError } from '../base/errors.ts';
import type { HeapInspection } from '../inspect-heap.ts';
import { composeStackSeries } from '../report/compose-stack-series.ts';
import type { HeapReport } from '../report/heap-report.ts';
import type { Report } from '../report/report.ts';
import type { StackSeries } from '../report/stack-series.ts';
import { noStacks } from './routes/answer-stacks.ts';
import { composeGoroutines } from './routes/goroutines.ts';
import { composeNative } from './routes/native.ts';
import { composeOom } from './routes/oom.ts';
import { composeSource } from './routes/source.ts';
import type { AnalysedCase, Served } from './served.ts';

const mostPoints = 300;
const mostGroups = 150;
const mostMoments = 12;
const mostStacks = 1200;
const mostTreePages = 60;
const mostTreeRows = 40;
/** Of the whole heap: rows below it have no page of their own. */
const leastPageShare = 0.005;
const mostWhys = 12;
const mostWays = 3;
const mostTypes = 250;
const mostRetainers = 20;
/** As far as the page of a finding opens the source. */
const sourceMargin = 66;

export async function collectSavedRun(served: Served): Promise<SavedRun> {
  const analysed = await served.analysed();
  const heap = await heapOf(served);
  return {
    schema: 'leakline.saved/1',
    answers: {
      [apiPaths.report]: analysed.analysis.report,
      [apiPaths.timeline]: await served.timeline(mostPoints, true),
      [apiPaths.goroutines]: composeGoroutines(analysed, {
        search: undefined,
        sort: 'proven',
        from: 0,
        count: mostGroups,
      }),
      [apiPaths.cases]: { cases: [], live: false } satisfies CasesAnswer,
      [apiPaths.native]: composeNative(analysed),
      [apiPaths.oom]: composeOom(analysed),
      [apiPaths.doctor]: {
        kind: 'not-captured',
        why: 'this file shows a run that is over',
        how: 'leakline doctor TARGET',
      },
      [apiPaths.stacks]: stacksOf(analysed),
      [apiPaths.heap]: heap.kind === 'captured' ? { kind: 'captured', value: cutReport(heap.value.report()) } : heap,
    },
    heapTree: heap.kind === 'captured' ? treePagesOf(heap.value) : {},
    heapWhy: heap.kind === 'captured' ? whysOf(heap.value) : {},
    sources: sourcesOf(analysed),
  };
}

/** A damaged walk costs its own page only. */
async function heapOf(served: Served): Promise<Part<HeapInspection>> {
  try {
    return await served.heap();
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { kind: 'not-captured', why: error.message };
  }
}

function stacksOf({ analysis: { heap, ownership } }: AnalysedCase): Part<StackSeries> {
  if (heap === undefined) return noStacks;
  return { kind: 'captured', value: composeStackSeries(heap, { mostMoments, mostStacks, ownership }) };
}

function cutReport(report: HeapReport): HeapReport {
  return {
    ...report,
    retainers: report.retainers.slice(0, mostRetainers),
    types: report.types.slice(0, mostTypes),
    leftOut: {
      ...report.leftOut,
      retainers: report.leftOut.retainers + Math.max(0, report.retainers.length - mostRetainers),
      types: report.leftOut.types + Math.max(0, report.types.length - mostTypes),
    },
  };
}

/** The largest rows first, level by level. */
function treePagesOf({ page }: HeapInspection): SavedRun['heapTree'] {
  const pages: Record<string, SavedRun['heapTree'][string]> = {};
  const wanted = [0];
  for (let count = 0; count < mostTreePages && wanted.length > 0; count++) {
    const row = wanted.shift()!;
    const one = page(row, 0, mostTreeRows);
    pages[row] = one;
    const large = one.rows.filter(
      ({ children, retainedBytes }) => children > 0 && retainedBytes >= one.totalBytes * leastPageShare,
    );
    wanted.push(...large.map((child) => child.row));
  }
  return pages;
}

function whysOf({ report, why }: HeapInspection): SavedRun['heapWhy'] {
  const whys: Record<string, SavedRun['heapWhy'][string]> = {};
  for (const { name, certainty } of report().types.slice(0, mostWhys)) {
    if (certainty === 'exact') whys[name] = why({ question: name, mostWays });
  }
  return whys;
}

/** The lines of findings with what stands around them; not the whole source. */
function sourcesOf(analysed: AnalysedCase): readonly SourceAnswer[] {
  const spans = new Map<string, { first: number; last: number }>();
  for (const { sites } of analysed.analysis.report.findings satisfies Report['findings']) {
    for (const { file, line } of sites) {
      if (line <= 0 || !analysed.analysis.sources.has(file)) continue;
      const known = spans.get(file);
      spans.set(file, { first: Math.min(line, known?.first ?? line), last: Math.max(line, known?.last ?? line) });
    }
  }
  return [...spans].map(([file, { first, last }]) =>
    composeSource(analysed, file, Math.round((first + last) / 2), Math.ceil((last - first) / 2) + sourceMargin),
  );
}

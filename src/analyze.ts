// The whole analysis, in the order in which data flows. Each step is a folder.

import type { HeapEvidence } from './analyze-heap.ts';
import { analyzeProcess, type ProcessEvidence } from './analyze-process.ts';
import { type Captured, captured, notCaptured } from './base/captured.ts';
import { KnownError } from './base/errors.ts';
import { formatDuration } from './base/format-duration.ts';
import { type DecodedCase, decodeCase, type Incarnation } from './decode/decode-case.ts';
import { guessBuildFacts } from './decode/guess-build-facts.ts';
import { diagnose } from './diagnosis/diagnose.ts';
import { leakingPlaces } from './diagnosis/native-story.ts';
import { withCollections } from './growth/collections.ts';
import { corroborate } from './growth/corroborate.ts';
import { measureGoroutineGrowth } from './growth/goroutine-growth.ts';
import { measureHeapGrowth } from './growth/heap-growth.ts';
import { measureMemoryTrend } from './growth/memory-trend.ts';
import { wantedSourceFiles } from './growth/source-files.ts';
import type { Case } from './model/case.ts';
import type { GoroutineGrowth, HeapGrowth, MemoryTrend } from './model/growth.ts';
import type { NativeGrowth } from './model/native.ts';
import { type OwnershipOf, ownershipBy } from './model/ownership.ts';
import type { SourceFacts } from './model/source-facts.ts';
import type { BuildFacts } from './model/target.ts';
import { composeReport } from './report/compose-report.ts';
import type { Report } from './report/report.ts';
import { summarise } from './report/summarise.ts';
import { noSource } from './scan/no-source.ts';

export interface AnalyzeOptions {
  readonly toolVersion: string;
  /** A clock for durations; default Date.now. */
  readonly nowMs?: () => number;
  /** Reads source files that the case does not hold, by the paths of the profile. */
  readonly readSources?: (
    files: readonly string[],
    build: BuildFacts | undefined,
  ) => Promise<ReadonlyMap<string, string>>;
  /** Parses them. Without it rules work from stacks alone. */
  readonly parseSources?: (sources: ReadonlyMap<string, string>) => Promise<SourceFacts>;
}

export interface Analysis {
  readonly report: Report;
  readonly heap: HeapGrowth | undefined;
  readonly goroutines: GoroutineGrowth | undefined;
  /** Whose a frame is, as the diagnosis saw it. */
  readonly ownership: OwnershipOf;
  /** The operating system's side: ledger, traces, threads, limits. */
  readonly process: ProcessEvidence;
  /** Every capture as tables, all starts of the target. */
  readonly decoded: DecodedCase;
  /** What was read, so that a case file can carry it. */
  readonly sources: ReadonlyMap<string, string>;
}

/** From a case to its report. Throws KnownError when nothing in the case can be analysed. */
export async function analyze(input: Case, options: AnalyzeOptions): Promise<Analysis> {
  const decoded = decodeCase(input.artefacts);
  const main = decoded.incarnations[0];
  if (main === undefined || isEmpty(main)) throw nothingToAnalyse(decoded.warnings);
  const build = input.target.build ?? guessBuildFacts(decoded.incarnations);
  const ownership = ownershipBy(build);

  const { heap, goroutines, memory } = measure(main, ownership);
  const process = analyzeProcess(input.target, main, valueIn(memory), decoded.oom);
  const walked = await walkedHeap(input, main.number, options.nowMs ?? Date.now);
  const sources = await gatherSources(
    input,
    build,
    [
      ...new Set([
        ...nativeFiles(valueIn(process.native), ownership),
        ...wantedSourceFiles(valueIn(heap), valueIn(goroutines), ownership),
      ]),
    ],
    options,
  );
  const source =
    options.parseSources === undefined || sources.size === 0 ? noSource : await options.parseSources(sources);

  const window = { spanMs: main.toMs - main.fromMs, captures: main.captures };
  const diagnosis = diagnose({
    build,
    window,
    heap,
    goroutines,
    memory,
    ...process,
    walk: walked.facts,
    source,
    ownership,
  });

  const report = composeReport({
    toolVersion: options.toolVersion,
    target: build === undefined ? input.target : { ...input.target, build },
    window: {
      fromMs: main.fromMs,
      toMs: main.toMs,
      captures: main.captures,
      restarts: decoded.incarnations.length - 1,
    },
    verdict: diagnosis.verdict,
    summary: summarise({
      ...diagnosis,
      ...window,
      heapTotal: valueIn(heap)?.total ?? valueIn(memory)?.quantities.get('heap-live')?.estimate,
      goroutineTotal: valueIn(goroutines)?.total,
      sawProcess: process.ledger.kind === 'captured',
    }),
    findings: diagnosis.findings,
    clear: diagnosis.clear,
    inconclusive: diagnosis.inconclusive,
    heap: valueIn(heap),
    goroutines: valueIn(goroutines),
    memory: valueIn(memory),
    ledger: valueIn(process.ledger),
    nativePlaces: leakingPlaces(valueIn(process.native), () => true),
    forecast: process.forecast,
    oom: process.oom,
    source,
    cost: input.cost,
    warnings: [
      ...restartWarnings(decoded.incarnations),
      ...input.notes.map((note) => note.message),
      ...decoded.warnings,
      ...process.warnings,
      ...walked.warnings,
      ...diagnosis.notes,
    ],
  });
  return { report, heap: valueIn(heap), goroutines: valueIn(goroutines), ownership, process, decoded, sources };
}

/** Reading a heap needs much code that most cases do not: it is loaded when there is one. */
async function walkedHeap(input: Case, incarnation: number, nowMs: () => number): Promise<HeapEvidence> {
  const has = (input.walks ?? []).length > 0 || input.artefacts.some(({ kind }) => kind === 'heap-snapshot');
  if (!has) return { facts: notCaptured(input.walkGap ?? 'the heap was not walked'), warnings: [] };
  return (await import('./analyze-heap.ts')).analyzeHeap(input, incarnation, nowMs);
}

/** Of the program's own Go frames on the way into C. */
function nativeFiles(native: NativeGrowth | undefined, ownership: OwnershipOf): readonly string[] {
  return (native?.sites ?? [])
    .slice(0, 40)
    .flatMap(({ names }) =>
      names.goStack.flatMap(({ function: functionName, file, line }) =>
        functionName === undefined ||
        file === undefined ||
        ownership({ functionName, file, line: line ?? 0 }) !== 'main'
          ? []
          : [file],
      ),
    );
}

interface Measured {
  readonly heap: Captured<HeapGrowth>;
  readonly goroutines: Captured<GoroutineGrowth>;
  readonly memory: Captured<MemoryTrend>;
}

function measure(main: Incarnation, ownership: OwnershipOf): Measured {
  const memory =
    main.memory.length === 0
      ? notCaptured('no memory statistics were captured')
      : captured(measureMemoryTrend(main.memory));
  const heaps = withCollections(main);
  const afterCollections = main.heaps.every((heap) => heap.forcedGc);
  return {
    heap:
      heaps.length === 0
        ? notCaptured('no heap profile was captured')
        : captured(corroborate(measureHeapGrowth(heaps, ownership), valueIn(memory), afterCollections)),
    goroutines:
      main.goroutines.length + main.dumps.length === 0
        ? notCaptured('no goroutine profile was captured')
        : captured(measureGoroutineGrowth(main.goroutines, main.dumps, main.leaks, ownership)),
    memory,
  };
}

async function gatherSources(
  input: Case,
  build: BuildFacts | undefined,
  wanted: readonly string[],
  options: AnalyzeOptions,
): Promise<ReadonlyMap<string, string>> {
  const missing = wanted.filter((file) => !input.sources.has(file));
  if (missing.length === 0 || options.readSources === undefined) return input.sources;
  return new Map([...(await options.readSources(missing, build)), ...input.sources]);
}

function restartWarnings(incarnations: readonly Incarnation[]): readonly string[] {
  if (incarnations.length < 2) return [];
  const spans = incarnations.map((one) => `${one.captures} captures over ${formatDuration(one.toMs - one.fromMs)}`);
  return [
    `the target restarted ${incarnations.length - 1} time(s) while it was watched; the starts are kept apart (${spans.join('; ')}) and the longest is judged`,
  ];
}

function nothingToAnalyse(warnings: readonly string[]): KnownError {
  return new KnownError(
    'E-NOTHING-CAPTURED',
    `there is nothing to analyse${warnings.length > 0 ? `: ${warnings.join('; ')}` : ''}`,
    {
      advice: 'Give heap profiles (/debug/pprof/heap), goroutine profiles, or a running service.',
    },
  );
}

function isEmpty(one: Incarnation): boolean {
  return one.heaps.length + one.goroutines.length + one.dumps.length + one.memory.length === 0;
}

function valueIn<T>(part: Captured<T>): T | undefined {
  return part.kind === 'captured' ? part.value : undefined;
}

// Evidence for rules, drawn as text. A stack is written leaf first, `function file:line < caller file:line`; values are
// the series over the captures, one every two seconds. What is not drawn was not captured, or there is no source.
import { captured, notCaptured } from '../../src/base/captured.ts';
import type { RuleInput } from '../../src/diagnosis/rule.ts';
import { goroutineSuspects, growingGroups, heapSuspects } from '../../src/diagnosis/suspects.ts';
import type {
  GoroutineGroup,
  GoroutineGrowth,
  GrowthEstimate,
  GrowthShape,
  HeapGrowth,
  HeapSite,
  MemoryQuantity,
  MemoryTrend,
} from '../../src/model/growth.ts';
import type { HeapFacts } from '../../src/model/heap-facts.ts';
import type { NativeGrowth } from '../../src/model/native.ts';
import type { MemoryLimit } from '../../src/model/oom.ts';
import { ownershipBy } from '../../src/model/ownership.ts';
import type { ThreadGrowth } from '../../src/model/process-setup.ts';
import type { SourceFacts } from '../../src/model/source-facts.ts';
import { createStackTableBuilder, noStack } from '../../src/model/stacks.ts';
import type { BuildFacts } from '../../src/model/target.ts';
import { noSource } from '../../src/scan/no-source.ts';
import { drawEstimate, drawStack, everySeconds } from './draw-estimate.ts';
import { type DrawnLedger, drawLedger } from './draw-process.ts';

export interface DrawnHeap {
  readonly stack: string;
  /** KiB per capture. */
  readonly kib: readonly number[];
  /** Overrides the shape that follows from the values. */
  readonly shape?: GrowthShape;
}

export interface DrawnGroup {
  readonly stack: string;
  readonly state: string;
  readonly count: readonly number[];
  readonly createdBy?: string;
  readonly provenLeaked?: number;
  readonly lockedToThread?: boolean;
  readonly oldestWaitMinutes?: number;
}

export interface Drawing {
  readonly heap?: readonly DrawnHeap[];
  readonly goroutines?: readonly DrawnGroup[];
  readonly memory?: Partial<Record<MemoryQuantity, readonly number[]>>;
  readonly ledger?: DrawnLedger;
  readonly native?: NativeGrowth;
  readonly threads?: ThreadGrowth;
  readonly limits?: readonly MemoryLimit[];
  readonly walk?: HeapFacts;
  readonly source?: SourceFacts;
  readonly go?: string;
  readonly module?: string;
}

export function drawBuild(go = 'go1.26.8', module = 'svc'): BuildFacts {
  return {
    goVersion: go,
    modulePath: module,
    mainPackage: module,
    dependencies: [],
    settings: {},
    source: 'build-info',
  };
}

function drawHeapGrowth(drawn: readonly DrawnHeap[], build: BuildFacts): HeapGrowth {
  const ownership = ownershipBy(build);
  const builder = createStackTableBuilder();
  const captures = drawn[0]?.kib.length ?? 0;
  const sites = drawn.map((row): HeapSite => {
    const frames = drawStack(row.stack);
    let stack = noStack;
    for (const frame of [...frames].reverse()) {
      stack = builder.internStack(stack, builder.internFrame(frame.functionName, frame.file, frame.line));
    }
    const blamed =
      frames.find((frame) => ownership(frame) === 'main') ??
      frames.find((frame) => ownership(frame) === 'dependency') ??
      frames[0]!;
    const bytes = row.kib.map((kib) => kib * 1024);
    const objects = row.kib.map((kib) => kib * 4);
    return {
      key: `${blamed.functionName}:${blamed.line}`,
      blamed,
      ownership: ownership(blamed),
      stackRows: [stack],
      bytes: drawEstimate(bytes, row.shape),
      objects: drawEstimate(objects, row.shape),
      bytesSeries: Float64Array.from(bytes),
      objectsSeries: Float64Array.from(objects),
      allocBytesPerSecond: 0,
      allocObjectsPerSecond: 0,
      keptShare: undefined,
      meanObjectBytes: 256,
    };
  });
  const total = Array.from({ length: captures }, (_, i) => drawn.reduce((sum, row) => sum + row.kib[i]! * 1024, 0));
  return {
    stacks: builder.finish(),
    atMs: Float64Array.from(total.map((_, i) => i * everySeconds * 1000)),
    total: drawEstimate(total),
    totalSeries: Float64Array.from(total),
    sites,
    functions: [],
    packages: [],
    samplingPeriodBytes: 524_288,
    stackGrowth: { rows: new Int32Array(0), deltaObjects: new Float64Array(0), deltaBytes: new Float64Array(0) },
    stackValues: {
      rows: new Int32Array(0),
      inuseBytes: [],
      inuseObjects: [],
      allocBytes: undefined,
      allocObjects: undefined,
    },
    allocatingStackRows: sites.flatMap((site) => site.stackRows),
  };
}

function drawGoroutineGrowth(drawn: readonly DrawnGroup[], build: BuildFacts): GoroutineGrowth {
  const ownership = ownershipBy(build);
  const captures = drawn[0]?.count.length ?? 0;
  const groups = drawn.map((row): GoroutineGroup => {
    const frames = drawStack(row.stack);
    const outside = frames.filter((frame) => !frame.functionName.startsWith('runtime.'));
    const blocked = outside[0] ?? frames[0]!;
    return {
      key: `${row.state} ${row.stack}`,
      entry: outside.at(-1) ?? frames.at(-1)!,
      createdBy: row.createdBy === undefined ? undefined : drawStack(row.createdBy)[0],
      state: row.state,
      stateSource: 'frames',
      blocked,
      userFrame: outside.find((frame) => ownership(frame) === 'main'),
      exampleStack: frames,
      count: drawEstimate(row.count),
      countSeries: Float64Array.from(row.count),
      oldestWaitMinutes: row.oldestWaitMinutes,
      provenLeaked: row.provenLeaked,
      lockedToThread: row.lockedToThread ?? false,
      labels: [],
    };
  });
  const total = Array.from({ length: captures }, (_, i) => drawn.reduce((sum, row) => sum + row.count[i]!, 0));
  return {
    atMs: Float64Array.from(total.map((_, i) => i * everySeconds * 1000)),
    total: drawEstimate(total),
    totalSeries: Float64Array.from(total),
    groups,
  };
}

function drawMemory(drawn: NonNullable<Drawing['memory']>): MemoryTrend {
  const quantities = new Map<MemoryQuantity, { estimate: GrowthEstimate; series: Float64Array; atMs: Float64Array }>();
  const atMsOf = (length: number) => Float64Array.from({ length }, (_, i) => i * everySeconds * 1000);
  let captures = 0;
  for (const [quantity, values] of Object.entries(drawn)) {
    captures = Math.max(captures, values.length);
    const [series, atMs] = [Float64Array.from(values), atMsOf(values.length)];
    quantities.set(quantity as MemoryQuantity, { estimate: drawEstimate(values), series, atMs });
  }
  return { atMs: atMsOf(captures), quantities };
}

/** What `diagnose` gets: measured values only. */
export function drawDiagnosisInput(drawing: Drawing) {
  const build = drawBuild(drawing.go, drawing.module);
  return {
    build,
    window: { spanMs: 20_000, captures: 10 },
    heap:
      drawing.heap === undefined
        ? notCaptured('no heap profile was drawn')
        : captured(drawHeapGrowth(drawing.heap, build)),
    goroutines:
      drawing.goroutines === undefined
        ? notCaptured('no goroutine profile was drawn')
        : captured(drawGoroutineGrowth(drawing.goroutines, build)),
    memory: drawing.memory === undefined ? notCaptured('no memory statistics') : captured(drawMemory(drawing.memory)),
    ledger: drawing.ledger === undefined ? notCaptured('no process was drawn') : captured(drawLedger(drawing.ledger)),
    native: drawing.native === undefined ? notCaptured('no trace was drawn') : captured(drawing.native),
    threads: drawing.threads === undefined ? notCaptured('no threads were drawn') : captured(drawing.threads),
    limits: drawing.limits ?? [],
    walk: drawing.walk === undefined ? notCaptured('the heap was not walked') : captured(drawing.walk),
    source: drawing.source ?? noSource,
    ownership: ownershipBy(build),
  };
}

/** What one rule gets. */
export function drawRuleInput(drawing: Drawing): RuleInput {
  const input = drawDiagnosisInput(drawing);
  const groups =
    input.goroutines.kind === 'captured' ? goroutineSuspects(input.goroutines.value, input.source, () => true) : [];
  return {
    ...input,
    heapSuspects: input.heap.kind === 'captured' ? heapSuspects(input.heap.value, input.source, input.ownership) : [],
    goroutines:
      input.goroutines.kind === 'captured'
        ? captured(groups.filter((suspect) => growingGroups(groups.map(({ group }) => group)).has(suspect.group)))
        : input.goroutines,
    goroutineGroups: groups,
  };
}

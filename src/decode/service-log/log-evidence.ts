// A service's log → the evidence of memory that it holds: GC traces, dumps of all goroutines, how the program ended. Read as
// a stream; what is kept of it is bounded, whatever its length. A program that restarts begins a new run: what belongs to
// different runs must not be compared.

import { decodeCrashes, type GoCrash } from '../gctrace/decode-crash.ts';
import { parseHeader } from '../goroutine-dump/parse-header.ts';
import type { TimeContext } from '../kernel-log/log-time.ts';
import { createDumpCollector, type DumpCollector } from './collect-dump.ts';
import { createLineFinder } from './find-lines.ts';
import { type UnwrappedLine, unwrapLine } from './unwrap-line.ts';

export interface LogDump {
  readonly text: string;
  readonly goroutines: number;
  /** ms since 1970; undefined when no line near it says. */
  readonly atMs: number | undefined;
  /** Start of the program to the GC trace line before it, the nearest clock where lines have no stamp. */
  readonly sinceStartMs: number | undefined;
}

/** One start of the program to its end. */
export interface LogRun {
  /** Lines `gc …` and `SCHED …` as the runtime printed them, evenly thinned out when they are very many. */
  readonly trace: string;
  readonly cycles: number;
  readonly firstCycle: { readonly number: number; readonly atSeconds: number } | undefined;
  readonly lastCycle: { readonly number: number; readonly atSeconds: number } | undefined;
  /** Start of the program, ms since 1970; undefined when no GC trace line has a stamp near it. */
  readonly startMs: number | undefined;
  readonly dumps: readonly LogDump[];
  readonly crashes: readonly GoCrash[];
}

export interface LogEvidence {
  readonly runs: readonly LogRun[];
  /** Tracebacks of one goroutine (a panic): they do not say how many there are. */
  readonly singleTracebacks: number;
  readonly lastTraceback: LogDump | undefined;
  readonly warnings: readonly string[];
}

export interface LogEvidenceDecoder {
  push(chunk: Uint8Array): void;
  finish(): LogEvidence;
}

const words = [' MB goal,', 'SCHED ', 'goroutine ', 'runtime: ', 'fatal error: ', 'SIGQUIT: '];
const gcTrace =
  /(?:^|[\s"|:])(gc (\d{1,9}) @(\d{1,9}(?:\.\d{1,6})?)s \d{1,3}%.{1,400} MB goal,.{1,80}? P(?: \(forced\))?)/;
const schedTrace = /(?:^|[\s"|:])(SCHED (\d{1,12})ms: .{1,400})/;
const mostTraceLines = 8192;
const mostDumps = 64;
const mostRuns = 1000;
const mostCrashes = 20;

interface Draft {
  readonly gc: Thinned;
  readonly sched: Thinned;
  cycles: number;
  first: LogRun['firstCycle'];
  last: LogRun['lastCycle'];
  startMs: number | undefined;
  lastSchedMs: number;
  dumps: LogDump[];
  readonly crashes: GoCrash[];
  /** The runtime said that it ends; its dump may follow. */
  ended: boolean;
  /** That dump was seen. */
  buried: boolean;
}

/** `context.referenceMs` is when the log was last written. */
export function createLogEvidenceDecoder(context: TimeContext): LogEvidenceDecoder {
  const warnings = new Set<string>();
  const runs: Draft[] = [];
  let run = newDraft();
  let collector: DumpCollector | undefined;
  let dumpAtMs: number | undefined;
  let singles = 0;
  let lastSingle: LogDump | undefined;

  const nextRun = (): void => {
    if (isEmpty(run)) return;
    if (runs.length < mostRuns) runs.push(run);
    else warnings.add(`only the first ${mostRuns} starts of the program are kept`);
    run = newDraft();
  };

  const endDump = (): void => {
    if (collector === undefined) return;
    const { text, goroutines, cut } = collector.finish();
    collector = undefined;
    if (cut) warnings.add('a goroutine dump of more than 64 MiB is cut');
    const dump = { text, goroutines, atMs: dumpAtMs, sinceStartMs: sinceStart(run) };
    if (goroutines < 2) {
      singles++;
      lastSingle = dump;
      return;
    }
    if (run.buried) nextRun();
    run.dumps.push(dump);
    if (run.ended) run.buried = true;
    if (run.dumps.length <= mostDumps) return;
    // Every other one, so that they still span the whole run.
    run.dumps = run.dumps.filter((_, index) => index % 2 === 0);
    warnings.add(`of more than ${mostDumps} goroutine dumps every other one is left out`);
  };

  const startDump = (header: string, atMs: number | undefined): void => {
    collector = createDumpCollector(header);
    dumpAtMs = atMs;
  };

  const readTrace = (text: string, atMs: () => number | undefined): boolean => {
    const gc = text.includes(' MB goal,') ? gcTrace.exec(text) : null;
    if (gc !== null) {
      const cycle = { number: Number(gc[2]), atSeconds: Number(gc[3]) };
      const { last } = run;
      if (run.ended || (last !== undefined && cycle.number <= last.number && cycle.atSeconds < last.atSeconds))
        nextRun();
      run.gc.push(gc[1]!);
      run.cycles++;
      run.first ??= cycle;
      run.last = cycle;
      const stamp = atMs();
      // A line is written after its cycle, at times long after it: the earliest start is the nearest one.
      if (stamp !== undefined) run.startMs = Math.min(run.startMs ?? Infinity, stamp - cycle.atSeconds * 1000);
      return true;
    }
    const sched = text.includes('SCHED ') ? schedTrace.exec(text) : null;
    if (sched === null) return false;
    const sinceMs = Number(sched[2]);
    if (run.ended || sinceMs < run.lastSchedMs) nextRun();
    run.lastSchedMs = sinceMs;
    run.sched.push(sched[1]!);
    return true;
  };

  const readCrash = (text: string): void => {
    const [crash] = decodeCrashes(text);
    // `fatal error: …` of the runtime has a known wording; a program may write the same words of its own.
    if (crash === undefined || crash.kind === 'other-fatal') return;
    if (run.buried) nextRun();
    const before = run.crashes.at(-1);
    run.ended = true;
    // The runtime tells its figures first and throws then: one end, two lines.
    if (before?.kind === crash.kind || run.crashes.length >= mostCrashes) return;
    run.crashes.push(crash);
  };

  const finder = createLineFinder(words, {
    wantsAll: () => collector !== undefined,
    line(raw, before) {
      const unwrapped = unwrapLine(raw, context);
      const { text } = unwrapped;
      const stamp = (): number | undefined => stampNear(unwrapped, before, context);
      if (collector !== undefined) {
        const role = collector.push(text);
        if (role === 'part') return;
        if (role !== 'stray') endDump();
        if (role === 'next') return startDump(text, stamp());
      }
      if (readTrace(text, stamp)) return;
      // The first line may stand behind what the program itself wrote: `main.go:12: goroutine 1 [running]:`.
      const from = text.indexOf('goroutine ');
      const header = from < 0 ? '' : text.slice(from);
      if (header !== '' && parseHeader(header) !== undefined) startDump(header, stamp());
      else readCrash(text);
    },
  });

  return {
    push: (chunk) => finder.push(chunk),
    finish() {
      finder.finish();
      endDump();
      nextRun();
      const finished = runs.map(runOf);
      const cycles = finished.reduce((sum, one) => sum + one.cycles, 0);
      if (finished.length > 8 && cycles < 3 * finished.length)
        warnings.add('the GC traces of several processes seem to be mixed in this log: give the log of one process');
      return { runs: finished, singleTracebacks: singles, lastTraceback: lastSingle, warnings: [...warnings] };
    },
  };
}

function newDraft(): Draft {
  return {
    gc: createThinned(),
    sched: createThinned(),
    cycles: 0,
    first: undefined,
    last: undefined,
    startMs: undefined,
    lastSchedMs: -1,
    dumps: [],
    crashes: [],
    ended: false,
    buried: false,
  };
}

function isEmpty(run: Draft): boolean {
  return run.cycles === 0 && run.lastSchedMs < 0 && run.dumps.length === 0 && run.crashes.length === 0;
}

function runOf(run: Draft): LogRun {
  const lines = [...run.gc.lines(), ...run.sched.lines()];
  return {
    trace: lines.length === 0 ? '' : `${lines.join('\n')}\n`,
    cycles: run.cycles,
    firstCycle: run.first,
    lastCycle: run.last,
    startMs: run.startMs,
    dumps: run.dumps,
    crashes: run.crashes,
  };
}

function sinceStart(run: Draft): number | undefined {
  const byCycle = run.last === undefined ? -1 : run.last.atSeconds * 1000;
  const nearest = Math.max(byCycle, run.lastSchedMs);
  return nearest < 0 ? undefined : nearest;
}

/** The runtime's lines have no stamp of their own; those of the program before them do. */
function stampNear(line: UnwrappedLine, before: () => Iterable<string>, context: TimeContext): number | undefined {
  if (line.atMs !== undefined) return line.atMs;
  for (const earlier of before()) {
    const { atMs } = unwrapLine(earlier, context);
    if (atMs !== undefined) return atMs;
  }
  return undefined;
}

interface Thinned {
  push(line: string): void;
  lines(): readonly string[];
}

/** At most `mostTraceLines`, spread evenly over all that came, the last one always among them. */
function createThinned(): Thinned {
  let kept: string[] = [];
  let stride = 1;
  let count = 0;
  let last: string | undefined;
  return {
    push(line) {
      last = count % stride === 0 ? undefined : line;
      if (count % stride === 0) kept.push(line);
      count++;
      if (kept.length <= mostTraceLines) return;
      kept = kept.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
    lines: () => (last === undefined ? kept : [...kept, last]),
  };
}

// The log of a service, a file or stdin, of any length → the evidence that it holds, and that as artefacts. What no line
// dates is dated from the end: a log is last written when its file is.
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { CaptureError } from '../base/errors.ts';
import { formatBytes } from '../base/format-bytes.ts';
import type { GoCrash } from '../decode/gctrace/decode-crash.ts';
import {
  createLogEvidenceDecoder,
  type LogDump,
  type LogEvidence,
  type LogRun,
} from '../decode/service-log/log-evidence.ts';
import type { Artefact } from '../model/artefact.ts';

export interface ReadLog {
  readonly name: string;
  readonly modifiedMs: number;
  readonly evidence: LogEvidence;
}

export interface LogArtefacts {
  readonly artefacts: readonly Artefact[];
  readonly messages: readonly string[];
}

const pieceBytes = 1 << 20;

/** Throws CaptureError when the file cannot be read. `packed`: with gzip, as logs are rotated. */
export async function readLog(name: string, modifiedMs: number, packed: boolean): Promise<ReadLog> {
  const file = createReadStream(name, { highWaterMark: pieceBytes });
  try {
    if (!packed) return await readLogStream(name, file, modifiedMs);
    const unpacked = createGunzip({ chunkSize: pieceBytes });
    file.once('error', (error) => unpacked.destroy(error));
    return await readLogStream(name, file.pipe(unpacked), modifiedMs);
  } catch (cause) {
    throw new CaptureError(
      'E-CAPTURE-FILE',
      `${name} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

export async function readLogStream(
  name: string,
  pieces: AsyncIterable<unknown> | Iterable<Uint8Array>,
  modifiedMs: number,
): Promise<ReadLog> {
  const decoder = createLogEvidenceDecoder({
    referenceMs: modifiedMs,
    localTime: (...fields) => new Date(...fields).getTime(),
  });
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) throw new Error('a log must come as bytes');
    decoder.push(piece);
  }
  return { name, modifiedMs, evidence: decoder.finish() };
}

export function holdsEvidence({ runs, lastTraceback }: LogEvidence): boolean {
  return runs.length > 0 || lastTraceback !== undefined;
}

/** The one goroutine dump that a file is made of, as other programs save them; undefined when it is more of a log. */
export function loneDump({ runs, lastTraceback, singleTracebacks }: LogEvidence): LogDump | undefined {
  if (runs.length === 0) return singleTracebacks === 1 ? lastTraceback : undefined;
  const [run] = runs;
  return runs.length === 1 && singleTracebacks === 0 && run?.dumps.length === 1 && isBare(run)
    ? run.dumps[0]
    : undefined;
}

function isBare(run: LogRun): boolean {
  return run.trace === '' && run.crashes.length === 0;
}

/**
 * `logs` are of one program, in the order in which they were written. `firstCapture` is the number of the first capture;
 * the last run gets the incarnation 0, so that profiles that are given beside the log belong to it.
 */
export function artefactsOfLogs(logs: readonly ReadLog[], firstCapture: number): LogArtefacts {
  const runs = joinedRuns(logs);
  const messages = [...messagesOf(logs, runs)];
  const artefacts: Artefact[] = [];
  let capture = firstCapture;
  const add = (part: Pick<Artefact, 'kind' | 'name' | 'atMs' | 'incarnation'>, text: string): void => {
    artefacts.push({ ...part, capture: capture++, forcedGc: false, bytes: new TextEncoder().encode(text) });
  };
  let endMs = Number.POSITIVE_INFINITY;
  for (const [fromEnd, { run, log }] of [...runs].reverse().entries()) {
    const lengthMs = (run.lastCycle?.atSeconds ?? 0) * 1000;
    const startMs = run.startMs ?? Math.min(endMs, log.modifiedMs) - lengthMs;
    if (run.trace !== '')
      add(
        { kind: 'gctrace', name: `${log.name}#gctrace-${fromEnd}`, atMs: Math.round(startMs), incarnation: fromEnd },
        run.trace,
      );
    const dumps = datedDumps(run, startMs, Math.min(endMs, log.modifiedMs));
    if (dumps.length < run.dumps.length)
      messages.push(
        `${log.name}: ${run.dumps.length - dumps.length} goroutine dumps are left out, because no line says when they were taken`,
      );
    for (const [index, dump] of dumps.entries())
      add(
        { kind: 'goroutine-dump', name: `${log.name}#dump-${fromEnd}.${index}`, atMs: dump.atMs, incarnation: fromEnd },
        dump.text,
      );
    endMs = Math.min(startMs, dumps[0]?.atMs ?? startMs) - 1000;
  }
  const [only] = logs;
  if (runs.length === 0 && only?.evidence.lastTraceback !== undefined)
    add(
      { kind: 'goroutine-dump', name: `${only.name}#traceback`, atMs: Math.round(only.modifiedMs), incarnation: 0 },
      only.evidence.lastTraceback.text,
    );
  return { artefacts, messages };
}

interface PlacedRun {
  readonly run: LogRun;
  readonly log: ReadLog;
}

/** Rotated logs cut runs in pieces: cycles that are counted on belong to the run of the file before. */
function joinedRuns(logs: readonly ReadLog[]): readonly PlacedRun[] {
  const joined: PlacedRun[] = [];
  for (const log of logs) {
    for (const run of log.evidence.runs) {
      const before = joined.at(-1);
      if (before !== undefined && before.log !== log && goesOn(before.run, run))
        joined[joined.length - 1] = { log, run: join(before.run, run) };
      else joined.push({ run, log });
    }
  }
  return joined;
}

function goesOn(before: LogRun, run: LogRun): boolean {
  if (before.crashes.length > 0 || before.lastCycle === undefined || run.firstCycle === undefined) return false;
  return run.firstCycle.number > before.lastCycle.number && run.firstCycle.atSeconds >= before.lastCycle.atSeconds;
}

function join(a: LogRun, b: LogRun): LogRun {
  const starts = [a.startMs, b.startMs].filter((ms) => ms !== undefined);
  return {
    trace: a.trace + b.trace,
    cycles: a.cycles + b.cycles,
    firstCycle: a.firstCycle,
    lastCycle: b.lastCycle,
    startMs: starts.length === 0 ? undefined : Math.min(...starts),
    dumps: [...a.dumps, ...b.dumps],
    crashes: b.crashes,
  };
}

/** By one clock for all of them: stamps, or the time since the start. Without any, only the last one says anything. */
function datedDumps(run: LogRun, startMs: number, endMs: number): readonly { atMs: number; text: string }[] {
  const stamped = run.dumps.every((dump) => dump.atMs !== undefined);
  const counted = run.dumps.every((dump) => dump.sinceStartMs !== undefined);
  const timeOf = (dump: LogDump): number | undefined =>
    stamped ? dump.atMs : counted ? startMs + dump.sinceStartMs! : undefined;
  const dated: { atMs: number; text: string }[] = [];
  for (const dump of run.dumps) {
    const atMs = Math.round(timeOf(dump) ?? endMs);
    // Two of one moment: the later one replaces the earlier.
    if (dated.at(-1)?.atMs === atMs) dated.pop();
    dated.push({ atMs, text: dump.text });
  }
  return dated;
}

function* messagesOf(logs: readonly ReadLog[], runs: readonly PlacedRun[]): Iterable<string> {
  const cycles = runs.reduce((sum, { run }) => sum + run.cycles, 0);
  const dumps = runs.reduce((sum, { run }) => sum + run.dumps.length, 0);
  const singles = logs.reduce((sum, { evidence }) => sum + evidence.singleTracebacks, 0);
  const names = logs.length === 1 ? logs[0]!.name : `${logs.length} logs`;
  yield `${names}: ${counted(cycles, 'garbage collection')} traced, ${counted(dumps, 'goroutine dump')}, ${counted(runs.length, 'start')} of the program`;
  for (const { evidence } of logs) yield* evidence.warnings;
  for (const { run } of runs.slice(-5)) for (const crash of run.crashes) yield crashText(crash);
  if (dumps > 0 && runs.every(({ run }) => run.dumps.length < 2)) yield oneDump;
  if (singles > 0)
    yield `${counted(singles, 'traceback')} of a single goroutine (panics) ${dumps + cycles > 0 ? 'passed over' : 'found'}: they do not say what piles up`;
  if (cycles > 0 && dumps === 0)
    yield 'a GC trace shows how the live heap moves, not which lines allocate it: heap profiles (/debug/pprof/heap) do';
}

/** What to know of a single dump. */
export const oneDump =
  'one goroutine dump cannot show growth; a second one of the same start, minutes later, can (SIGQUIT ends the program: save /debug/pprof/goroutine?debug=2, or let it call runtime.Stack)';

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

function crashText(crash: GoCrash): string {
  const why: Readonly<Record<GoCrash['kind'], string>> = {
    'out-of-memory': `the system refused it memory${crash.inUseBytes === undefined ? '' : ` with ${formatBytes(crash.inUseBytes)} of heap in use`}`,
    'stack-overflow': 'one goroutine recursed without end',
    'thread-exhaustion': 'calls into the system or C do not return, each on a thread of its own',
    'cannot-create-thread':
      crash.errno === 11
        ? 'the limit of processes (ulimit -u, pids cgroup) is reached: threads pile up'
        : 'the system had no memory for another thread',
    deadlock: 'no goroutine can go on',
    sigquit: 'somebody sent it SIGQUIT',
    'other-fatal': 'a fatal error of the runtime',
  };
  return `the program ended: ${why[crash.kind]} (${crash.message})`;
}

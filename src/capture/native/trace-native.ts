// One native trace of a process: looks at what it is, chooses the best probe that this machine, the target and the cost
// allow, runs it, and meanwhile samples how much native memory there is. Falls back from counting every allocation to page
// faults to sizes alone, and says so each time.
import { cpus } from 'node:os';
import { CaptureError } from '../../base/errors.ts';
import { decodeNativeTrace } from '../../decode/native-trace/decode-native-trace.ts';
import type { NativeMemorySample, NativeProbe, NativeSiteNames, NativeTrace } from '../../model/native.ts';
import { noSuchProcess, processStartMs } from '../read-process.ts';
import { decodeRates, estimateCost, mostCoreShare, type NativeCost } from './estimate-cost.ts';
import { type Allocator, type CgoEntry, findAllocator, findCgoEntry, usesCgo } from './find-allocator.ts';
import { mallocScript, pageFaultScript, rateScript, type ScriptFacts, tickSecondsOf } from './native-script.ts';
import { kernelPid, type Preflight, preflight, sharesMounts, type Tracer } from './preflight.ts';
import { type Mapping, readMappings, sampleNativeMemory } from './process-maps.ts';
import { type Binaries, openBinaries } from './read-binaries.ts';
import { type BpftraceRun, runBpftrace } from './run-bpftrace.ts';
import { nameSites } from './symbolise-native.ts';

export interface NativeOptions {
  readonly seconds: number;
  /** Trace every allocation, whatever it costs the target. */
  readonly yes: boolean;
  /** How the user would call this again, for advice. */
  readonly command: string;
  /** PATH. */
  readonly searchPath: string;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly note: (message: string) => void;
}

export interface NativeCapture {
  readonly probe: NativeProbe;
  /** undefined when only sizes could be had. */
  readonly trace: NativeTrace | undefined;
  /** One for each site of the trace. */
  readonly names: readonly NativeSiteNames[];
  readonly memory: readonly NativeMemorySample[];
  readonly cost: NativeCost | undefined;
  readonly allocator: Pick<Allocator, 'kind' | 'object'> | undefined;
  readonly goVersion: string | undefined;
  /** false: a program without C, whose native memory can only be mappings of its own. */
  readonly usesCgo: boolean | undefined;
  readonly tracer: string | undefined;
  readonly warnings: readonly string[];
}

interface Session {
  readonly pid: number;
  readonly options: NativeOptions;
  readonly tracer: Tracer;
  readonly byOffset: boolean;
  readonly onlyThisProcess: boolean;
  readonly facts: ScriptFacts;
  readonly warnings: string[];
}

const attachMs = 45_000;
const grownBytes = 1 << 20;

/** Throws CaptureError when the process is gone, or rights are missing. */
export async function traceNative(pid: number, options: NativeOptions): Promise<NativeCapture> {
  const allowed = await preflight(pid, options.command, options.searchPath, options.signal);
  const startedAt = await processStartMs(pid);
  const mappings = await mappingsOf(pid, options.command);
  const binaries = await openBinaries(pid, mappings);
  try {
    const capture = await traceOpened(pid, options, allowed, binaries, mappings);
    const survived = (await processStartMs(pid)) === startedAt;
    return survived ? capture : { ...capture, warnings: [...capture.warnings, `pid ${pid} ended while it was traced`] };
  } finally {
    await binaries.close();
  }
}

async function traceOpened(
  pid: number,
  options: NativeOptions,
  allowed: Preflight,
  binaries: Binaries,
  mappings: readonly Mapping[],
): Promise<NativeCapture> {
  const warnings = [...allowed.gaps, ...binaries.gaps];
  const { tracer } = allowed;
  const allocator = await findAllocator(binaries, mappings, tracer?.canProbeInside === true);
  const entry = findCgoEntry(binaries);
  const cgo = usesCgo(binaries);
  const inner = await kernelPid(pid);
  if (tracer !== undefined && inner === undefined) {
    warnings.push('pids of this container are not those of the kernel: run on the host, or with --pid=host');
  }
  const noC = cgo === false && allocator === undefined;
  if (noC) warnings.push('a Go program without C: nothing calls malloc; only mappings of its own can grow');
  const session =
    tracer === undefined || inner === undefined || noC
      ? undefined
      : await openSession(pid, options, tracer, binaries, allocator, entry, warnings);
  const cost = session === undefined ? undefined : await measureCost(session, allocator);
  const memory: NativeMemorySample[] = [];
  const taken = await sampling(pid, options, memory, () =>
    session === undefined ? waitFor(options) : runProbes(session, allocator, cost, memory),
  );
  const trace = taken?.trace;
  if (trace !== undefined) warnings.push(...trace.warnings);
  if ((trace?.lostBlocks ?? 0) > 0) {
    warnings.push(`${trace!.lostBlocks} blocks found no room in the kernel's table; figures are lower bounds`);
  }
  const later = await readMappings(pid).catch(() => [] as readonly Mapping[]);
  const atEnd = later.length > 0 ? later : mappings;
  return {
    probe: trace?.probe ?? 'smaps',
    trace,
    names: trace === undefined ? [] : await nameSites(trace.sites, binaries, atEnd, allocator?.object),
    memory,
    cost,
    allocator: allocator === undefined ? undefined : { kind: allocator.kind, object: allocator.object },
    goVersion: binaries.goVersion,
    usesCgo: cgo,
    tracer: tracer === undefined ? undefined : `bpftrace ${tracer.version}`,
    warnings,
  };
}

async function mappingsOf(pid: number, command: string): Promise<readonly Mapping[]> {
  try {
    const mappings = await readMappings(pid);
    if (mappings.length === 0) throw noSuchProcess(pid);
    return mappings;
  } catch (cause) {
    if (cause instanceof CaptureError) throw cause;
    throw new CaptureError('E-NATIVE-RIGHTS', `the mappings of pid ${pid} may not be read`, {
      advice: `Run: sudo ${command}`,
      cause,
    });
  }
}

async function openSession(
  pid: number,
  options: NativeOptions,
  tracer: Tracer,
  binaries: Binaries,
  allocator: Allocator | undefined,
  entry: CgoEntry | undefined,
  warnings: string[],
): Promise<Session | undefined> {
  if (binaries.exe.elf.machine === 'other') {
    warnings.push('only amd64 and arm64 programs can be traced');
    return undefined;
  }
  if (entry === undefined) warnings.push('the entry from Go into C was not found: sites have no Go callers');
  return {
    pid,
    options,
    tracer,
    byOffset: entry?.byOffset === true,
    onlyThisProcess: tracer.perProcess && (await sharesMounts(pid)),
    facts: {
      pid,
      functions: allocator?.functions ?? new Map(),
      cgocall: entry?.place,
      machine: binaries.exe.elf.machine,
      seconds: options.seconds,
      pageBytes: 4096,
    },
    warnings,
  };
}

function run(session: Session, script: string, seconds: number): Promise<BpftraceRun> {
  const { tracer, byOffset, onlyThisProcess, pid, options } = session;
  return runBpftrace({
    path: tracer.path,
    args: [...(byOffset ? ['--unsafe'] : []), ...(onlyThisProcess ? ['-p', String(pid)] : [])],
    script,
    limitMs: seconds * 1000 + attachMs,
    signal: options.signal,
    // Counters are kept once a processor, so many processors need smaller tables.
    mapKeys: cpus().length > 32 ? 32_768 : 131_072,
  });
}

async function measureCost(session: Session, allocator: Allocator | undefined): Promise<NativeCost | undefined> {
  const { facts, options, warnings } = session;
  if (allocator === undefined && facts.cgocall === undefined) return undefined;
  options.note(`counting allocations of pid ${session.pid} for a second`);
  const counted = await run(session, rateScript(facts), 2);
  const rates = decodeRates(counted.text);
  if (rates === undefined) {
    if (!options.signal.aborted) warnings.push(`the cost could not be estimated: ${complaintOf(counted)}`);
    return undefined;
  }
  return estimateCost(rates, allocator?.cheapFree === true);
}

const complaintOf = (failed: BpftraceRun): string =>
  failed.complaints[0] ??
  (failed.timedOut ? 'bpftrace did not answer in time' : `bpftrace ended with ${failed.exitCode}`);

interface Taken {
  readonly trace: NativeTrace;
}

/** The best probe that works. */
async function runProbes(
  session: Session,
  allocator: Allocator | undefined,
  cost: NativeCost | undefined,
  memory: readonly NativeMemorySample[],
): Promise<Taken | undefined> {
  const { warnings, options } = session;
  const grew = (): boolean => memory.length > 1 && memory.at(-1)!.nativeBytes - memory[0]!.nativeBytes > grownBytes;
  if (allocator === undefined) {
    warnings.push('no allocator with symbols (static and stripped?): page faults are traced instead of malloc');
  } else if (tooDear(cost) && !options.yes) {
    warnings.push(
      `${dearText(cost!)}: page faults are traced instead; to trace every allocation: ${options.command} --yes`,
    );
  } else if (cost === undefined && !options.yes) {
    warnings.push('without an estimate of the cost, page faults are traced instead of malloc');
  } else {
    const trace = await attempt(session, 'malloc');
    if (trace !== undefined && (trace.hits.allocations > 0 || options.signal.aborted || !grew())) return { trace };
    if (trace !== undefined) {
      warnings.push(
        `malloc of ${allocator.object} was never called, yet native memory grew: it is not the allocator in use; page faults are traced instead`,
      );
    }
  }
  if (options.signal.aborted) return undefined;
  const trace = await attempt(session, 'page-faults');
  return trace === undefined ? undefined : { trace };
}

async function attempt(session: Session, probe: 'malloc' | 'page-faults'): Promise<NativeTrace | undefined> {
  const { options, warnings, facts } = session;
  options.note(
    `tracing ${probe === 'malloc' ? 'allocations' : 'page faults'} of pid ${session.pid} for ${options.seconds} s`,
  );
  // Entering C may be dearer than what is to be learnt from it.
  const script = probe === 'malloc' ? mallocScript(facts) : pageFaultScript(facts);
  const done = await run(session, script, options.seconds + tickSecondsOf(options.seconds));
  if (/^on \d+$/m.test(done.text)) return decodeNativeTrace(done.text);
  if (!options.signal.aborted) warnings.push(`${probe} could not be traced: ${complaintOf(done)}`);
  return undefined;
}

export const tooDear = (cost: NativeCost | undefined): boolean =>
  cost !== undefined && (cost.targetCoreShare > mostCoreShare || cost.otherCoreShare > mostCoreShare);

function dearText(cost: NativeCost): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return cost.targetCoreShare > mostCoreShare
    ? `tracing ${Math.round(cost.mallocsPerSecond)} allocations a second would take about ${percent(cost.targetCoreShare)} of a core from the target`
    : `this bpftrace stops every process that shares the library; it would take about ${percent(cost.otherCoreShare)} of a core from others`;
}

/** Samples memory while `work` runs, once a tick, and once at its end. */
async function sampling<T>(
  pid: number,
  options: NativeOptions,
  memory: NativeMemorySample[],
  work: () => Promise<T>,
): Promise<T> {
  const take = async (): Promise<void> => {
    const sample = await sampleNativeMemory(pid, options.nowMs());
    if (sample !== undefined && sample.atMs > (memory.at(-1)?.atMs ?? -1)) memory.push(sample);
  };
  await take();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void take().finally(() => {
      busy = false;
    });
  }, tickSecondsOf(options.seconds) * 1000);
  try {
    return await work();
  } finally {
    clearInterval(timer);
    await take();
  }
}

function waitFor({ seconds, signal, note }: NativeOptions): Promise<undefined> {
  note(`watching sizes for ${seconds} s`);
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve(undefined);
    };
    const timer = setTimeout(finish, seconds * 1000);
    signal.addEventListener('abort', finish, { once: true });
    if (signal.aborted) finish();
  });
}

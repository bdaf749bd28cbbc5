// Chooses the best probe that the target, the tools and the cost allow, and runs it; falls back step by step, and says why:
// every allocation by bpftrace, then by memleak, then page faults; mappings alone for a program without C.
import { formatCount } from '../../base/format-count.ts';
import { decodeNativeTrace } from '../../decode/native-trace/decode-native-trace.ts';
import type { NativeTrace } from '../../model/native.ts';
import { decodeRates, estimateCost, mostCoreShare, type NativeCost, slowdownOf } from './estimate-cost.ts';
import type { Allocator } from './find-allocator.ts';
import { type Memleak, mapKeys, runBpftrace, type Tracer } from './find-tracers.ts';
import { mallocScript, mappingsScript, pageFaultScript, rateScript, tickSecondsOf } from './native-script.ts';
import { runMemleak } from './run-memleak.ts';
import type { TracerRun } from './run-tracer.ts';
import type { ScriptFacts } from './script-parts.ts';

export interface ProbeSession {
  readonly pid: number;
  readonly seconds: number;
  /** Trace every allocation, whatever it costs the target. */
  readonly yes: boolean;
  /** Asks the user; undefined when there is nobody to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly note: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly tracer: Tracer | undefined;
  readonly memleak: Memleak | undefined;
  readonly allocator: Allocator | undefined;
  /** A function of Go is probed by offset: bpftrace asks for --unsafe. */
  readonly byOffset: boolean;
  readonly onlyThisProcess: boolean;
  readonly usesC: boolean;
  readonly facts: ScriptFacts;
  /** Whether native memory grew since the start, by its sizes. */
  readonly grew: () => boolean;
}

export interface ProbeResult {
  readonly trace: NativeTrace | undefined;
  readonly cost: NativeCost | undefined;
}

const attachMs = 45_000;
const none: ProbeResult = { trace: undefined, cost: undefined };

export async function runProbes(session: ProbeSession): Promise<ProbeResult> {
  const { tracer, memleak, allocator, facts, signal } = session;
  if (!session.usesC) {
    return tracer === undefined || !facts.canTraceCalls ? none : { ...none, trace: await attempt(session, 'mappings') };
  }
  if (tracer === undefined) {
    const mayUse = memleak !== undefined && allocator !== undefined && (await allowsUnknownCost(session));
    return mayUse ? { ...none, trace: await attemptMemleak(session) } : none;
  }
  const cost = await measureCost(session);
  if (signal.aborted) return { trace: undefined, cost };
  if (allocator === undefined) {
    session.warn('no allocator with symbols (static and stripped?): page faults are traced instead of malloc');
  } else if (await accepts(session, cost)) {
    const trace = await attempt(session, 'malloc');
    const silent = trace?.hits.allocations === 0;
    if (trace !== undefined && (!silent || signal.aborted || !session.grew())) return { trace, cost };
    if (silent) {
      session.warn(
        `nothing was allocated through the malloc of ${allocator.object}, yet native memory grew: it is not the allocator in use; page faults are traced instead`,
      );
    } else if (memleak !== undefined && !signal.aborted) {
      const second = await attemptMemleak(session);
      if (second !== undefined) return { trace: second, cost };
    }
  } else if (
    memleak !== undefined &&
    cost !== undefined &&
    !tooDear(estimateCost({ ...cost, otherMallocsPerSecond: 0 }, false))
  ) {
    session.warn(`memleak is used, which stops this process only`);
    const trace = await attemptMemleak(session);
    if (trace !== undefined) return { trace, cost };
  }
  if (signal.aborted) return { trace: undefined, cost };
  const afforded = affordable(session, cost);
  return { ...afforded, trace: await attempt(afforded.session, 'page-faults') };
}

/** Entering C may happen too often to look at each time; then Go callers are given up, and cost nothing. */
function affordable(session: ProbeSession, cost: NativeCost | undefined): { session: ProbeSession; cost: typeof cost } {
  if (session.yes || cost === undefined || cost.pageFaultCoreShare <= mostCoreShare) return { session, cost };
  session.warn(
    `C is called ${formatCount(cost.cgocallsPerSecond)} times a second; calls are not looked at, so Go callers are known only where C code keeps frame pointers (--yes looks at them)`,
  );
  return {
    session: { ...session, facts: { ...session.facts, cgocall: undefined } },
    cost: { ...cost, pageFaultCoreShare: 0 },
  };
}

function run(session: ProbeSession, script: string, seconds: number): Promise<TracerRun> {
  const { tracer, byOffset, onlyThisProcess, pid, signal } = session;
  const args = [...(byOffset ? ['--unsafe'] : []), ...(onlyThisProcess ? ['-p', String(pid)] : [])];
  return runBpftrace(tracer!, args, script, seconds * 1000 + attachMs, signal);
}

async function measureCost(session: ProbeSession): Promise<NativeCost | undefined> {
  const { facts, allocator, signal } = session;
  if (allocator === undefined && facts.cgocall === undefined) return undefined;
  session.note(`counting allocations of pid ${session.pid} for a second`);
  const counted = await run(session, rateScript(facts), 2);
  const rates = decodeRates(counted.text);
  if (rates === undefined) {
    if (!signal.aborted) session.warn(`the cost could not be estimated: ${complaintOf(counted)}`);
    return undefined;
  }
  return estimateCost(rates, allocator?.cheapFree === true);
}

const complaintOf = (failed: TracerRun): string =>
  failed.complaints[0] ??
  (failed.timedOut ? 'bpftrace did not answer in time' : `bpftrace ended with ${failed.exitCode}`);

const tooDear = (cost: NativeCost): boolean =>
  cost.targetCoreShare > mostCoreShare || cost.otherCoreShare > mostCoreShare;

/** Whether every allocation may be traced: it is cheap, or the user wants it all the same. */
async function accepts(session: ProbeSession, cost: NativeCost | undefined): Promise<boolean> {
  if (session.yes || (cost !== undefined && !tooDear(cost))) return true;
  const text = cost === undefined ? 'the cost of tracing every allocation is not known' : dearText(cost);
  if (await session.confirm?.(`${text}. Trace every allocation all the same?`)) return true;
  session.warn(`${text}: allocations are not traced one by one; to do so: ${session.command} --yes`);
  return false;
}

async function allowsUnknownCost(session: ProbeSession): Promise<boolean> {
  if (session.yes) return true;
  const text =
    'memleak could be used; it may slow a program that allocates much down to a tenth, and how much is not known beforehand';
  if (await session.confirm?.(`${text}. Use it?`)) return true;
  session.warn(`${text}; to use it: ${session.command} --yes`);
  return false;
}

function dearText(cost: NativeCost): string {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return cost.targetCoreShare > mostCoreShare
    ? `tracing ${formatCount(cost.mallocsPerSecond)} allocations a second would take about ${percent(cost.targetCoreShare)} of a core from the target (up to ${slowdownOf(cost.targetCoreShare).toFixed(1)} times slower when it is busy)`
    : `this bpftrace stops every process that shares the library; it would take about ${percent(cost.otherCoreShare)} of a core from others`;
}

const scripts = { malloc: mallocScript, 'page-faults': pageFaultScript, mappings: mappingsScript };
const words = { malloc: 'allocations', 'page-faults': 'page faults', mappings: 'mappings' };

async function attempt(session: ProbeSession, probe: keyof typeof scripts): Promise<NativeTrace | undefined> {
  const { seconds, facts, signal, pid } = session;
  session.note(`tracing ${words[probe]} of pid ${pid} for ${seconds} s`);
  const done = await run(session, scripts[probe](facts), seconds + tickSecondsOf(seconds));
  if (/^on \d+$/m.test(done.text)) return decodeNativeTrace(done.text, mapKeys());
  if (!signal.aborted) session.warn(`${words[probe]} could not be traced: ${complaintOf(done)}`);
  return undefined;
}

async function attemptMemleak(session: ProbeSession): Promise<NativeTrace | undefined> {
  const { memleak, allocator, pid, seconds, signal } = session;
  const objectPath = allocator?.functions.get('malloc')?.path;
  if (memleak === undefined || objectPath === undefined) return undefined;
  const tickSeconds = tickSecondsOf(seconds);
  session.note(`tracing allocations of pid ${pid} with memleak for ${seconds} s`);
  const ticks = Math.ceil(seconds / tickSeconds);
  const trace = await runMemleak(memleak, { pid, objectPath, tickSeconds, ticks, signal });
  if (typeof trace !== 'string') {
    session.warn('memleak gives no Go caller for C.CString, C.CBytes, C.malloc and most C libraries, and no releases');
    return trace;
  }
  if (!signal.aborted) session.warn(`memleak could not be used: ${trace}`);
  return undefined;
}

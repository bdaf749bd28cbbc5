// One look of the recorder at a target that answers: cheap figures always, then whatever is due. Throws CaptureError when the
// target is gone.
import { CaptureError, KnownError } from '../base/errors.ts';
import type { TargetConnection } from '../capture/connect-target.ts';
import type { PprofClient } from '../capture/pprof-client.ts';
import { lostCodes } from '../capture/take-capture.ts';
import { type TargetMetrics, takeProcessMetrics, takeRuntimeMetrics } from '../capture/take-metrics.ts';
import type { Artefact } from '../model/artefact.ts';
import type { JudgeMoment } from './judge-recording.ts';
import { lastWordsPlan, passedThresholds } from './last-words.ts';
import { analysisIntervalMs, profileIntervalMs, runtimeIntervalMs, walkIsDue } from './pace.ts';
import { costOf, mayKeep, observe, type Session, saveResume, startMark, statusOf, tell } from './session.ts';
import { listenTo } from './silence.ts';
import type { Evidence, EvidenceWishes } from './take-evidence.ts';
import { somethingGrows, watched } from './target-start.ts';
import { withinTime } from './within-time.ts';

const lookAtGrowthMs = 15_000;

export const isLost = (error: KnownError): boolean =>
  error instanceof CaptureError && (lostCodes.has(error.code) || error.code === 'E-CAPTURE-NO-PROCESS');

export async function takeStep(session: Session, connection: TargetConnection): Promise<void> {
  const { options, judge } = session;
  const { pace, clock } = options;
  await hearAgain(session);
  await takeFigures(session, connection);
  const steadyMs = clock.monotonicMs();
  if (steadyMs - session.lastFiguresMs >= Math.min(lookAtGrowthMs, 3 * pace.metricsMs)) {
    session.lastFiguresMs = steadyMs;
    session.start.growing = somethingGrows(session.start);
    session.limit = session.start.figures.nearestLimit(session.stamps.nowMs());
  }
  await takeLastWords(session, connection);
  if (steadyMs >= profileDueMs(session)) await takeProfiles(session, connection, regularWishes(session));
  await takeSlow(session, connection, steadyMs);
  const interval = analysisIntervalMs(pace, judge.cost().lastMs, judge.unchanged());
  const isDue = session.profiles > session.profilesJudged && steadyMs - session.lastAnalysisMs >= interval;
  if (isDue && !judge.isBusy()) await beginAnalysis(session);
}

/** As usual, unless the target is short of memory: then what last words would ask for. */
function regularWishes(session: Session): EvidenceWishes {
  const { freeBytes, usedShare } = limitFacts(session);
  const { profiles } = lastWordsPlan(freeBytes, false);
  return { full: false, profiles, ...((usedShare ?? 0) < closeShare ? {} : { gentleUpTo: 0 }) };
}

/** Walks and traces: nothing of it is begun in the last seconds, which are for looks. */
async function takeSlow(session: Session, connection: TargetConnection, steadyMs: number): Promise<void> {
  if (isHurried(session)) return;
  const { start, options } = session;
  const { pace } = options;
  const sinceLastMs = start.lastWalkMs === undefined ? undefined : steadyMs - start.lastWalkMs;
  if (walkIsDue(pace, { ...start, sinceLastMs, lastPauseMs: start.walkPauseMs })) await takeWalk(session, connection);
  if (connection.process !== undefined && start.growing && !options.plan.gentle)
    session.beside.traceIfWorth(connection.process.pid, start, pace, steadyMs, () =>
      options.store.loadCase(session.writer.id, { capturesPerIncarnation: 12 }),
    );
}

function profileDueMs(session: Session): number {
  const { start, judge, options } = session;
  if (start.lastProfileMs === undefined) return 0;
  const decided = judge.latest()?.verdict === 'leak';
  const { forecastMs } = limitFacts(session);
  return start.lastProfileMs + profileIntervalMs(options.pace, { ...start, decided, forecastMs });
}

/** Of the machine's memory, what others take is no reason to question this target. */
const leastShareOfHost = 0.25;

/** How full the nearest limit is, and the earliest end by a significant growth. */
export function limitFacts({ limit, stamps, start }: Session): {
  readonly usedShare: number | undefined;
  readonly freeBytes: number | undefined;
  readonly forecastMs: number | undefined;
} {
  const used = limit?.limit.usedBytes;
  const own = start.figures.latest('rss-anon') ?? 0;
  const ofOthers = limit?.limit.kind === 'host' && own < leastShareOfHost * limit.limit.limitBytes;
  return {
    usedShare: limit === undefined || used === undefined || ofOthers ? undefined : used / limit.limit.limitBytes,
    freeBytes: limit?.freeBytes,
    forecastMs: limit?.earliestMs === undefined ? undefined : Math.max(0, limit.earliestMs - stamps.nowMs()),
  };
}

/** Looks at the process must not wait for a runtime that hangs, as one that is short of memory may. */
const mostRuntimeMs = 10_000;
const mostProfilesMs = 60_000;

/** It does not answer: it is asked for nothing until it does. */
async function fallSilent(session: Session, client: PprofClient, sinceMs: number): Promise<void> {
  const { options, start } = session;
  start.silence ??= listenTo(client, options.clock, sinceMs, options.signal);
  const meanwhile = session.connection?.process === undefined ? '' : '; the sizes of its process are recorded on';
  await tell(session, 'note', `the target does not answer${meanwhile}`);
}

/** Throws CaptureError when it is gone. */
async function hearAgain(session: Session): Promise<void> {
  const { start } = session;
  const { silence } = start;
  if (silence?.heard === undefined) return;
  start.silence = undefined;
  const { atMs, lost } = silence.heard;
  if (lost !== undefined) throw lost;
  // One that answers this at once is slow: what it was asked for is as dear as it was.
  if (atMs - silence.askedMs < hungMs) return;
  await tell(session, 'note', `the target answers again, after ${Math.round((atMs - silence.sinceMs) / 1000)} s`);
  Object.assign(start, { runtimeCostMs: 0, lastRuntimeMs: undefined, profileCostMs: 0 });
}

/** What is longer is a wait for it, no slow answer. */
const hungMs = 1000;

/** Looks at the process go on while something is waited for that may take long. */
async function lookingOn<T>(session: Session, connection: TargetConnection, work: Promise<T>): Promise<T> {
  const { clock, pace, onStatus } = session.options;
  const over = new AbortController();
  const look = async (): Promise<unknown> => {
    try {
      for (;;) {
        await clock.wait(Math.max(leastBetweenLooksMs, pace.metricsMs), over.signal);
        if (over.signal.aborted || connection.process === undefined) return undefined;
        await keepFigures(session, await takeProcessMetrics(connection.process), undefined);
        onStatus(statusOf(session));
      }
    } catch (error) {
      // That the process has ended is seen by the next step.
      return error instanceof CaptureError ? undefined : error;
    }
  };
  const looks = look();
  try {
    return await work;
  } finally {
    over.abort();
    const failure = await looks;
    if (failure !== undefined) await Promise.reject(failure);
  }
}

const leastBetweenLooksMs = 250;

/** Undefined when it does not tell: a route that is not served, or too slow. Throws CaptureError when it is gone. */
async function askRuntime(session: Session, client: PprofClient): Promise<TargetMetrics | undefined> {
  const { signal, clock } = session.options;
  const startedMs = clock.monotonicMs();
  return withinTime(signal, mostRuntimeMs, async (bounded, isLate) => {
    try {
      return await takeRuntimeMetrics(client, bounded);
    } catch (error) {
      if (!(error instanceof KnownError) || signal.aborted || (isLost(error) && !isLate())) throw error;
      if (isLate() || error.code === 'E-CAPTURE-TIMEOUT') await fallSilent(session, client, startedMs);
      else await tell(session, 'note', `the figures of the runtime cannot be had: ${error.message}`);
      return undefined;
    }
  });
}

async function takeFigures(session: Session, connection: TargetConnection): Promise<void> {
  const { options } = session;
  const { clock, pace } = options;
  const { client, process } = connection;
  let told = await takeProcessMetrics(process);
  const steadyMs = clock.monotonicMs();
  const { lastRuntimeMs, runtimeCostMs, silence } = session.start;
  // A millisecond of slack: waits end early by a fraction.
  const isDue = lastRuntimeMs === undefined || steadyMs - lastRuntimeMs >= runtimeIntervalMs(pace, runtimeCostMs) - 1;
  let runtime: TargetMetrics | undefined;
  if (client !== undefined && isDue && silence === undefined) {
    runtime = await lookingOn(session, connection, askRuntime(session, client));
    const totals = runtime?.totals ?? {};
    await observe(session, { marks: startMark(process?.startedAtMs), totals, allocated: undefined });
    const { start } = session;
    start.lastRuntimeMs = steadyMs;
    start.runtimeCostMs = clock.monotonicMs() - steadyMs;
    start.totals = { ...start.totals, ...totals };
    // What was read before a long wait is old.
    if (start.runtimeCostMs >= pace.metricsMs) told = await takeProcessMetrics(process);
  }
  await keepFigures(session, told, runtime);
}

/** As one look at this moment. */
async function keepFigures(
  session: Session,
  told: TargetMetrics | undefined,
  runtime: TargetMetrics | undefined,
): Promise<void> {
  const { stamps, keeper } = session;
  const quantities = new Map([...(told?.quantities ?? []), ...(runtime?.quantities ?? [])]);
  const nearest = told?.limits.find(({ name }) => name === session.limit?.limit.name);
  if (nearest !== undefined) {
    quantities.set('limit', nearest.limitBytes);
    if (nearest.usedBytes !== undefined && nearest.kind === 'cgroup') quantities.set('cgroup-use', nearest.usedBytes);
    // Thresholds are judged by what is used now, whatever the last look at growth said.
    if (session.limit !== undefined && nearest.usedBytes !== undefined)
      session.limit = {
        ...session.limit,
        limit: nearest,
        freeBytes: Math.max(0, nearest.limitBytes - nearest.usedBytes),
      };
  }
  if (quantities.size === 0) return;
  const atMs = stamps.nowMs();
  const { figures, incarnation } = session.start;
  figures.add(atMs, quantities, told?.limits ?? []);
  if (await keeper.append({ atMs, incarnation, artefacts: [], metrics: quantities })) session.captures += 1;
}

/** Profiles and what goes with them, as one capture. A failure that is not the end of the target is a note. */
export async function takeProfiles(
  session: Session,
  connection: TargetConnection,
  wishes: EvidenceWishes,
  until = session.options.signal,
): Promise<void> {
  const { options, keeper, stamps } = session;
  if (!mayKeep(session) && !(wishes.full && keeper.fullSinceMs() === undefined)) return;
  const startedMs = options.clock.monotonicMs();
  const { client } = connection;
  // Of one that does not answer, what the kernel tells.
  const profiles = wishes.profiles && session.start.silence === undefined;
  const work = withinTime(until, mostProfilesMs, async (bounded, isLate): Promise<Evidence | undefined> => {
    try {
      const taken = await session.start.takeEvidence(connection, keeper.next(), { ...wishes, profiles }, bounded);
      if (isLate() && client !== undefined) await fallSilent(session, client, startedMs);
      return isLate() ? { ...taken, lost: undefined } : taken;
    } catch (error) {
      if (!(error instanceof KnownError) || until.aborted || (isLost(error) && !isLate())) throw error;
      session.start.lastProfileMs = startedMs;
      session.start.profileCostMs = options.clock.monotonicMs() - startedMs;
      const why = isLate() ? `it took more than ${mostProfilesMs / 1000} s` : error.message;
      await tell(session, 'note', `a capture failed: ${why}`);
      if ((isLate() || error.code === 'E-CAPTURE-TIMEOUT') && client !== undefined)
        await fallSilent(session, client, startedMs);
      return undefined;
    }
  });
  const evidence = await lookingOn(session, connection, work);
  if (evidence === undefined) return;
  const artefacts: Artefact[] = [];
  for (const { artefact, identity } of evidence.taken) {
    if (identity.allocated !== undefined || Object.keys(identity.totals).length > 0) await observe(session, identity);
    artefacts.push({ ...artefact, incarnation: session.start.incarnation });
  }
  const metrics = new Map<string, number>();
  if (evidence.liveHeapBytes !== undefined) metrics.set('heap-live', evidence.liveHeapBytes);
  if (evidence.goroutines !== undefined) metrics.set('goroutines', evidence.goroutines);
  const atMs = stamps.nowMs();
  const { start } = session;
  start.figures.add(atMs, metrics, []);
  start.lastIntervalMs = start.lastProfileMs === undefined ? undefined : startedMs - start.lastProfileMs;
  start.lastProfileMs = startedMs;
  start.profileCostMs = evidence.costMs;
  session.pausedMs += evidence.pausedMs;
  for (const message of evidence.notes) await tell(session, 'note', message);
  const { incarnation } = start;
  const { heap } = evidence;
  if (artefacts.length > 0 && (await keeper.append({ atMs, incarnation, artefacts, metrics, heap }))) {
    session.captures += 1;
    session.profiles += 1;
    start.profiles += 1;
  }
  await saveResume(session);
  if (evidence.lost !== undefined) throw evidence.lost;
}

/** What is taken before the end: once a threshold, and by what room there is. */
async function takeLastWords(session: Session, connection: TargetConnection): Promise<void> {
  const { limit, start, beside } = session;
  const facts = limitFacts(session);
  const passed = passedThresholds(facts, start.passed);
  if (limit === undefined || passed.length === 0) return;
  for (const { key } of passed) start.passed.add(key);
  await tell(session, 'limit', `${limit.limit.name}: ${passed.map(({ text }) => text).join(', ')}`);
  const { process } = connection;
  const shares = process !== undefined && limit.limit.kind === 'cgroup' && (await beside.sharesCgroup(process.pid));
  const plan = lastWordsPlan(facts.freeBytes, shares);
  await takeProfiles(session, connection, { full: true, gentleUpTo: plan.dumpUpTo, profiles: plan.profiles });
  if (plan.walk && !isHurried(session)) await takeWalk(session, connection);
  await beginAnalysis(session);
}

const hurryMs = 20_000;
const closeShare = 0.85;

/** The end is so near that a look more tells more than a walk, which takes seconds of ours. */
const isHurried = (session: Session): boolean => (limitFacts(session).forecastMs ?? Number.POSITIVE_INFINITY) < hurryMs;

export async function takeWalk(session: Session, { process }: TargetConnection): Promise<void> {
  const { start, options, beside, keeper } = session;
  if (process === undefined || options.plan.gentle || !mayKeep(session)) return;
  start.lastWalkMs = options.clock.monotonicMs();
  start.walkPauseMs = await beside.walk(process.pid, { capture: keeper.next(), incarnation: start.incarnation });
  if (start.walkPauseMs > 0) start.walks += 1;
  session.pausedMs += start.walkPauseMs;
}

/** Does not wait for it: looks go on. */
async function beginAnalysis(session: Session): Promise<void> {
  const { target, writer, keeper, judge, options } = session;
  session.lastAnalysisMs = options.clock.monotonicMs();
  session.profilesJudged = session.profiles;
  await keeper.attempt(() => writer.saveFacts({ target, cost: costOf(session) }));
  judge.begin(momentOf(session));
}

/** A long calm before would hide what began an hour ago: captures are chosen evenly over the stretch. */
const recentMs = 3_600_000;

export function momentOf({ stamps, start, limit }: Session): JudgeMoment {
  const { incarnation, growing, figures } = start;
  const nowMs = stamps.nowMs();
  const fromMs = watched.some((name) => figures.growsRecently(name)) ? nowMs - recentMs : undefined;
  return { nowMs, incarnation, growing, limit, fromMs };
}

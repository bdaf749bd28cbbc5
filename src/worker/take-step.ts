// One look of the recorder at a target that answers: cheap figures always, then whatever is due. Throws CaptureError when the
// target is gone.
import { CaptureError, KnownError } from '../base/errors.ts';
import type { TargetConnection } from '../capture/connect-target.ts';
import { lostCodes } from '../capture/take-capture.ts';
import { takeProcessMetrics, takeRuntimeMetrics } from '../capture/take-metrics.ts';
import type { Artefact } from '../model/artefact.ts';
import { lastWordsPlan, passedThresholds } from './last-words.ts';
import { analysisIntervalMs, profileIntervalMs, runtimeIntervalMs, walkIsDue } from './pace.ts';
import { costOf, mayKeep, observe, type Session, saveResume, startMark, tell } from './session.ts';
import type { Evidence, EvidenceWishes } from './take-evidence.ts';
import { somethingGrows } from './target-start.ts';

const lookAtGrowthMs = 15_000;

export const isLost = (error: KnownError): boolean =>
  error instanceof CaptureError && (lostCodes.has(error.code) || error.code === 'E-CAPTURE-NO-PROCESS');

export async function takeStep(session: Session, connection: TargetConnection): Promise<void> {
  const { options, judge } = session;
  const { pace, clock } = options;
  await takeFigures(session, connection);
  const steadyMs = clock.monotonicMs();
  if (steadyMs - session.lastFiguresMs >= Math.min(lookAtGrowthMs, 3 * pace.metricsMs)) {
    session.lastFiguresMs = steadyMs;
    session.start.growing = somethingGrows(session.start);
    session.limit = session.start.figures.nearestLimit(session.stamps.nowMs());
  }
  await takeLastWords(session, connection);
  // Seconds before the end nothing is begun that takes them: what was recorded can be judged afterwards.
  if (isHurried(session)) return;
  if (steadyMs >= profileDueMs(session)) await takeProfiles(session, connection, { full: false, profiles: true });
  const { start } = session;
  const sinceLastMs = start.lastWalkMs === undefined ? undefined : steadyMs - start.lastWalkMs;
  if (walkIsDue(pace, { ...start, sinceLastMs, lastPauseMs: start.walkPauseMs })) await takeWalk(session, connection);
  if (connection.process !== undefined && start.growing && !options.plan.gentle)
    session.beside.traceIfWorth(connection.process.pid, start, pace, steadyMs, () =>
      options.store.loadCase(session.writer.id, { capturesPerIncarnation: 12 }),
    );
  const interval = analysisIntervalMs(pace, judge.cost().lastMs, judge.unchanged());
  if (session.profiles > session.profilesJudged && steadyMs - session.lastAnalysisMs >= interval)
    await analyseNow(session);
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

async function takeFigures(session: Session, connection: TargetConnection): Promise<void> {
  const { options, stamps, keeper } = session;
  const { clock, pace, signal } = options;
  const { client, process } = connection;
  const told = await takeProcessMetrics(process);
  const quantities = new Map(told?.quantities ?? []);
  const steadyMs = clock.monotonicMs();
  const { lastRuntimeMs, runtimeCostMs } = session.start;
  // A millisecond of slack: waits end early by a fraction.
  const isDue = lastRuntimeMs === undefined || steadyMs - lastRuntimeMs >= runtimeIntervalMs(pace, runtimeCostMs) - 1;
  if (client !== undefined && isDue) {
    const runtime = await takeRuntimeMetrics(client, signal);
    await observe(session, { marks: startMark(process?.startedAtMs), totals: runtime.totals, allocated: undefined });
    const { start } = session;
    start.lastRuntimeMs = steadyMs;
    start.runtimeCostMs = clock.monotonicMs() - steadyMs;
    start.totals = { ...start.totals, ...runtime.totals };
    for (const [name, value] of runtime.quantities) quantities.set(name, value);
  }
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
  let evidence: Evidence;
  try {
    evidence = await session.start.takeEvidence(connection, keeper.next(), wishes, until);
  } catch (error) {
    if (!(error instanceof KnownError) || isLost(error) || until.aborted) throw error;
    session.start.lastProfileMs = startedMs;
    await tell(session, 'note', `a capture failed: ${error.message}`);
    return;
  }
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
  // Who is to be woken must hear of it before the end; a second time it is no news.
  if (isHurried(session) && session.judge.latest() !== undefined) return;
  if (plan.walk) await takeWalk(session, connection);
  await analyseNow(session);
}

const hurryMs = 45_000;

/** The end is so near that a look more tells more than an analysis. */
const isHurried = (session: Session): boolean => (limitFacts(session).forecastMs ?? Number.POSITIVE_INFINITY) < hurryMs;

export async function takeWalk(session: Session, { process }: TargetConnection): Promise<void> {
  const { start, options, beside, keeper } = session;
  if (process === undefined || options.plan.gentle || !mayKeep(session)) return;
  start.lastWalkMs = options.clock.monotonicMs();
  start.walkPauseMs = await beside.walk(process.pid, { capture: keeper.next(), incarnation: start.incarnation });
  if (start.walkPauseMs > 0) start.walks += 1;
  session.pausedMs += start.walkPauseMs;
}

export async function analyseNow(session: Session): Promise<void> {
  const { judge, stamps, start, limit, options } = session;
  session.lastAnalysisMs = options.clock.monotonicMs();
  session.profilesJudged = session.profiles;
  const told = judge.told().length;
  const { target, writer, keeper } = session;
  await keeper.attempt(() => writer.saveFacts({ target, cost: costOf(session) }));
  const { incarnation, growing } = start;
  const moment = { nowMs: stamps.nowMs(), incarnation, growing, limit };
  session.analysis = (await judge.judge(moment)) ?? session.analysis;
  // An alarm is given once, also when this recorder is killed in the next moment.
  if (judge.told().length > told) await saveResume(session);
}

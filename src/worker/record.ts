// The recorder: looks at a target for hours or weeks, keeps what it sees, and says when it leaks. It outlives the target's
// restarts and its own, a full disk and an endpoint that is away; what was acknowledged by the store is never lost.
import { KnownError } from '../base/errors.ts';
import type { TargetConnection } from '../capture/connect-target.ts';
import type { Report } from '../report/report.ts';
import { concludeInTime, takeLast, unlessLeft } from './end-recording.ts';
import { backoffMs, metricsIntervalMs } from './pace.ts';
import {
  costOf,
  elapsedMs,
  observe,
  openSession,
  type RecordOptions,
  type Session,
  saveResume,
  startMark,
  statusOf,
  tell,
  tellGap,
} from './session.ts';
import { isLost, limitFacts, takeStep } from './take-step.ts';

export interface RecordingEnd {
  readonly caseId: string;
  /** The last one; undefined when there was never anything to judge. */
  readonly report: Report | undefined;
  /** One clause. */
  readonly why: string;
}

const pruneEveryMs = 600_000;
const pruneSoonestMs = 60_000;

/** Throws KnownError when the target cannot be reached at the start, or the store is of no use any more. */
export async function record(options: RecordOptions): Promise<RecordingEnd> {
  const first = await options.connector.connect();
  const session = await openSession(options, first);
  const end = await unlessLeft(options.leave, recordToEnd(session, first));
  if (end !== 'left') return end;
  const why = 'it was left at once';
  await tell(session, 'note', `the recording ended: ${why}`);
  await saveResume(session);
  session.keeper.shut();
  return { caseId: session.keeper.caseId, report: session.judge.latest(), why };
}

async function recordToEnd(session: Session, first: TargetConnection): Promise<RecordingEnd> {
  try {
    await tellBeginning(session);
    await greet(session, first);
    const why = await follow(session);
    if (session.connection !== undefined) await takeLast(session, session.connection);
    const report = await concludeInTime(session);
    await tell(session, 'note', `the recording ended: ${why}`);
    await saveResume(session);
    await session.judge.settled();
    session.options.onStatus(statusOf(session));
    return { caseId: session.keeper.caseId, report, why };
  } finally {
    session.connection?.close();
    await session.beside.settled();
  }
}

async function tellBeginning(session: Session): Promise<void> {
  const { writer, stamps, options, target } = session;
  const before = writer.lastAtMs;
  if (before !== undefined && stamps.nowMs() - before > 2 * options.pace.metricsMs)
    await tellGap(session, before, `the recorder was away for ${seconds(stamps.nowMs() - before)}`);
  await tell(session, 'started', `${writer.resumed ? 'goes on recording' : 'records'} ${target.label}`);
}

/** A target that answers, for the first time or again. */
async function greet(session: Session, connection: TargetConnection): Promise<void> {
  session.connection = connection;
  session.target = connection.target;
  await observe(session, { marks: startMark(connection.process?.startedAtMs), totals: {}, allocated: undefined });
  await session.keeper.attempt(() => session.writer.saveFacts({ target: connection.target, cost: costOf(session) }));
  for (const gap of connection.gaps) await tell(session, 'note', gap);
  if (connection.process !== undefined) session.beside.readKills(connection.process.pid);
}

const isOver = (session: Session): boolean =>
  session.options.signal.aborted || elapsedMs(session) >= (session.options.forMs ?? Number.POSITIVE_INFINITY);

/** Looks until the end; gives the reason of it. */
async function follow(session: Session): Promise<string> {
  const { options, keeper, stamps } = session;
  const { clock, pace, signal } = options;
  for (;;) {
    const { connection } = session;
    if (connection === undefined) {
      const gone = await waitForTarget(session);
      if (gone !== undefined) return gone;
      continue;
    }
    const startedMs = clock.monotonicMs();
    try {
      await takeStep(session, connection);
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      if (signal.aborted) return 'the user ended it';
      if (isLost(error)) {
        await lose(session, error);
        continue;
      }
      if (error.code.startsWith('E-STORE')) throw error;
      await tell(session, 'note', `a look failed: ${error.message}`);
    }
    const sincePruneMs = startedMs - session.lastPruneMs;
    if (sincePruneMs >= pruneEveryMs || (keeper.isOverfull() && sincePruneMs >= pruneSoonestMs)) {
      session.lastPruneMs = startedMs;
      await keeper.prune(stamps.nowMs());
    }
    options.onStatus(statusOf(session));
    if (isOver(session)) return signal.aborted ? 'the user ended it' : 'its time is over';
    const { usedShare, forecastMs } = limitFacts(session);
    const interval = metricsIntervalMs(pace, usedShare, forecastMs);
    const left = (options.forMs ?? Number.POSITIVE_INFINITY) - elapsedMs(session);
    await clock.wait(Math.min(left, interval - (clock.monotonicMs() - startedMs)), signal);
    if (signal.aborted) return 'the user ended it';
  }
}

async function lose(session: Session, why: KnownError): Promise<void> {
  session.closedCost = costOf(session);
  session.connection?.close();
  session.connection = undefined;
  session.start.silence = undefined;
  session.tracker.lostSight();
  await tell(session, 'note', `the target stopped answering: ${why.message}`);
}

/** undefined: it is back. Else why nobody waits any longer. */
async function waitForTarget(session: Session): Promise<string | undefined> {
  const { options, stamps } = session;
  const { connector, clock, signal } = options;
  const sinceMs = clock.monotonicMs();
  const atMs = stamps.nowMs();
  for (let failures = 0; ; failures++) {
    try {
      const connection = await connector.connect();
      await tellGap(session, atMs, `the target was away for ${seconds(clock.monotonicMs() - sinceMs)}`);
      await greet(session, connection);
      return undefined;
    } catch (error) {
      if (!(error instanceof KnownError) || error.code.startsWith('E-STORE')) throw error;
    }
    const gone = connector.goneForGood();
    if (gone !== undefined) return gone;
    if (isOver(session)) return 'it ended while the target was away';
    if (clock.monotonicMs() - sinceMs >= options.awayMs)
      return `the target did not come back within ${seconds(options.awayMs)}`;
    options.onStatus(statusOf(session));
    const left = (options.forMs ?? Number.POSITIVE_INFINITY) - elapsedMs(session);
    await clock.wait(Math.min(backoffMs(failures), Math.max(1, left)), signal);
  }
}

const seconds = (ms: number): string => `${Math.max(1, Math.round(ms / 1000))} s`;

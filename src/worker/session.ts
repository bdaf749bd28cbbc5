// One run of the recorder: what it was asked for, what it works with, and what it knows by now. The steps are functions of it.
import type { Clock } from '../capture/clock.ts';
import type { TargetConnection, TargetConnector } from '../capture/connect-target.ts';
import { createIncarnationTracker, type Identity, type IncarnationTracker } from '../capture/incarnations.ts';
import type { LimitForecast } from '../ledger/forecast.ts';
import type { CaptureCost } from '../model/artefact.ts';
import type { RecordedEvent, RecordedEventKind } from '../model/recording.ts';
import type { TargetFacts } from '../model/target.ts';
import { caseKeyOf } from '../store/case-key.ts';
import type { CaseWriter, StoreWriter } from '../store/store.ts';
import { type BesideOptions, type BesideSteps, createBesideSteps } from './beside-steps.ts';
import { type AnalyseStretch, createJudge, type Judge } from './judge-recording.ts';
import { createKeeper, type Keeper, type Retention } from './keeper.ts';
import type { PaceSettings } from './pace.ts';
import { decodeResumeState, encodeResumeState } from './resume-state.ts';
import type { AlarmTarget } from './send-alarm.ts';
import { createRecordingStamps, type RecordingStamps } from './stamps.ts';
import type { RecorderState, RecorderStatus } from './status.ts';
import { createEvidenceTaker, type EvidenceOptions } from './take-evidence.ts';
import { createTargetStart, type TargetStart } from './target-start.ts';

export interface RecordOptions {
  readonly connector: TargetConnector;
  readonly store: StoreWriter;
  readonly pace: PaceSettings;
  readonly plan: EvidenceOptions['plan'];
  readonly beside: BesideOptions;
  readonly retention: Retention;
  /** undefined: until it is ended. */
  readonly forMs: number | undefined;
  /** How long a target that went away may take to come back. */
  readonly awayMs: number;
  readonly alarm: AlarmTarget | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly analyse: AnalyseStretch;
  readonly clock: Clock;
  /** Ends it: a last look, then the report. */
  readonly signal: AbortSignal;
  /** Ends it at once, with the report that there is. */
  readonly leave: AbortSignal | undefined;
  readonly onStatus: (status: RecorderStatus) => void;
  readonly onEvent: (event: RecordedEvent) => void;
}

export interface Session {
  readonly options: RecordOptions;
  readonly writer: CaseWriter;
  readonly stamps: RecordingStamps;
  readonly keeper: Keeper;
  readonly judge: Judge;
  readonly beside: BesideSteps;
  readonly tracker: IncarnationTracker;
  /** Number of the start that the tracker calls 0. */
  readonly firstIncarnation: number;
  readonly beganMs: number;
  /** undefined while the target is away. */
  connection: TargetConnection | undefined;
  target: TargetFacts;
  start: TargetStart;
  captures: number;
  profiles: number;
  pausedMs: number;
  /** Of connections that are closed. */
  closedCost: CaptureCost;
  /** The nearest limit as of the last look. */
  limit: LimitForecast | undefined;
  lastFiguresMs: number;
  lastPruneMs: number;
  lastAnalysisMs: number;
  profilesJudged: number;
}

const noCost: CaptureCost = { requests: 0, forcedGcs: 0, bytesReceived: 0 };
const never = Number.NEGATIVE_INFINITY;

/** Begins or goes on with the case of the target that is connected. */
export async function openSession(options: RecordOptions, connection: TargetConnection): Promise<Session> {
  const { clock, store, connector } = options;
  const { target } = connection;
  const key = keyOf(connector, target);
  const writer = await store.beginCase({ key, facts: { target }, atMs: clock.wallMs() });
  const resume = decodeResumeState(writer.resumeState);
  const stamps = createRecordingStamps(clock, writer.lastAtMs);
  const keeper = await createKeeper(store, writer, options.retention, options.onEvent);
  const tracker = createIncarnationTracker();
  const firstIncarnation = writer.lastIncarnation ?? 0;
  // What the recorder before this one saw last: the process is the same, or a new start.
  if (writer.resumed)
    tracker.observe({ marks: startMark(resume.startedAtMs), totals: resume.totals, allocated: undefined });
  const session: Session = {
    options,
    writer,
    stamps,
    keeper,
    judge: createJudge({
      ...options,
      writer,
      keeper,
      told: resume.told,
      sinceMs: writer.lastAtMs ?? clock.wallMs(),
      onTold: async () => {
        await saveResume(session);
      },
    }),
    beside: createBesideSteps(options.beside, {
      nowMs: stamps.nowMs,
      keep: async (artefact) => {
        if (!mayKeep(session)) return;
        const { incarnation } = session.start;
        const artefacts = [{ ...artefact, incarnation }];
        await keeper.append({ atMs: stamps.nowMs(), incarnation, artefacts, metrics: new Map() });
      },
      note: (message) => tell(session, 'note', message),
      signal: options.signal,
    }),
    tracker,
    firstIncarnation,
    beganMs: clock.monotonicMs(),
    connection,
    target,
    start: beginStart(options, stamps, firstIncarnation, resume.passed),
    captures: 0,
    profiles: 0,
    pausedMs: 0,
    closedCost: noCost,
    limit: undefined,
    lastFiguresMs: never,
    lastPruneMs: never,
    lastAnalysisMs: never,
    profilesJudged: 0,
  };
  return session;
}

function beginStart(
  { plan, beside, clock }: RecordOptions,
  { nowMs }: RecordingStamps,
  incarnation: number,
  passed: readonly string[] = [],
): TargetStart {
  return createTargetStart(incarnation, createEvidenceTaker({ plan, walk: beside.walk, clock, nowMs }), passed);
}

export function tell(session: Session, kind: RecordedEventKind, message: string, atMs?: number): Promise<void> {
  const { keeper, stamps, start } = session;
  return keeper.event({ atMs: atMs ?? stamps.nowMs(), kind, incarnation: start.incarnation, message });
}

/** Nothing was recorded from a moment until now. */
export function tellGap(session: Session, fromMs: number, message: string): Promise<void> {
  const { keeper, stamps, start } = session;
  return keeper.event({ atMs: fromMs, untilMs: stamps.nowMs(), kind: 'gap', incarnation: start.incarnation, message });
}

/** Which start of the target an answer is of; another one begins everything anew. */
export async function observe(session: Session, identity: Identity): Promise<void> {
  const { change, why, incarnation } = session.tracker.observe(identity);
  const number = session.firstIncarnation + incarnation;
  if (number === session.start.incarnation) return;
  session.start = beginStart(session.options, session.stamps, number);
  session.limit = undefined;
  if (change === 'back')
    await tell(
      session,
      'note',
      'two processes answer behind this address by turns: point at one of them (a pid, a pod, a port-forward)',
    );
  else await tell(session, 'restart', `the target restarted, or another process answers (${why})`);
}

export const startMark = (startedAtMs: number | undefined): Identity['marks'] =>
  startedAtMs === undefined ? {} : { 'start time': String(startedAtMs) };

export const elapsedMs = (session: Session): number => session.options.clock.monotonicMs() - session.beganMs;

/** Evidence is left out while there is no room for it; figures are always tried. */
export const mayKeep = ({ keeper }: Session): boolean => keeper.fullSinceMs() === undefined && keeper.hasRoom();

export function saveResume({ keeper, writer, judge, connection, start }: Session): Promise<boolean> {
  return keeper.attempt(() =>
    writer.saveResumeState(
      encodeResumeState({
        startedAtMs: connection?.process?.startedAtMs,
        totals: start.totals,
        told: judge.told(),
        passed: [...start.passed],
      }),
    ),
  );
}

export function costOf({ connection, closedCost }: Session): CaptureCost {
  const now = connection?.client?.cost() ?? noCost;
  return {
    requests: closedCost.requests + now.requests,
    forcedGcs: closedCost.forcedGcs + now.forcedGcs,
    bytesReceived: closedCost.bytesReceived + now.bytesReceived,
  };
}

const shown = ['rss', 'rss-anon', 'heap-live', 'heap-alloc', 'gc-goal', 'goroutines', 'threads', 'open-files'] as const;

export function statusOf(session: Session): RecorderStatus {
  const { options, keeper, judge, start, stamps, connection, target } = session;
  const { figures, incarnation } = start;
  const { count, allMs } = judge.cost();
  const state: RecorderState =
    keeper.fullSinceMs() !== undefined
      ? 'store-full'
      : connection === undefined
        ? 'target-away'
        : start.silence !== undefined
          ? 'target-silent'
          : 'recording';
  const told = <T>(ask: (name: string) => T | undefined): ReadonlyMap<string, T> =>
    new Map(
      shown.flatMap((name) => {
        const value = ask(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    );
  return {
    atMs: stamps.nowMs(),
    elapsedMs: elapsedMs(session),
    remainingMs: options.forMs === undefined ? undefined : Math.max(0, options.forMs - elapsedMs(session)),
    state,
    target,
    caseId: keeper.caseId,
    incarnation,
    captures: session.captures,
    profiles: session.profiles,
    latest: told(figures.latest),
    history: told(figures.history),
    growth: told(figures.growth),
    limit: session.limit,
    report: judge.latest(),
    events: keeper.events(),
    storeBytes: keeper.usedBytes(),
    cost: { ...costOf(session), pausedMs: session.pausedMs, analyses: count, analysisMs: allMs },
  };
}

/** A pid names one process; whatever else names a service names it after a restart, too. */
function keyOf({ label }: TargetConnector, target: TargetFacts): string {
  return label.startsWith('pid ') ? caseKeyOf(target) : `${target.kind} ${label}`;
}

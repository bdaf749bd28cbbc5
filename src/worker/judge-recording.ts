// The recording so far → the report, saved, and who is to be told. Bounded: so many captures of the last starts of the target,
// however long it was recorded.
import { KnownError } from '../base/errors.ts';
import type { Clock } from '../capture/clock.ts';
import type { LimitForecast } from '../ledger/forecast.ts';
import { renderJson } from '../report/render-json.ts';
import type { Report } from '../report/report.ts';
import type { CaseWriter, StoreWriter } from '../store/store.ts';
import type { Keeper } from './keeper.ts';
import { newAlarms } from './leak-alarm.ts';
import { type AlarmTarget, sendAlarm } from './send-alarm.ts';

export interface JudgeOptions {
  readonly store: StoreWriter;
  readonly writer: CaseWriter;
  readonly keeper: Keeper;
  readonly analyse: AnalyseStretch;
  readonly alarm: AlarmTarget | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly told: readonly string[];
  /** ms since 1970: since when the target is followed without knowing all that happened. */
  readonly sinceMs: number;
  /** Something was told that must not be told again. */
  readonly onTold: () => Promise<void>;
}

export interface Stretch {
  readonly caseId: string;
  readonly fromMs: number | undefined;
  readonly capturesPerIncarnation: number;
}

/** The signal ends it where that is possible; what comes of it then is dropped. */
export type AnalyseStretch = (stretch: Stretch, signal: AbortSignal) => Promise<Report>;

export interface JudgeMoment {
  readonly nowMs: number;
  /** Something grows: an open answer is asked again soon, not ever more rarely. */
  readonly growing: boolean;
  /** What was before is left out; undefined: this start of the target, and the one before it. */
  readonly fromMs: number | undefined;
  readonly incarnation: number;
  readonly limit: LimitForecast | undefined;
}

export interface Judge {
  /** Begins an analysis and does not wait for it; one that runs is left to its end. A failure is a note. */
  begin(moment: JudgeMoment): void;
  isBusy(): boolean;
  /** The last one; one that runs is given up, because it does not know the end. Undefined when there was never anything to judge. */
  conclude(moment: JudgeMoment): Promise<Report | undefined>;
  latest(): Report | undefined;
  /** How many judgements in a row were the same. */
  unchanged(): number;
  /** What the last one took, and all of them. */
  cost(): { readonly lastMs: number; readonly allMs: number; readonly count: number };
  told(): readonly string[];
  /** Waits for alarms that are on their way. */
  settled(): Promise<void>;
}

const capturesPerIncarnation = 40;
/** This start of the target, and the one before it: a kill is explained by what led to it. */
const startsJudged = 2;

export function createJudge(options: JudgeOptions): Judge {
  const { store, writer, keeper, clock } = options;
  const told = new Set(options.told);
  const sending = new Set<Promise<void>>();
  const cost = { lastMs: 0, allMs: 0, count: 0 };
  let latest: Report | undefined;
  let running: { readonly done: Promise<unknown>; readonly controller: AbortController } | undefined;
  let unchanged = 0;

  const startOfStretch = async ({ fromMs }: JudgeMoment): Promise<number | undefined> => {
    const restarts = (await store.events(writer.id)).filter(({ kind }) => kind === 'restart');
    const from = restarts.at(-startsJudged)?.atMs;
    return fromMs === undefined ? from : Math.max(fromMs, from ?? fromMs);
  };
  const raise = async (report: Report, { nowMs, incarnation, limit }: JudgeMoment): Promise<void> => {
    const forecast =
      limit?.earliestMs === undefined || limit.exhaustedAtMs === undefined
        ? undefined
        : { ms: Math.max(0, limit.exhaustedAtMs - nowMs), limit: limit.limit.name };
    const alarms = newAlarms({ report, forecast }, told);
    if (alarms.length === 0) return;
    for (const { key, text } of alarms) {
      told.add(key);
      await keeper.event({
        atMs: nowMs,
        kind: key.startsWith('leak') ? 'leak' : 'limit',
        incarnation,
        message: text,
      });
    }
    if (options.alarm === undefined) return;
    const message = { reportJson: renderJson(report), reasons: alarms.map(({ text }) => text) };
    const sent = sendAlarm(options.alarm, message, { env: options.env }).then(async (failure) => {
      if (failure !== undefined)
        await keeper.event({ atMs: nowMs, kind: 'note', incarnation, message: `--on-leak: ${failure}` });
    });
    sending.add(sent);
    void sent.finally(() => sending.delete(sent));
  };
  const tellKills = async (report: Report, { nowMs, incarnation }: JudgeMoment): Promise<void> => {
    for (const kill of report.oom ?? []) {
      const key = `kill ${kill.pid} ${kill.at ?? ''}`;
      if (told.has(key)) continue;
      told.add(key);
      // What was before the recording is the report's; a kill without a time may be of any day.
      const killedAtMs = kill.at === undefined ? Number.NEGATIVE_INFINITY : Date.parse(kill.at);
      if (killedAtMs < options.sinceMs) continue;
      const message = `OOM kill of pid ${kill.pid} (${kill.comm}): ${kill.holder}`;
      await keeper.event({ atMs: Math.min(nowMs, killedAtMs), kind: 'oom-kill', incarnation, message });
    }
  };

  return {
    latest: () => latest,
    unchanged: () => unchanged,
    cost: () => cost,
    told: () => [...told],
    settled: async () => {
      await Promise.all(sending);
    },
    isBusy: () => running !== undefined,
    begin(moment) {
      if (running !== undefined) return;
      const controller = new AbortController();
      const done = judge(moment, controller.signal).finally(() => {
        running = undefined;
      });
      running = { done, controller };
    },
    async conclude(moment) {
      running?.controller.abort();
      await running?.done;
      const failure = await judge(moment, new AbortController().signal);
      if (latest === undefined && failure !== undefined) throw failure;
      return latest;
    },
  };

  /** Gives what went wrong, if it did; it is told already then. */
  async function judge(moment: JudgeMoment, signal: AbortSignal): Promise<unknown> {
    const startMs = clock.monotonicMs();
    try {
      const fromMs = await startOfStretch(moment);
      const report = await options.analyse({ caseId: writer.id, fromMs, capturesPerIncarnation }, signal);
      cost.lastMs = clock.monotonicMs() - startMs;
      cost.allMs += cost.lastMs;
      cost.count += 1;
      const settles = report.verdict !== 'inconclusive' || !moment.growing;
      unchanged = latest !== undefined && sameAnswer(latest, report) && settles ? unchanged + 1 : 0;
      latest = report;
      const { verdict, summary } = report;
      await keeper.attempt(() => writer.saveReport({ atMs: moment.nowMs, verdict, summary, json: renderJson(report) }));
      const before = told.size;
      await tellKills(report, moment);
      await raise(report, moment);
      if (told.size > before) await options.onTold();
      return undefined;
    } catch (error) {
      if (signal.aborted) return undefined;
      // Nothing yet that could be analysed; the next look has more.
      if (error instanceof KnownError && error.code === 'E-NOTHING-CAPTURED') return undefined;
      cost.lastMs = clock.monotonicMs() - startMs;
      const what = error instanceof Error ? error.message.split('\n')[0] : String(error);
      const whose = error instanceof KnownError ? '' : ' (a bug of leakline, please report it)';
      const message = `an analysis failed${whose}: ${what}`;
      await keeper.event({ atMs: moment.nowMs, kind: 'note', incarnation: moment.incarnation, message });
      return error;
    }
  }
}

const sameAnswer = (a: Report, b: Report): boolean =>
  a.verdict === b.verdict &&
  a.findings.map(({ id, certainty }) => `${id} ${certainty}`).join() ===
    b.findings.map(({ id, certainty }) => `${id} ${certainty}`).join();

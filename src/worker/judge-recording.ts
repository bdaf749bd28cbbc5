// The recording so far → the report, saved, and who is to be told. Bounded: so many captures of the last starts of the target,
// however long it was recorded.
import type { Analysis } from '../analyze.ts';
import { KnownError } from '../base/errors.ts';
import type { Clock } from '../capture/clock.ts';
import type { LimitForecast } from '../ledger/forecast.ts';
import type { Case } from '../model/case.ts';
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
  readonly analyse: (input: Case) => Promise<Analysis>;
  readonly alarm: AlarmTarget | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly told: readonly string[];
}

export interface JudgeMoment {
  readonly nowMs: number;
  /** Something grows: an open answer is asked again soon, not ever more rarely. */
  readonly growing: boolean;
  readonly incarnation: number;
  readonly limit: LimitForecast | undefined;
}

export interface Judge {
  /** Undefined when there is nothing to judge yet. Throws what only a bug or a damaged store can cause. */
  judge(moment: JudgeMoment): Promise<Analysis | undefined>;
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
  let unchanged = 0;

  const load = async (): Promise<Case> => {
    const restarts = (await store.events(writer.id)).filter(({ kind }) => kind === 'restart');
    const from = restarts.at(-startsJudged)?.atMs;
    return store.loadCase(writer.id, { capturesPerIncarnation, fromMs: from });
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
      const killedAtMs = kill.at === undefined ? nowMs : Date.parse(kill.at);
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
    async judge(moment) {
      const startMs = clock.monotonicMs();
      let analysis: Analysis;
      try {
        analysis = await options.analyse(await load());
      } catch (error) {
        // Nothing yet that could be analysed; the next look has more.
        if (error instanceof KnownError && error.code === 'E-NOTHING-CAPTURED') return undefined;
        throw error;
      }
      const { report } = analysis;
      cost.lastMs = clock.monotonicMs() - startMs;
      cost.allMs += cost.lastMs;
      cost.count += 1;
      const same = latest !== undefined && sameAnswer(latest, report);
      const settles = report.verdict !== 'inconclusive' || !moment.growing;
      unchanged = same && settles ? unchanged + 1 : 0;
      latest = report;
      await keeper.attempt(() =>
        writer.saveReport({
          atMs: moment.nowMs,
          verdict: report.verdict,
          summary: report.summary,
          json: renderJson(report),
        }),
      );
      await tellKills(report, moment);
      await raise(report, moment);
      return analysis;
    },
  };
}

const sameAnswer = (a: Report, b: Report): boolean =>
  a.verdict === b.verdict &&
  a.findings.map(({ id, certainty }) => `${id} ${certainty}`).join() ===
    b.findings.map(({ id, certainty }) => `${id} ${certainty}`).join();

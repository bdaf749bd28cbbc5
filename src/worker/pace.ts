// When the recorder does what: cheap figures often, profiles as often as there is something to learn, walks and traces
// seldom. Pure: from what is known to the moment of each next step. Nothing may cost the target more than a stated share of
// its time, however dense it should be.

export interface PaceSettings {
  /** From look to look at the process. */
  readonly metricsMs: number;
  /** Closest distance of profiles: --every. */
  readonly profileFloorMs: number;
  /** Their distance while nothing grows. */
  readonly profileRestMs: number;
  /** From walk to walk of the heap. */
  readonly walkRestMs: number;
  /** From trace to trace of C allocations. */
  readonly traceRestMs: number;
  /** Shortest distance of two analyses. */
  readonly analysisFloorMs: number;
}

export const defaultPace: PaceSettings = {
  metricsMs: 5000,
  profileFloorMs: 15_000,
  profileRestMs: 300_000,
  walkRestMs: 3_600_000,
  traceRestMs: 3_600_000,
  analysisFloorMs: 20_000,
};

/** Shares of the time that a step may take; of the target's for the first three, of ours for the last. */
const runtimeShare = 0.01;
const profileShare = 0.02;
const walkShare = 0.001;
const analysisShare = 0.1;
/** A new start is looked at closely until a trend test has its power. */
const firstProfiles = 10;
const slowing = 1.5;
/** What is known to leak is watched on, not stared at. */
const decidedFactor = 4;
const forecastNearMs = 3_600_000;
const mostAnalysisMs = 600_000;

export interface PaceFacts {
  /** Profiles since this start of the target. */
  readonly profiles: number;
  /** Distance of the last two of them; undefined before the second. */
  readonly lastIntervalMs: number | undefined;
  /** What the last one took. */
  readonly profileCostMs: number;
  /** Something grows beyond chance. */
  readonly growing: boolean;
  /** The report has a leak already. */
  readonly decided: boolean;
  /** Earliest end of the room before the nearest limit, from now; undefined when nothing grows towards one. */
  readonly forecastMs: number | undefined;
}

const closeShare = 0.8;
const closeForecastMs = 600_000;
const closeFactor = 5;

/** From look to look: five times as often where the limit is close, so that none of its thresholds is jumped over. */
export function metricsIntervalMs(
  settings: PaceSettings,
  usedShare: number | undefined,
  forecastMs: number | undefined,
): number {
  const close = (usedShare ?? 0) >= closeShare || (forecastMs ?? Number.POSITIVE_INFINITY) < closeForecastMs;
  return close ? settings.metricsMs / closeFactor : settings.metricsMs;
}

/** Start to start of profiles. */
export function profileIntervalMs(settings: PaceSettings, facts: PaceFacts): number {
  const { profileFloorMs: floor, profileRestMs } = settings;
  const rest = Math.max(floor, profileRestMs);
  const byCost = facts.profileCostMs / profileShare;
  return Math.max(byCost, wanted());

  function wanted(): number {
    const near = facts.forecastMs !== undefined && facts.forecastMs < forecastNearMs;
    if (facts.profiles < firstProfiles) return floor;
    if (facts.growing || near) {
      // The last hour before the end is watched as closely as the first doubt.
      return facts.decided && !near ? Math.min(rest, decidedFactor * floor) : floor;
    }
    return Math.min(rest, Math.max(floor, (facts.lastIntervalMs ?? floor) * slowing));
  }
}

/** The runtime's own figures are formatted as text by the target: a slow answer makes them rarer. */
export function runtimeIntervalMs(settings: PaceSettings, costMs: number): number {
  return Math.max(settings.metricsMs, costMs / runtimeShare);
}

export interface WalkFacts {
  /** Of this start of the target. */
  readonly walks: number;
  /** Of this start of the target; undefined when it was not walked yet. */
  readonly sinceLastMs: number | undefined;
  /** How long the last one stopped the target. */
  readonly lastPauseMs: number;
  readonly profiles: number;
  readonly growing: boolean;
}

const secondWalkMs = 180_000;

/** At the first sign of growth, soon once more (two walks tell what the containers gained in between), then seldom. */
export function walkIsDue(settings: PaceSettings, facts: WalkFacts): boolean {
  if (!facts.growing || facts.profiles < 2) return false;
  if (facts.sinceLastMs === undefined) return true;
  const wanted = facts.walks === 1 ? Math.min(secondWalkMs, settings.walkRestMs) : settings.walkRestMs;
  return facts.sinceLastMs >= Math.max(wanted, facts.lastPauseMs / walkShare);
}

export function traceIsDue(settings: PaceSettings, sinceLastMs: number | undefined): boolean {
  return sinceLastMs === undefined || sinceLastMs >= settings.traceRestMs;
}

/** `unchanged`: how many analyses in a row said the same. What is settled is asked less and less. */
export function analysisIntervalMs(settings: PaceSettings, costMs: number, unchanged: number): number {
  const least = Math.max(settings.analysisFloorMs, costMs / analysisShare);
  return Math.max(least, Math.min(mostAnalysisMs, least * 1.5 ** Math.min(unchanged, 20)));
}

/** How long to wait before a target that went away is asked again: soon at first, twice a minute in the end. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 500 * 2 ** Math.min(failures, 10));
}

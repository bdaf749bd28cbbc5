// A value that was measured after each round of the same work → does it return to its base line? Rounds are repeats, not
// time: a value that ends each round higher than the one before is kept by the work itself. The first round warms up (what
// is made once, on first use) and is not judged.
import { mannKendall } from '../base/mann-kendall.ts';
import { median, theilSen } from '../base/theil-sen.ts';

export interface RoundTrend {
  readonly shape: 'returns' | 'grows' | 'unclear';
  /** Growth a round in the unit of the value, with a 95 % interval. */
  readonly perRound: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided p of "no trend". */
  readonly pValue: number;
  /** Rounds that were judged: all but the first. */
  readonly judged: number;
  /** Why it is unclear, one clause. */
  readonly why: string | undefined;
  /** Rounds in all that would settle it. */
  readonly roundsToSettle: number | undefined;
}

/** Rounds in all, with the first, from which on growth can be told from chance: five in a row rise once in sixty times. */
export const leastRounds = 6;
const significant = 0.05;
/** Later rounds must go on with this share of the growth, or it may be filling up. */
const goesOn = 0.25;

/** `floor`: growth a round that is not worth a word. */
export function judgeRounds(all: readonly number[], floor: number): RoundTrend {
  const values = all.slice(1);
  const n = values.length;
  const rounds = Float64Array.from(values, (_, index) => index);
  const sen =
    n < 2 ? { slope: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY } : theilSen(rounds, values);
  const trend = mannKendall(values);
  const base = { perRound: sen.slope, low: sen.low, high: sen.high, pValue: trend.pValue, judged: n };
  const settled = (shape: 'returns' | 'grows'): RoundTrend => ({
    ...base,
    shape,
    why: undefined,
    roundsToSettle: undefined,
  });
  const unclear = (why: string, roundsToSettle: number): RoundTrend => ({
    ...base,
    shape: 'unclear',
    why,
    roundsToSettle,
  });
  if (n < 2)
    return unclear(
      `${all.length === 1 ? 'one round' : `${all.length} rounds`} cannot tell growth from warm-up`,
      leastRounds,
    );
  if (sen.high <= floor) return settled('returns');
  const rises = trend.s > 0 && trend.pValue < significant && sen.low > floor / 2;
  if (!rises) {
    if (n + 1 < leastRounds)
      return sen.slope <= floor && trend.s <= 0
        ? settled('returns')
        : unclear(`it rises, and ${all.length} rounds are too few to tell that from chance`, leastRounds);
    return sen.slope <= floor
      ? settled('returns')
      : unclear('it moves from round to round, without a clear trend', 2 * all.length);
  }
  if (sen.slope <= floor) return settled('returns');
  const steps = values.slice(1).map((value, index) => value - values[index]!);
  const half = Math.floor(steps.length / 2);
  const late = steps.slice(half);
  if (median(late) < goesOn * median(steps.slice(0, half)))
    return unclear('it grows less and less, and may be filling up', 2 * all.length);
  return settled('grows');
}

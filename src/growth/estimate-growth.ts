// One value over N captures → how fast it grows, with an interval, and which shape the growth has.
//
// Two kinds of noise: sampling (a heap profile holds one object in many; the raw samples behind a difference are Poisson)
// and the program's own ups and downs (the scatter around the trend). Trend and slope are rank based, so that single odd
// captures do not matter. What decides between a leak and a cache that fills is the end of the window: does it go on?
import { mannKendall } from '../base/mann-kendall.ts';
import { median, theilSen, z95 } from '../base/theil-sen.ts';
import type { GrowthEstimate, GrowthShape } from '../model/growth.ts';
import { hasStopped, isSlowing } from './plateau.ts';
import { wasReleased } from './released.ts';
import { climbs, wanderVariance } from './wander-variance.ts';

export interface GrowthSeries {
  /** Strictly increasing. */
  readonly atMs: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** Raw samples behind each value; undefined for exact values (goroutine counts, runtime statistics). */
  readonly rawSamples?: ArrayLike<number> | undefined;
}

export interface EstimateOptions {
  /** A change below this is not worth a word, in the unit of the value. */
  readonly materialDelta: number;
}

/** With fewer captures nothing is called growing: four points in a row rise by chance once in twelve times. */
export const leastCaptures = 5;
/** Raw samples of growth below which it may be chance. */
const leastRawSamples = 4;
const significant = 0.02;
/**
 * Standard deviations that growth must exceed to be called growing. More than the 95 % of the intervals: a service has
 * dozens of lines that allocate, and each may wander by chance.
 */
const decisive = 2.4;
const mostPoints = 240;

export function estimateGrowth(input: GrowthSeries, options: EstimateOptions): GrowthEstimate {
  const series = thin(input);
  const n = series.values.length;
  const seconds = Float64Array.from(series.atMs as ArrayLike<number>, (ms) => (ms - series.atMs[0]!) / 1000);
  const spanMs = n < 2 ? 0 : series.atMs[n - 1]! - series.atMs[0]!;
  const values = Float64Array.from(series.values);
  const { first, last } = ends(values);
  const delta = last - first;
  const rawSamples = series.rawSamples === undefined ? undefined : rawDelta(series.rawSamples);
  const noise = n < leastCaptures ? 0 : scatter(seconds, values);
  const deviation = Math.sqrt(
    // Steps of a sampled series are Poisson themselves: the larger of both, not their sum.
    Math.max(samplingVariance(series, delta), climbs(values) ? 0 : wanderVariance(values, seconds)) +
      noise ** 2 / Math.max(1, Math.min(3, n / 5)),
  );
  const half = z95 * deviation;
  const trend = mannKendall(values);
  const slope = n < 2 ? { slope: 0, low: 0, high: 0 } : widen(theilSen(seconds, values), half, spanMs / 1000, n);
  const late = lateSlope(seconds, values);
  const base = {
    first,
    last,
    max: n === 0 ? 0 : values.reduce((a, b) => Math.max(a, b)),
    delta,
    deltaLow: delta - half,
    deltaHigh: delta + half,
    perSecond: slope.slope,
    perSecondLow: slope.low,
    perSecondHigh: slope.high,
    latePerSecond: late.slope,
    latePerSecondLow: late.low,
    pValue: trend.pValue,
    captures: n,
    spanMs,
    rawSamples,
  };
  const released = n >= leastCaptures && wasReleased(values, series.rawSamples);
  const curve = { seconds, values, noise, deviation, released, trendSign: Math.sign(trend.s) };
  return { ...base, ...judge(base, curve, options) };
}

type Numbers = Omit<GrowthEstimate, 'shape' | 'watchLongerMs' | 'why'>;
type Judgement = Pick<GrowthEstimate, 'shape' | 'watchLongerMs' | 'why'>;

interface Curve {
  readonly seconds: Float64Array;
  readonly values: Float64Array;
  readonly noise: number;
  /** Standard deviation of the difference between the ends, sampling and wandering included. */
  readonly deviation: number;
  /** Most of it was freed at once on the way. */
  readonly released: boolean;
  readonly trendSign: number;
}

function judge(numbers: Numbers, curve: Curve, { materialDelta }: EstimateOptions): Judgement {
  const { captures, delta, spanMs, pValue } = numbers;
  if (captures < leastCaptures) {
    const longer = captures < 2 ? 30_000 : Math.max(20_000, (spanMs / (captures - 1)) * (2 * leastCaptures - captures));
    return unclear(
      `${captures === 1 ? 'one capture' : `${captures} captures`} cannot tell growth from warm-up`,
      longer,
    );
  }
  const settled = (shape: GrowthShape): Judgement => ({ shape, watchLongerMs: undefined, why: undefined });
  const range = numbers.max - Math.min(...curve.values);
  if (range <= 0) return settled('flat');
  const floor = Math.max(materialDelta, 3 * curve.noise);
  if (isBurst(numbers, curve, floor)) return settled('burst');
  const rising = pValue < significant && curve.trendSign > 0 && delta > 0;
  if (rising && curve.released)
    return unclear('most of it was freed at once on the way, as a log that is compacted', Math.max(2 * spanMs, 60_000));
  const stopped = rising ? hasStopped(curve, numbers) : 'no';
  if (stopped === 'yes') return settled('plateau');
  const beyondChance = numbers.perSecondLow > 0 && delta > decisive * curve.deviation;
  if (rising && beyondChance && (numbers.rawSamples ?? leastRawSamples) >= leastRawSamples) {
    if (stopped === 'perhaps')
      return unclear('it stands still towards the end and may have filled up', Math.max(spanMs, 30_000));
    if (isSlowing(curve, numbers))
      return unclear('it grows more and more slowly and may be filling up', Math.max(spanMs, 30_000));
    return settled('growing');
  }
  if (pValue < significant && curve.trendSign < 0) return settled('falling');
  // Nothing significant: flat when the interval leaves no room for a change that matters.
  const room = Math.max(materialDelta, 0.1 * Math.abs(numbers.first));
  if (numbers.deltaHigh < room || delta < materialDelta) return settled('flat');
  return unclear('it moves, without a clear trend', Math.max(spanMs, 20_000));
}

const unclear = (why: string, watchLongerMs: number): Judgement => ({ shape: 'unclear', why, watchLongerMs });

/** Up by much, and most of it gone again at the end. */
function isBurst({ first, last, max }: Numbers, { values }: Curve, floor: number): boolean {
  const up = max - Math.min(first, values[0]!);
  const back = max - Math.min(last, values.at(-1)!);
  return up > floor && back > 0.6 * up && back > floor;
}

/** Robust values at both ends: medians of up to three captures when there are enough. */
function ends(values: Float64Array): { first: number; last: number } {
  const n = values.length;
  if (n === 0) return { first: 0, last: 0 };
  const k = n >= 9 ? 3 : 1;
  return { first: median(values.subarray(0, k)), last: median(values.subarray(n - k)) };
}

function rawDelta(raw: ArrayLike<number>): number {
  const values = Float64Array.from(raw);
  const { first, last } = ends(values);
  return Math.max(0, Math.round(last - first));
}

/** Poisson: the samples that came or went between the ends; one more, because none seen does not mean none there. */
function samplingVariance(series: GrowthSeries, delta: number): number {
  if (series.rawSamples === undefined || series.values.length < 2) return 0;
  const raw = Float64Array.from(series.rawSamples);
  const { first, last } = ends(raw);
  const change = Math.abs(last - first);
  const all = ends(Float64Array.from(series.values)).last;
  const perSample = change >= 1 ? Math.abs(delta) / change : last > 0 ? all / last : 0;
  return perSample ** 2 * (change + 1);
}

/** Median absolute deviation from the trend line, as a standard deviation. */
function scatter(seconds: Float64Array, values: Float64Array): number {
  const { slope } = theilSen(seconds, values);
  const level = median(values.map((value, i) => value - slope * seconds[i]!));
  return 1.4826 * median(values.map((value, i) => Math.abs(value - slope * seconds[i]! - level)));
}

/** Sen's interval knows the scatter, not the sampling: the larger of both counts. */
function widen(slope: { slope: number; low: number; high: number }, half: number, seconds: number, n: number) {
  if (seconds <= 0) return slope;
  const bySampling = half / seconds;
  if (n < leastCaptures) return { slope: slope.slope, low: slope.slope - bySampling, high: slope.slope + bySampling };
  return {
    slope: slope.slope,
    low: Math.min(slope.low, slope.slope - bySampling),
    high: Math.max(slope.high, slope.slope + bySampling),
  };
}

function lateSlope(seconds: Float64Array, values: Float64Array): { slope: number; low: number } {
  const from = Math.floor(values.length / 2);
  if (values.length - from < 3) return { slope: 0, low: 0 };
  const { slope, low } = theilSen(seconds.subarray(from), values.subarray(from));
  return { slope, low };
}

/** Long series are cut into blocks; the median of each stands for it. */
function thin(series: GrowthSeries): GrowthSeries {
  const n = series.values.length;
  if (n <= mostPoints) return series;
  const block = Math.ceil(n / mostPoints);
  const medians = (column: ArrayLike<number>): Float64Array => {
    const all = Float64Array.from(column);
    return Float64Array.from({ length: Math.ceil(n / block) }, (_, i) =>
      median(all.subarray(i * block, (i + 1) * block)),
    );
  };
  return {
    atMs: medians(series.atMs),
    values: medians(series.values),
    rawSamples: series.rawSamples === undefined ? undefined : medians(series.rawSamples),
  };
}

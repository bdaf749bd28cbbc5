// The cheap figures of one start of the target in bounded memory: the last minutes as they came, and the whole time thinned
// out. What grows, and which limit comes near, is asked of both: a leak of a week is not seen in minutes, and one that began
// an hour ago is not seen in a week.
import { estimateGrowth } from '../growth/estimate-growth.ts';
import { forecastLimits, type GrowthRate, type LimitForecast, nearestHardLimit } from '../ledger/forecast.ts';
import type { GrowthEstimate } from '../model/growth.ts';
import type { MemoryLimit } from '../model/oom.ts';

export interface Figures {
  /** Moments must rise. A name that is not in the map was not captured then. */
  add(atMs: number, quantities: ReadonlyMap<string, number>, limits: readonly MemoryLimit[]): void;
  latest(name: string): number | undefined;
  /** Points of the whole time, thinned out, the newest last. */
  history(name: string): readonly number[];
  /** Of the last minutes when it grows there, else of the whole time; undefined with fewer than two values. */
  growth(name: string): GrowthEstimate | undefined;
  /** It grows in the last minutes, after a time before them that was much longer. */
  growsRecently(name: string): boolean;
  /** The limit that ends the process first; undefined when none is known. */
  nearestLimit(nowMs: number): LimitForecast | undefined;
}

const recentPoints = 240;
const wholePoints = 480;
const longBefore = 6;

interface Series {
  readonly atMs: number[];
  readonly values: number[];
}

export function createFigures(): Figures {
  const recent = new Map<string, Series>();
  const whole = new Map<string, Series & { strideMs: number }>();
  let limits: readonly MemoryLimit[] = [];

  const add = (name: string, atMs: number, value: number): void => {
    const near = recent.get(name) ?? { atMs: [], values: [] };
    recent.set(name, near);
    if (near.atMs.length > 0 && atMs <= near.atMs.at(-1)!) return;
    near.atMs.push(atMs);
    near.values.push(value);
    if (near.atMs.length > recentPoints) {
      near.atMs.shift();
      near.values.shift();
    }
    const far = whole.get(name) ?? { atMs: [], values: [], strideMs: 0 };
    whole.set(name, far);
    const before = far.atMs.at(-1);
    if (before !== undefined && atMs - before < far.strideMs) return;
    far.atMs.push(atMs);
    far.values.push(value);
    if (far.atMs.length >= wholePoints) {
      far.strideMs = (2 * (far.atMs.at(-1)! - far.atMs[0]!)) / wholePoints;
      const kept = [...far.atMs.keys()].filter((row) => row % 2 === 0);
      const [times, values] = [kept.map((row) => far.atMs[row]!), kept.map((row) => far.values[row]!)];
      far.atMs.splice(0, far.atMs.length, ...times);
      far.values.splice(0, far.values.length, ...values);
    }
  };
  const growth = (name: string): GrowthEstimate | undefined => {
    const [near, far] = [estimateOf(recent.get(name), name), estimateOf(whole.get(name), name)];
    if (near?.shape === 'growing') return near;
    return far ?? near;
  };
  return {
    add(atMs, quantities, nowLimits) {
      for (const [name, value] of quantities) add(name, atMs, value);
      if (nowLimits.length === 0) return;
      limits = nowLimits;
      for (const { name, usedBytes } of nowLimits) if (usedBytes !== undefined) add(limitSeries(name), atMs, usedBytes);
    },
    latest: (name) => recent.get(name)?.values.at(-1),
    history: (name) => whole.get(name)?.values ?? [],
    growth,
    growsRecently(name) {
      const [near, far] = [recent.get(name), whole.get(name)];
      if (near === undefined || far === undefined) return false;
      const span = ({ atMs }: Series): number => (atMs.at(-1) ?? 0) - (atMs[0] ?? 0);
      return span(far) > longBefore * span(near) && estimateOf(near, name)?.shape === 'growing';
    },
    nearestLimit(nowMs) {
      // The machine's memory is everybody's: of it, only what this process adds is the target's doing.
      const rateOf = (limit: MemoryLimit): GrowthRate | undefined =>
        rateOfGrowth(growth(limit.kind === 'host' ? 'rss-anon' : limitSeries(limit.name)));
      return nearestHardLimit(forecastLimits(limits, rateOf, nowMs));
    },
  };
}

const limitSeries = (name: string): string => `used of ${name}`;
const counted: ReadonlySet<string> = new Set(['goroutines', 'threads', 'open-files']);

function estimateOf(series: Series | undefined, name: string): GrowthEstimate | undefined {
  if (series === undefined || series.values.length < 2) return undefined;
  return estimateGrowth(series, { materialDelta: counted.has(name) ? 3 : 1 << 20 });
}

function rateOfGrowth(growth: GrowthEstimate | undefined): GrowthRate | undefined {
  if (growth?.shape !== 'growing') return undefined;
  return {
    bytesPerSecond: growth.perSecond,
    lowBytesPerSecond: growth.perSecondLow,
    highBytesPerSecond: growth.perSecondHigh,
  };
}

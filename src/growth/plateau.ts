// Does growth go on, or did it stop within the window? Caches and pools fill up and stop; leaks do not.
//
//   value          ________          the tail after the knee: as long as it is, growth as before would have shown
//        _________/ early  \ tail
//
// A staircase (a slice that doubles, a batch every eight seconds) also stands still between two steps: a tail that is not
// longer than an earlier pause proves nothing.
import { median, theilSen } from '../base/theil-sen.ts';
import { wanderVariance } from './wander-variance.ts';

interface Curve {
  readonly seconds: Float64Array;
  readonly values: Float64Array;
  /** Standard deviation of the scatter around the trend. */
  readonly noise: number;
}

interface Growth {
  readonly delta: number;
  readonly rawSamples: number | undefined;
}

/** The tail may have this share of the growth that was to be expected. */
const stoppedShare = 0.15;
const slowingShare = 0.5;
/**
 * Steady growth would have brought so few samples in the tail only this rarely: then it has stopped, or perhaps. Small,
 * because several tails are tried.
 */
const stoppedChance = 0.002;
const perhapsChance = 0.02;

/** `perhaps`: it stands still, and steady growth might by chance. */
export function hasStopped(curve: Curve, growth: Growth): 'yes' | 'perhaps' | 'no' {
  const n = curve.values.length;
  let result: 'perhaps' | 'no' = 'no';
  for (const share of [0.6, 0.5, 0.4, 0.33, 0.25]) {
    const knee = Math.min(n - 4, Math.floor(n * (1 - share)));
    if (knee < 2) continue;
    const chance = chanceOfTail(curve, knee, growth);
    if (chance < stoppedChance) return 'yes';
    if (chance < perhapsChance) result = 'perhaps';
  }
  return result;
}

/** Chance that growth as before shows so little in the tail; 1 when the tail is no pause. */
function chanceOfTail({ seconds, values, noise }: Curve, knee: number, growth: Growth): number {
  const n = values.length;
  const early = theilSen(seconds.subarray(0, knee + 1), values.subarray(0, knee + 1)).slope;
  const risen = values[knee]! - values[0]!;
  const earlyRate = Math.max(early, risen / Math.max(1e-9, seconds[knee]!));
  if (earlyRate <= 0) return 1;
  const tailSeconds = seconds[n - 1]! - seconds[knee]!;
  const expected = earlyRate * tailSeconds;
  if (expected < 4 * noise && noise > 0 && expected < 0.2 * growth.delta) return 1;
  const tail = values.subarray(knee);
  const k = tail.length >= 6 ? 3 : 1;
  const grown = median(tail.subarray(tail.length - k)) - median(tail.subarray(0, k));
  if (grown > stoppedShare * expected) return 1;
  const pause = longestPause(seconds.subarray(0, knee + 1), values.subarray(0, knee + 1), growth.delta);
  if (tailSeconds <= 1.5 * pause) return 1;
  if (growth.rawSamples === undefined || growth.delta <= 0) return 0;
  const samplesPerUnit = growth.rawSamples / growth.delta;
  const inTail = grown * samplesPerUnit;
  const expectedSamples = expected * samplesPerUnit;
  // Where samples come and go (a queue), their steps vary by more than what is added in the end.
  const wander = wanderVariance(tail) * samplesPerUnit ** 2;
  if (wander <= 1.5 * expectedSamples)
    return binomialAtMost(
      Math.max(0, Math.round(inTail)),
      Math.round(growth.rawSamples),
      tailSeconds / seconds[n - 1]!,
    );
  const ofEarly = expectedSamples ** 2 / Math.max(1, growth.rawSamples - inTail);
  return normalAtMost((inTail - expectedSamples) / Math.sqrt(wander + ofEarly));
}

/** P(Z <= z), by the logistic approximation, good to a hundredth of itself where it matters here. */
function normalAtMost(z: number): number {
  return 1 / (1 + Math.exp(-1.5976 * z - 0.07056 * z ** 3));
}

/** P(X <= k) for X of n trials with chance p. */
function binomialAtMost(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let sum = term;
  for (let i = 1; i <= Math.min(k, n); i++) {
    term *= ((n - i + 1) / i) * (p / (1 - p));
    sum += term;
  }
  return Math.min(1, sum);
}

/** The longest time before the knee in which almost nothing was added, between two rises. */
function longestPause(seconds: Float64Array, values: Float64Array, delta: number): number {
  const step = 0.02 * delta;
  let longest = 0;
  let since = 0;
  let rises = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! - values[i - 1]! <= step) continue;
    if (rises > 0) longest = Math.max(longest, seconds[i - 1]! - seconds[since]!);
    rises++;
    since = i;
  }
  return longest;
}

/** Growth of the thirds falls steadily and by more than chance: it approaches a bound, which is not in sight yet. */
export function isSlowing({ seconds, values, noise }: Curve, growth: Growth): boolean {
  const n = values.length;
  if (n < 9) return false;
  const third = Math.floor(n / 3);
  const rates = [0, 1, 2].map((i) => {
    const from = i * third;
    const to = i === 2 ? n : (i + 1) * third + 1;
    return theilSen(seconds.subarray(from, to), values.subarray(from, to)).slope;
  });
  const [a, b, c] = rates as [number, number, number];
  if (!(a > b && b > c && c < slowingShare * a)) return false;
  const thirdSeconds = seconds[n - 1]! / 3;
  const drop = (a - c) * thirdSeconds;
  if (drop < 4 * noise) return false;
  if (growth.rawSamples === undefined || growth.delta <= 0) return drop > 0.1 * growth.delta;
  const samples = growth.rawSamples / growth.delta;
  // Two Poisson counts that differ by more than twice the root of their sum.
  return drop * samples > 2 * Math.sqrt(Math.max(1, (a + c) * thirdSeconds * samples));
}

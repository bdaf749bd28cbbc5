// How much of a difference between two moments is the sum of chance steps.

const leastSteps = 3;
/** One-sided; what wanders rises as often as it falls. */
const climbChance = 0.002;

/** Nearly every step is a rise, however unequal they are (a table that doubles among them): that is no wandering. */
export function climbs(values: Float64Array): boolean {
  let ups = 0;
  let downs = 0;
  for (let i = 1; i < values.length; i++) {
    if (values[i]! > values[i - 1]!) ups++;
    else if (values[i]! < values[i - 1]!) downs++;
  }
  let chance = 0;
  let term = 0.5 ** (ups + downs);
  for (let k = 0; k <= downs; k++) {
    chance += term;
    term *= (ups + downs - k) / (k + 1);
  }
  return ups > downs && chance < climbChance;
}

/**
 * A population that comes and goes slowly (sessions, cached rows) wanders: its steps are independent of each other and
 * add up to a trend where there is none. Variance of the sum of the steps, from the steps themselves; noise around a
 * line, whose steps take each other back, adds next to nothing. `seconds` are the moments of the values: where they are not
 * evenly spaced (collections of a heap that doubles), unequal steps are those that do not fit their time.
 */
export function wanderVariance(values: Float64Array, seconds?: Float64Array): number {
  const n = values.length - 1;
  if (n < leastSteps) return 0;
  const risen = values[n]! - values[0]!;
  const span = seconds === undefined ? 0 : seconds[n]! - seconds[0]!;
  const expected = (i: number): number =>
    seconds === undefined || span <= 0 ? risen / n : (risen * (seconds[i + 1]! - seconds[i]!)) / span;
  const steps = Float64Array.from({ length: n }, (_, i) => values[i + 1]! - values[i]! - expected(i));
  let own = 0;
  let next = 0;
  for (let i = 0; i < n; i++) {
    own += steps[i]! ** 2;
    if (i > 0) next += steps[i]! * steps[i - 1]!;
  }
  return Math.max(0.1 * own, own + 2 * next) * (n / (n - 1));
}

// How much of a difference between two moments is the sum of chance steps.

const leastSteps = 3;

/**
 * A population that comes and goes slowly (sessions, cached rows) wanders: its steps are independent of each other and
 * add up to a trend where there is none. Variance of the sum of the steps, from the steps themselves; noise around a
 * line, whose steps take each other back, adds next to nothing.
 */
export function wanderVariance(values: Float64Array): number {
  const n = values.length - 1;
  if (n < leastSteps) return 0;
  const mean = (values[n]! - values[0]!) / n;
  const steps = Float64Array.from({ length: n }, (_, i) => values[i + 1]! - values[i]! - mean);
  let own = 0;
  let next = 0;
  for (let i = 0; i < n; i++) {
    own += steps[i]! ** 2;
    if (i > 0) next += steps[i]! * steps[i - 1]!;
  }
  return Math.max(0.1 * own, own + 2 * next) * (n / (n - 1));
}

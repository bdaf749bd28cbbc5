// Robust slope of a series: the median of the slopes of all pairs of points, with Sen's confidence interval.
// Sources: H. Theil 1950; P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau", JASA 63 (1968).

export interface SlopeEstimate {
  readonly slope: number;
  /** 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Two-sided 95 % point of the normal distribution. */
export const z95 = 1.959964;

/** `x` strictly increasing, same length as `y`, at least two points. Time and memory grow with n². */
export function theilSen(x: ArrayLike<number>, y: ArrayLike<number>): SlopeEstimate {
  const n = y.length;
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let count = 0;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const dx = x[j]! - x[i]!;
      if (dx > 0) slopes[count++] = (y[j]! - y[i]!) / dx;
    }
  }
  const sorted = slopes.subarray(0, count).sort();
  if (count === 0) return { slope: 0, low: 0, high: 0 };
  const half = (z95 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  const low = Math.max(0, Math.floor(count / 2 - half));
  const high = Math.min(count - 1, Math.ceil(count / 2 + half));
  return { slope: medianOfSorted(sorted), low: sorted[low]!, high: sorted[high]! };
}

export function medianOfSorted(sorted: ArrayLike<number>): number {
  const n = sorted.length;
  if (n === 0) return 0;
  const middle = n >> 1;
  return n % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function median(values: ArrayLike<number>): number {
  return medianOfSorted(Float64Array.from(values).sort());
}

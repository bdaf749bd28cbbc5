// Is there a monotone trend? Counts the pairs that rise minus the pairs that fall.
// Sources: H. B. Mann 1945; M. G. Kendall, Rank Correlation Methods. Exact distribution for up to ten points without
// ties (recurrence of the Mahonian numbers), else the normal approximation with the variance corrected for ties.

export interface TrendTest {
  /** Pairs that rise minus pairs that fall. */
  readonly s: number;
  /** Two-sided. */
  readonly pValue: number;
}

const mostExact = 10;

export function mannKendall(values: ArrayLike<number>): TrendTest {
  const n = values.length;
  let s = 0;
  let ties = false;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const d = values[j]! - values[i]!;
      if (d > 0) s++;
      else if (d < 0) s--;
      else ties = true;
    }
  }
  if (n < 3) return { s, pValue: 1 };
  if (n <= mostExact && !ties) return { s, pValue: exactP(n, Math.abs(s)) };
  const variance = (n * (n - 1) * (2 * n + 5) - tieTerm(values)) / 18;
  if (variance <= 0) return { s, pValue: 1 };
  const z = s === 0 ? 0 : (Math.abs(s) - 1) / Math.sqrt(variance);
  return { s, pValue: Math.min(1, 2 * upperNormal(z)) };
}

/** P(|S| ≥ s) when all orders are equally likely: inversions are counted by Mahonian numbers. */
function exactP(n: number, s: number): number {
  let counts = [1];
  for (let size = 2; size <= n; size++) {
    const next = new Array<number>(counts.length + size - 1).fill(0);
    for (let inversions = 0; inversions < counts.length; inversions++) {
      for (let extra = 0; extra < size; extra++) next[inversions + extra]! += counts[inversions]!;
    }
    counts = next;
  }
  const pairs = (n * (n - 1)) / 2;
  let total = 0;
  let extreme = 0;
  for (let inversions = 0; inversions < counts.length; inversions++) {
    total += counts[inversions]!;
    if (Math.abs(pairs - 2 * inversions) >= s) extreme += counts[inversions]!;
  }
  return extreme / total;
}

function tieTerm(values: ArrayLike<number>): number {
  const sizes = new Map<number, number>();
  for (let i = 0; i < values.length; i++) sizes.set(values[i]!, (sizes.get(values[i]!) ?? 0) + 1);
  let term = 0;
  for (const t of sizes.values()) term += t * (t - 1) * (2 * t + 5);
  return term;
}

/** P(Z > z) for z ≥ 0; Abramowitz and Stegun 26.2.17, error below 7.5e-8. */
export function upperNormal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

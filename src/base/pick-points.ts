// Which points of a long series to keep so that its picture stays the same: of each stretch the lowest and the highest one.

/** Ascending indices into `values`, at most `most` of them (at least 4 are kept); all when there are no more. Gaps count as points. */
export function pickPoints(values: ArrayLike<number | null>, most: number): readonly number[] {
  const length = values.length;
  if (length <= most) return Array.from({ length }, (_, at) => at);
  const stretches = Math.max(1, Math.floor((Math.max(4, most) - 2) / 2));
  const picked = new Set<number>([0, length - 1]);
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * length) / stretches);
    const to = Math.floor(((stretch + 1) * length) / stretches);
    let low = -1;
    let high = -1;
    for (let at = from; at < to; at++) {
      const value = values[at];
      if (value === null || value === undefined || Number.isNaN(value)) continue;
      if (low < 0 || value < values[low]!) low = at;
      if (high < 0 || value > values[high]!) high = at;
    }
    // A stretch of nothing stays a gap.
    picked.add(low < 0 ? from : low);
    picked.add(high < 0 ? from : high);
  }
  return [...picked].sort((a, b) => a - b);
}

/** Ascending indices of a series whose points belong together, as those of a stack of areas do: evenly spread, both ends kept. */
export function pickEvenly(length: number, most: number): readonly number[] {
  if (length <= most || most < 2) return Array.from({ length }, (_, at) => at);
  return Array.from({ length: most }, (_, at) => Math.round((at * (length - 1)) / (most - 1)));
}

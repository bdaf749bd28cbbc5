// Two moments of a series → what each stack held before and after, in the quantity that is looked at.
import type { StackSeries } from '../../report/stack-series.ts';
import type { StackChange } from '../flame/flame-tree.ts';

export type Quantity = 'inuse-bytes' | 'inuse-objects' | 'alloc-bytes' | 'alloc-objects';

export interface Between extends StackChange {
  readonly fromMs: number;
  readonly toMs: number;
  readonly unit: 'bytes' | 'count';
}

/**
 * The moments of the series that are nearest; `undefined` when the profiles do not have the quantity. What was allocated
 * in between is compared with nothing: it is a difference already.
 */
export function stacksBetween(
  series: StackSeries,
  quantity: Quantity,
  fromMs: number | undefined,
  toMs: number | undefined,
): Between | undefined {
  const columns = columnsOf(series, quantity);
  if (columns === undefined || series.atMs.length === 0) return undefined;
  const last = series.atMs.length - 1;
  const from = fromMs === undefined ? 0 : nearest(series.atMs, fromMs);
  const to = Math.max(from, toMs === undefined ? last : nearest(series.atMs, toMs));
  const before = columns[from]!;
  const after = columns[to]!;
  const allocated = quantity.startsWith('alloc');
  return {
    stacks: series,
    fromMs: series.atMs[from]!,
    toMs: series.atMs[to]!,
    unit: quantity.endsWith('bytes') ? 'bytes' : 'count',
    before: allocated ? undefined : before,
    after: allocated ? after.map((value, row) => Math.max(0, value - before[row]!)) : after,
  };
}

function columnsOf(series: StackSeries, quantity: Quantity): StackSeries['inuseBytes'] | undefined {
  switch (quantity) {
    case 'inuse-bytes':
      return series.inuseBytes;
    case 'inuse-objects':
      return series.inuseObjects;
    case 'alloc-bytes':
      return series.allocBytes;
    case 'alloc-objects':
      return series.allocObjects;
  }
}

/** Position of the moment nearest to a time; of two as near, the earlier. */
export function nearest(atMs: readonly number[], wantedMs: number): number {
  let best = 0;
  for (let index = 1; index < atMs.length; index++) {
    if (Math.abs(atMs[index]! - wantedMs) < Math.abs(atMs[best]! - wantedMs)) best = index;
  }
  return best;
}

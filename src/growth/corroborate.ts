// Sampled growth against the runtime's own count. A heap profile sees one object in many, and where objects come and go
// (a queue, a cache) its samples wander; MemStats.HeapAlloc just after a collection is the live heap to the byte, though
// of no line in particular. Where one line makes most of the growth, the exact total says whether it really goes on: a queue's
// samples stand still for a while by chance, and look like a cache that is full.
import { theilSen } from '../base/theil-sen.ts';
import type { GrowthEstimate, HeapGrowth, HeapSite, MemoryTrend } from '../model/growth.ts';

/** Share of all sampled growth that a line must have for the total to speak for it. */
const dominantShare = 0.6;
/** The end of the window, and the share of its mean rate at which a live heap that grows steadily still grows there. */
const endShare = 0.3;
const steadyShare = 0.7;
const leastAtEnd = 5;

/** `afterCollections`: every capture was taken just after a collection. */
export function corroborate(heap: HeapGrowth, memory: MemoryTrend | undefined, afterCollections: boolean): HeapGrowth {
  const exact = afterCollections ? memory?.quantities.get('heap-alloc')?.estimate : undefined;
  if (exact === undefined || exact.captures < heap.total.captures / 2) return heap;
  const steady = growsSteadily(exact, memory);
  let risen = 0;
  let fallen = 0;
  let halfSquares = 0;
  for (const { bytes } of heap.sites) {
    if (bytes.delta > 0) risen += bytes.delta;
    else fallen -= bytes.delta;
    halfSquares += halfOf(bytes) ** 2;
  }
  return {
    ...heap,
    ...exactTotal(heap, exact, memory?.quantities.get('heap-alloc')?.series),
    sites: heap.sites.map((site) => {
      const dominant = site.bytes.delta > dominantShare * risen;
      if (dominant && goesOn(site.bytes, exact)) {
        // What all other lines together cannot have added is this line's.
        const others = risen - site.bytes.delta + Math.sqrt(Math.max(0, halfSquares - halfOf(site.bytes) ** 2));
        const least = steady ? Math.min(site.bytes.delta, exact.delta - others) : Number.NEGATIVE_INFINITY;
        const deltaLow = Math.max(site.bytes.deltaLow, least);
        const mayGoOn = steady || site.bytes.shape !== 'plateau';
        if (mayGoOn && deltaLow > 0) return { ...site, bytes: asGrowing(site.bytes, exact, deltaLow) };
      }
      return contradicted(site, exact, fallen) ? { ...site, bytes: asUnclear(site.bytes) } : site;
    }),
  };
}

/** The runtime counts the live heap to the byte; samples are only better where garbage is made faster than we look. */
function exactTotal(
  heap: HeapGrowth,
  exact: GrowthEstimate,
  series: Float64Array | undefined,
): Pick<HeapGrowth, 'total' | 'totalSeries'> {
  const { total, totalSeries } = heap;
  if (exact.shape === 'unclear') return { total, totalSeries };
  return { total: exact, totalSeries: series?.length === totalSeries.length ? series : totalSeries };
}

/** Sampled it seems to have stopped, or to be unclear; exactly it grows, by as much. */
function goesOn(sampled: GrowthEstimate, exact: GrowthEstimate): boolean {
  return (
    sampled.shape !== 'flat' &&
    sampled.shape !== 'falling' &&
    sampled.shape !== 'burst' &&
    sampled.captures >= 5 &&
    exact.shape === 'growing' &&
    exact.latePerSecondLow > 0 &&
    exact.delta > 0.5 * sampled.delta
  );
}

/** To the end at nearly the rate of the whole: what fills up is slower there, even beside something that grows on. */
function growsSteadily(exact: GrowthEstimate, memory: MemoryTrend | undefined): boolean {
  const series = memory?.quantities.get('heap-alloc')?.series;
  const from = Math.floor((series?.length ?? 0) * (1 - endShare));
  if (memory === undefined || series?.length !== memory.atMs.length || series.length - from < leastAtEnd) return false;
  const end = theilSen(memory.atMs.subarray(from), series.subarray(from));
  return exact.shape === 'growing' && end.slope * 1000 >= steadyShare * exact.perSecond;
}

const halfOf = (estimate: GrowthEstimate): number => (estimate.deltaHigh - estimate.deltaLow) / 2;

function asGrowing(sampled: GrowthEstimate, exact: GrowthEstimate, deltaLow: number): GrowthEstimate {
  return {
    ...sampled,
    deltaLow,
    shape: 'growing',
    why: undefined,
    watchLongerMs: undefined,
    perSecond: exact.perSecond,
    perSecondLow: Math.min(exact.perSecondLow, sampled.perSecond),
    perSecondHigh: Math.max(exact.perSecondHigh, sampled.perSecond),
    latePerSecond: exact.latePerSecond,
    latePerSecondLow: exact.latePerSecondLow,
    pValue: exact.pValue,
  };
}

/** The live heap did not grow by nearly as much as this line is said to, and nothing else fell to make up for it. */
function contradicted(site: HeapSite, exact: GrowthEstimate, fallenBytes: number): boolean {
  const { bytes } = site;
  if (bytes.shape !== 'growing' || exact.shape === 'growing' || exact.shape === 'unclear') return false;
  return exact.deltaHigh < 0.5 * bytes.deltaLow && fallenBytes < 0.5 * bytes.delta;
}

function asUnclear(bytes: GrowthEstimate): GrowthEstimate {
  return {
    ...bytes,
    shape: 'unclear',
    why: 'samples of this line rise, but the live heap as a whole does not',
    watchLongerMs: Math.max(bytes.spanMs, 30_000),
  };
}

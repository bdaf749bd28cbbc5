// Sampled growth against the runtime's own count. A heap profile sees one object in many, and where objects come and go
// (a queue, a cache) its samples wander; MemStats.HeapAlloc just after a collection is the live heap to the byte, though
// of no line in particular. Where one line makes most of the growth, the exact total says whether it really goes on.
import type { GrowthEstimate, HeapGrowth, HeapSite, MemoryTrend } from '../model/growth.ts';

/** Share of all sampled growth that a line must have for the total to speak for it. */
const dominantShare = 0.6;

/** `afterCollections`: every capture was taken just after a collection. */
export function corroborate(heap: HeapGrowth, memory: MemoryTrend | undefined, afterCollections: boolean): HeapGrowth {
  const exact = afterCollections ? memory?.quantities.get('heap-alloc')?.estimate : undefined;
  if (exact === undefined || exact.captures < heap.total.captures / 2) return heap;
  let risen = 0;
  let fallen = 0;
  for (const { bytes } of heap.sites) {
    if (bytes.delta > 0) risen += bytes.delta;
    else fallen -= bytes.delta;
  }
  return {
    ...heap,
    ...exactTotal(heap, exact, memory?.quantities.get('heap-alloc')?.series),
    sites: heap.sites.map((site) => {
      const dominant = site.bytes.delta > dominantShare * risen;
      if (dominant && goesOn(site.bytes, exact)) return { ...site, bytes: asGrowing(site.bytes, exact) };
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
    sampled.deltaLow > 0 &&
    exact.shape === 'growing' &&
    exact.latePerSecondLow > 0 &&
    exact.delta > 0.5 * sampled.delta
  );
}

function asGrowing(sampled: GrowthEstimate, exact: GrowthEstimate): GrowthEstimate {
  return {
    ...sampled,
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

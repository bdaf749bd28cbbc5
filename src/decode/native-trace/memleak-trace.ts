// Reports of memleak → the same trace that our own script gives. It says what is outstanding and no more: neither what was
// allocated and released, nor which function allocated, nor whether its probes were hit.
import type { NativeTrace, NativeTraceSite } from '../../model/native.ts';
import type { MemleakReport } from './decode-memleak.ts';

/** One site a stack, told by its addresses; `complete`: it ran to its end. */
export function memleakTrace(reports: readonly MemleakReport[], tickMs: number, complete: boolean): NativeTrace {
  const sites = new Map<string, NativeTraceSite>();
  reports.forEach((report, i) => {
    for (const { bytes, count, frames } of report.stacks) {
      const addresses = frames.map((frame) => frame.address);
      const key = addresses.join(' ');
      let site = sites.get(key);
      if (site === undefined) {
        site = emptySite(addresses, reports.length + 1);
        sites.set(key, site);
      }
      site.bytes[i + 1] = site.bytes[i + 1]! + bytes;
      site.counts[i + 1] = site.counts[i + 1]! + count;
    }
  });
  const all = [...sites.values()];
  return {
    probe: 'memleak',
    atMs: Float64Array.from({ length: reports.length + 1 }, (_, i) => i * tickMs),
    sites: all,
    hits: {
      // At least: what was released in time is not told.
      allocations: all.reduce((sum, site) => sum + site.counts.reduce((most, count) => Math.max(most, count), 0), 0),
      releases: 0,
      mappings: 0,
      cgocalls: 0,
      pageFaults: 0,
    },
    olderReleases: 0,
    lostBlocks: 0,
    namelessBytes: 0,
    isFull: false,
    complete,
    warnings: complete ? [] : ['memleak ended before its time'],
  };
}

const emptySite = (addresses: readonly number[], looks: number): NativeTraceSite => ({
  allocator: 'unknown',
  cAddress: addresses[0] ?? 0,
  goAddresses: [],
  callAddresses: addresses,
  bytes: new Float64Array(looks),
  counts: new Float64Array(looks),
  allocatedBytes: undefined,
  allocatedCount: undefined,
  bornBytes: undefined,
  keptBytes: undefined,
  oldestMs: undefined,
});

// The lines `# Name = value` at the end of /debug/pprof/heap?debug=1 → MemoryStats.
// Source: runtime/pprof/pprof.go, writeHeapInternal (`# runtime.MemStats`, then one line a field, `# MaxRSS = N` where
// the system tells it).
import { DecodeError } from '../../base/errors.ts';
import type { MemoryStats } from '../../model/memory-stats.ts';

/** Throws DecodeError when the text has no `# runtime.MemStats`. */
export function decodeMemstatsTrailer(text: string): MemoryStats {
  const start = text.indexOf('# runtime.MemStats');
  if (start < 0) throw new DecodeError('memstats', 0, 'a line "# runtime.MemStats"');
  const fields = new Map<string, number[]>();
  for (const match of text.slice(start).matchAll(/^# (\w+) = (.*)$/gm)) {
    fields.set(match[1]!, (match[2]!.match(/\d+/g) ?? []).map(Number));
  }
  const value = (name: string): number | undefined => fields.get(name)?.[0];
  // `# Stack = 393216 / 393216`: in use / from the system.
  const pair = (name: string): number | undefined => fields.get(name)?.[1];
  const lastGcNs = value('LastGC');
  const other = [pair('MSpan'), pair('MCache'), value('BuckHashSys'), value('GCSys'), value('OtherSys')];
  return {
    heapAllocBytes: value('HeapAlloc'),
    heapLiveBytes: value('HeapLive'),
    heapSysBytes: value('HeapSys'),
    heapIdleBytes: value('HeapIdle'),
    heapInuseBytes: value('HeapInuse'),
    heapReleasedBytes: value('HeapReleased'),
    heapObjects: value('HeapObjects'),
    stackInuseBytes: value('Stack'),
    stackSysBytes: pair('Stack'),
    otherSysBytes: other.every((bytes) => bytes === undefined)
      ? undefined
      : other.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
    sysBytes: value('Sys'),
    totalAllocBytes: value('TotalAlloc'),
    mallocs: value('Mallocs'),
    frees: value('Frees'),
    nextGcBytes: value('NextGC'),
    gcCycles: value('NumGC'),
    forcedGcCycles: value('NumForcedGC'),
    lastGcMs: lastGcNs === undefined || lastGcNs === 0 ? undefined : lastGcNs / 1e6,
    maxRssBytes: value('MaxRSS'),
    goroutines: undefined,
    threads: undefined,
  };
}

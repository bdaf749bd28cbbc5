// /debug/vars → MemoryStats. Source: package expvar publishes runtime.MemStats as `memstats` with its Go field names.
import { DecodeError } from '../../base/errors.ts';
import type { MemoryStats } from '../../model/memory-stats.ts';

/** Throws DecodeError when the text is not JSON or has no `memstats`. */
export function decodeExpvar(text: string): MemoryStats {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError('expvar', 0, 'JSON', { cause });
  }
  const memstats = field(parsed, 'memstats');
  if (typeof memstats !== 'object' || memstats === null)
    throw new DecodeError('expvar', 0, 'an object with "memstats"');
  const value = (name: string): number | undefined => {
    const found = field(memstats, name);
    return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
  };
  const goroutines = field(parsed, 'goroutines') ?? field(parsed, 'NumGoroutine');
  const lastGcNs = value('LastGC');
  const other = ['MSpanSys', 'MCacheSys', 'BuckHashSys', 'GCSys', 'OtherSys'].map(value);
  return {
    heapAllocBytes: value('HeapAlloc'),
    heapSysBytes: value('HeapSys'),
    heapIdleBytes: value('HeapIdle'),
    heapInuseBytes: value('HeapInuse'),
    heapReleasedBytes: value('HeapReleased'),
    heapObjects: value('HeapObjects'),
    stackInuseBytes: value('StackInuse'),
    stackSysBytes: value('StackSys'),
    otherSysBytes: other.every((bytes) => bytes === undefined)
      ? undefined
      : other.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0),
    sysBytes: value('Sys'),
    totalAllocBytes: value('TotalAlloc'),
    mallocs: value('Mallocs'),
    frees: value('Frees'),
    nextGcBytes: value('NextGC'),
    heapLiveBytes: undefined,
    gcCycles: value('NumGC'),
    forcedGcCycles: value('NumForcedGC'),
    lastGcMs: lastGcNs === undefined || lastGcNs === 0 ? undefined : lastGcNs / 1e6,
    maxRssBytes: undefined,
    goroutines: typeof goroutines === 'number' ? goroutines : undefined,
    threads: undefined,
  };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

import { describe, expect, it } from 'vitest';
import { decodeExpvar } from './decode-expvar.ts';
import { decodeMemstatsTrailer } from './decode-memstats-trailer.ts';

const trailer = `heap profile: 1: 2 [3: 4] @ heap/1048576

# runtime.MemStats
# Alloc = 1100
# TotalAlloc = 9000
# Sys = 8000
# Mallocs = 70
# Frees = 20
# HeapAlloc = 1100
# HeapSys = 4000
# HeapIdle = 1500
# HeapInuse = 2500
# HeapReleased = 1000
# HeapObjects = 50
# Stack = 300 / 400
# MSpan = 10 / 20
# MCache = 30 / 40
# BuckHashSys = 5
# GCSys = 6
# OtherSys = 7
# NextGC = 4194304
# LastGC = 1700000000000000000
# PauseNs = [1 2 3]
# NumGC = 3
# NumForcedGC = 1
# GCCPUFraction = 0.001
# MaxRSS = 12345678
`;

describe('memory statistics of the runtime', () => {
  it('are read from the trailer of a text heap profile', () => {
    const stats = decodeMemstatsTrailer(trailer);
    expect(stats).toMatchObject({
      heapAllocBytes: 1100,
      heapIdleBytes: 1500,
      stackInuseBytes: 300,
      stackSysBytes: 400,
      otherSysBytes: 78,
      gcCycles: 3,
      forcedGcCycles: 1,
      lastGcMs: 1_700_000_000_000,
      maxRssBytes: 12345678,
    });
    expect(stats.goroutines).toBeUndefined();
  });

  it('are read from expvar', () => {
    const stats = decodeExpvar(
      '{"cmdline":["svc"],"memstats":{"HeapAlloc":1100,"StackInuse":300,"NumGC":3,"LastGC":0}}',
    );
    expect(stats).toMatchObject({ heapAllocBytes: 1100, stackInuseBytes: 300, gcCycles: 3 });
    expect(stats.heapSysBytes).toBeUndefined();
    expect(stats.lastGcMs).toBeUndefined();
  });

  it('are refused when they are something else', () => {
    expect(() => decodeMemstatsTrailer('heap profile: 0: 0 [0: 0] @ heap/1')).toThrow(/runtime\.MemStats/);
    expect(() => decodeExpvar('<html>')).toThrow(/JSON/);
    expect(() => decodeExpvar('{"cmdline":[]}')).toThrow(/memstats/);
    expect(() => decodeExpvar('null')).toThrow(/memstats/);
  });
});

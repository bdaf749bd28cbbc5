// What the Go runtime says of its own memory at one moment.
// Sources: the `# runtime.MemStats` trailer of /debug/pprof/heap?debug=1 (runtime/pprof/pprof.go writeHeapInternal),
// expvar's /debug/vars `memstats`, and runtime/metrics names where a program exposes them.
// Every field is undefined when that source did not say it: absent is not zero.

export interface MemoryStats {
  readonly heapAllocBytes: number | undefined;
  readonly heapSysBytes: number | undefined;
  readonly heapIdleBytes: number | undefined;
  readonly heapInuseBytes: number | undefined;
  readonly heapReleasedBytes: number | undefined;
  readonly heapObjects: number | undefined;
  readonly stackInuseBytes: number | undefined;
  readonly stackSysBytes: number | undefined;
  readonly otherSysBytes: number | undefined;
  readonly sysBytes: number | undefined;
  readonly totalAllocBytes: number | undefined;
  readonly mallocs: number | undefined;
  readonly frees: number | undefined;
  readonly nextGcBytes: number | undefined;
  /** Heap marked live by the last GC, where the source has it (runtime/metrics /gc/heap/live:bytes). */
  readonly heapLiveBytes: number | undefined;
  readonly gcCycles: number | undefined;
  readonly forcedGcCycles: number | undefined;
  readonly lastGcMs: number | undefined;
  /** Peak resident set of the process (the trailer's `MaxRSS`, Go 1.16+). */
  readonly maxRssBytes: number | undefined;
  readonly goroutines: number | undefined;
  readonly threads: number | undefined;
}

/** What the operating system says of a local process at one moment (/proc/PID/status). */
export interface ProcessMemory {
  readonly rssBytes: number | undefined;
  readonly rssAnonBytes: number | undefined;
  readonly rssFileBytes: number | undefined;
  readonly rssShmemBytes: number | undefined;
  readonly swapBytes: number | undefined;
  readonly threads: number | undefined;
  readonly openFiles: number | undefined;
}

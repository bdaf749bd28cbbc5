// What capture hands to decode: named bytes with the moment they are from. A live run, a folder of profiles and a case
// file all become the same list, so that each analysis has one road and gives one result on any OS.

export type ArtefactKind =
  | 'heap-profile' // protobuf (gzip or raw) or debug=1 text
  | 'goroutine-profile' // protobuf or debug=1 text
  | 'goroutine-dump' // debug=2 text
  | 'goroutineleak-profile'
  | 'threadcreate-profile'
  | 'memstats' // the trailer of heap?debug=1, without its samples
  | 'expvar' // JSON of /debug/vars
  | 'process-status' // text of /proc/PID/status and a line `OpenFiles: N`
  | 'gctrace' // lines of GODEBUG=gctrace=1 and schedtrace from one start of the program, which is at `atMs`
  | 'smaps' // text of /proc/PID/smaps
  | 'smaps-rollup' // text of /proc/PID/smaps_rollup
  | 'cgroup-memory' // `cgroup PATH`, then the lines of its memory.stat
  | 'memory-limits' // JSON: what can end the growth of the process, and how full it is (model/process-setup.ts)
  | 'thread-list' // a line a thread: id, state, kernel function that it waits in, name
  | 'oom-evidence' // JSON: logs and counters of OOM kills (model/oom.ts)
  | 'heap-snapshot' // what a heap walk copied (goheap/snapshot-format.ts)
  | 'native-trace'; // JSON: a trace of C allocations (model/native-record.ts)

export interface Artefact {
  readonly kind: ArtefactKind;
  /** Unique in its case, also its path in a case file: `0003/heap.pb.gz`, or the file as given. */
  readonly name: string;
  /** When it was taken, ms since 1970 by the clock that never steps back; for files the profile's own time is used. */
  readonly atMs: number;
  /** Index of the capture it belongs to: artefacts with one index are one moment. */
  readonly capture: number;
  /** Incremented when the target was seen to restart: values of different incarnations are never compared. */
  readonly incarnation: number;
  /** True when a GC was forced for it (`gc=1`). */
  readonly forcedGc: boolean;
  readonly bytes: Uint8Array;
}

/** A capture that did not work out, or something odd on the way; goes to the report. */
export interface CaptureNote {
  readonly atMs: number;
  readonly message: string;
}

/** What the run cost the target. */
export interface CaptureCost {
  readonly requests: number;
  readonly forcedGcs: number;
  readonly bytesReceived: number;
}

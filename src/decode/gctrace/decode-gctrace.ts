// What a Go program prints with GODEBUG=gctrace=1, scavtrace=1 or schedtrace=N, found anywhere in a log → tables.
//   gc 4 @1.017s 0% (checking for goroutine leaks): 0.22+0.75+0.003 ms clock, 0.44+0/0.35/0.48+0.006 ms cpu,
//        19->19->18 MB, 26 MB goal, 0 MB stacks, 0 MB globals, 2 P (forced)                       (one line)
//   scav 0 KiB work (bg), 0 KiB work (eager), 3880 KiB now, 97% util
//   SCHED 1002ms: gomaxprocs=2 idleprocs=2 threads=4 spinningthreads=0 needspinning=0 idlethreads=2 runqueue=0 [0 0]
// Of the three heap sizes (at the start, at the end of marking, marked live) the third is the live heap. "MB" is 2^20 bytes,
// cut to whole ones. Sources: runtime/mgc.go gcMarkTermination, runtime/mgcscavenge.go printScavTrace, runtime/proc.go
// schedtrace; Go 1.11 to 1.27. Stacks and globals since 1.18, the note on goroutine leaks since 1.27.

export interface GcCycle {
  /** Index into the runs of the log: a program that restarts begins a new run. */
  readonly run: number;
  readonly number: number;
  /** Since the program started. */
  readonly atSeconds: number;
  /** Share of the CPU that the GC took since the start. */
  readonly cpuPercent: number;
  readonly pauseMs: number;
  readonly startHeapBytes: number;
  readonly endHeapBytes: number;
  /** What survived; exact to one MiB. */
  readonly liveHeapBytes: number;
  readonly goalBytes: number;
  readonly stackBytes: number | undefined;
  readonly globalsBytes: number | undefined;
  readonly procs: number;
  readonly forced: boolean;
  readonly lookedForLeaks: boolean;
}

export interface ScavengeTrace {
  readonly run: number;
  /** Of the GC cycle before it; undefined when there was none yet. */
  readonly afterCycle: number | undefined;
  /** Given back to the system since the last line. */
  readonly releasedBytes: number;
  /** Given back and not taken again, at this moment. */
  readonly heapReleasedBytes: number;
  /** Heap in use, of what is not given back. */
  readonly usedPercent: number;
}

export interface SchedulerTrace {
  readonly run: number;
  readonly atMs: number;
  readonly gomaxprocs: number;
  readonly threads: number;
  readonly idleThreads: number;
  readonly runQueue: number;
}

export interface GcTrace {
  readonly cycles: readonly GcCycle[];
  readonly scavenges: readonly ScavengeTrace[];
  readonly schedulers: readonly SchedulerTrace[];
  /** Starts of the program that the log holds. */
  readonly runs: number;
  readonly warnings: readonly string[];
}

const mib = 1 << 20;
/** Rows of each table; later ones replace the older half. */
const mostRows = 200_000;

const gcLine =
  /(?:^|[\s"|:])gc (\d{1,9}) @(\d{1,9}(?:\.\d{1,6})?)s (\d{1,3})%(?: (\(checking for goroutine leaks\)))?: ([\d.e+-]{1,80}) ms clock, ([\d.e+/-]{1,120}) ms cpu, (\d{1,9})->(\d{1,9})->(\d{1,9}) MB, (\d{1,9}) MB goal,(?: (\d{1,9}) MB stacks, (\d{1,9}) MB globals,)? (\d{1,5}) P( \(forced\))?/;
// To 1.20: "scav 8 KiB work, 3880 KiB total, 97% util", with the same meaning of the second figure.
const scavLine =
  /(?:^|[\s"|:])scav (?:\d{1,9} )?(\d{1,15}) KiB work(?: \(bg\), (\d{1,15}) KiB work \(eager\))?, (\d{1,15}) KiB (?:now|total), (\d{1,3})% util/;
const schedLine =
  /(?:^|[\s"|:])SCHED (\d{1,12})ms: gomaxprocs=(\d{1,5}) idleprocs=\d{1,5} threads=(\d{1,9}) spinningthreads=\d{1,5}(?: needspinning=\d)? idlethreads=(\d{1,9}) runqueue=(\d{1,9})/;

export interface GcTraceDecoder {
  push(line: string): void;
  finish(): GcTrace;
}

export function createGcTraceDecoder(): GcTraceDecoder {
  let cycles: GcCycle[] = [];
  let scavenges: ScavengeTrace[] = [];
  let schedulers: SchedulerTrace[] = [];
  let run = 0;
  let dropped = 0;
  let last: GcCycle | undefined;
  let lastSchedMs = -1;
  const add = <Row>(rows: Row[], row: Row): Row[] => {
    rows.push(row);
    if (rows.length <= mostRows) return rows;
    dropped += rows.length - mostRows / 2;
    return rows.slice(-mostRows / 2);
  };
  return {
    push(line) {
      const gc = line.includes(' MB goal,') ? gcLine.exec(line) : null;
      if (gc !== null) {
        const number = Number(gc[1]);
        const atSeconds = Number(gc[2]);
        if (last !== undefined && number <= last.number && atSeconds < last.atSeconds) {
          run++;
          lastSchedMs = -1;
        }
        last = cycleOf(gc, run, number, atSeconds);
        cycles = add(cycles, last);
        return;
      }
      const scav = line.includes('scav ') ? scavLine.exec(line) : null;
      if (scav !== null) {
        scavenges = add(scavenges, {
          run,
          afterCycle: last?.run === run ? last.number : undefined,
          releasedBytes: (Number(scav[1]) + Number(scav[2] ?? 0)) * 1024,
          heapReleasedBytes: Number(scav[3]) * 1024,
          usedPercent: Number(scav[4]),
        });
        return;
      }
      const sched = line.includes('SCHED ') ? schedLine.exec(line) : null;
      if (sched === null) return;
      const atMs = Number(sched[1]);
      if (atMs < lastSchedMs) {
        run++;
        last = undefined;
      }
      lastSchedMs = atMs;
      schedulers = add(schedulers, {
        run,
        atMs,
        gomaxprocs: Number(sched[2]),
        threads: Number(sched[3]),
        idleThreads: Number(sched[4]),
        runQueue: Number(sched[5]),
      });
    },
    finish: () => ({
      cycles,
      scavenges,
      schedulers,
      runs: cycles.length + scavenges.length + schedulers.length === 0 ? 0 : run + 1,
      warnings: dropped === 0 ? [] : [`the ${dropped} oldest trace lines were left out`],
    }),
  };
}

export function decodeGcTrace(text: string): GcTrace {
  const decoder = createGcTraceDecoder();
  for (let from = 0; from <= text.length; ) {
    const to = text.indexOf('\n', from);
    const end = to < 0 ? text.length : to;
    decoder.push(text.slice(from, Math.min(end, from + 4096)));
    from = end + 1;
  }
  return decoder.finish();
}

/** Live heap and stacks of the run with most cycles, ready for an estimate of growth; `atMs` counts from its start. */
export function liveHeapSeries(trace: GcTrace): {
  readonly run: number;
  readonly atMs: Float64Array;
  readonly liveHeapBytes: Float64Array;
  /** undefined when Go was older than 1.18. */
  readonly stackBytes: Float64Array | undefined;
} {
  const counts = new Map<number, number>();
  for (const cycle of trace.cycles) counts.set(cycle.run, (counts.get(cycle.run) ?? 0) + 1);
  const run = [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
  const cycles = trace.cycles.filter((cycle) => cycle.run === run);
  return {
    run,
    atMs: Float64Array.from(cycles, (cycle) => cycle.atSeconds * 1000),
    liveHeapBytes: Float64Array.from(cycles, (cycle) => cycle.liveHeapBytes),
    stackBytes: cycles.every((cycle) => cycle.stackBytes !== undefined)
      ? Float64Array.from(cycles, (cycle) => cycle.stackBytes!)
      : undefined,
  };
}

function cycleOf(match: RegExpExecArray, run: number, number: number, atSeconds: number): GcCycle {
  const clock = match[5]!.split('+').map(Number);
  return {
    run,
    number,
    atSeconds,
    cpuPercent: Number(match[3]),
    // The first and the last of the three phases stop the world.
    pauseMs: (clock[0] ?? 0) + (clock[2] ?? 0),
    startHeapBytes: Number(match[7]) * mib,
    endHeapBytes: Number(match[8]) * mib,
    liveHeapBytes: Number(match[9]) * mib,
    goalBytes: Number(match[10]) * mib,
    stackBytes: match[11] === undefined ? undefined : Number(match[11]) * mib,
    globalsBytes: match[12] === undefined ? undefined : Number(match[12]) * mib,
    procs: Number(match[13]),
    forced: match[14] !== undefined,
    lookedForLeaks: match[4] !== undefined,
  };
}

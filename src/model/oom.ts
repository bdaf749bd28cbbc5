// Out-of-memory kills, as the logs tell them, and what is known of processes and cgroups that may be next. Every field is
// undefined when its source did not say it: absent is not zero.

/** Whose memory ran out: a cgroup's limit, the machine, the allowed nodes of a cpuset, or a memory policy. */
export type OomConstraint = 'cgroup' | 'host' | 'cpuset' | 'memory-policy';

/** A row of the kernel's task table. */
export interface OomTask {
  readonly pid: number;
  readonly uid: number | undefined;
  /** Cut to 15 characters by the kernel. */
  readonly comm: string;
  readonly totalVmPages: number;
  readonly rssPages: number;
  /** Kernel 6.9 and later only. */
  readonly anonPages: number | undefined;
  readonly shmemPages: number | undefined;
  readonly swapPages: number | undefined;
  readonly scoreAdj: number | undefined;
}

export interface OomTaskTable {
  /** The largest ones, the largest first, and the victim. */
  readonly tasks: readonly OomTask[];
  /** Rows that the kernel printed. */
  readonly taskCount: number;
  readonly rssPagesSum: number;
}

/** The cgroup, or the machine, at the moment of the kill. */
export interface OomMemory {
  readonly usageBytes: number | undefined;
  /** undefined also when the cgroup has none. */
  readonly limitBytes: number | undefined;
  /** How often the limit was hit, mostly answered by reclaim; no count of kills. */
  readonly limitHits: number | undefined;
  readonly anonBytes: number | undefined;
  /** Page cache, shared memory included. */
  readonly cacheBytes: number | undefined;
  readonly shmemBytes: number | undefined;
  /** Slab, kernel stacks, page tables, sockets. */
  readonly kernelBytes: number | undefined;
  readonly swapBytes: number | undefined;
}

export interface OomKill {
  /** Ms since 1970; undefined when the log has no wall clock and is not of this boot. */
  readonly atMs: number | undefined;
  /** By the kernel's clock, which stands still while the machine sleeps. */
  readonly sinceBootMs: number | undefined;
  readonly hostname: string | undefined;
  readonly pid: number;
  readonly comm: string;
  readonly uid: number | undefined;
  readonly constraint: OomConstraint | undefined;
  /** Where the victim lived. */
  readonly cgroup: string | undefined;
  /** Whose limit was reached; a parent of `cgroup`, or the same. */
  readonly limitCgroup: string | undefined;
  readonly memory: OomMemory;
  readonly totalVmBytes: number | undefined;
  readonly anonRssBytes: number | undefined;
  readonly fileRssBytes: number | undefined;
  readonly shmemRssBytes: number | undefined;
  readonly pageTableBytes: number | undefined;
  readonly scoreAdj: number | undefined;
  /** Kernels before 5.0 say the score of the task that was chosen. */
  readonly score: number | undefined;
  /** Killed because memory.oom.group is set on its cgroup, not because it was chosen. */
  readonly asGroup: boolean;
  /** The task whose allocation failed; it need not be the victim. */
  readonly trigger: OomTrigger | undefined;
  readonly table: OomTaskTable | undefined;
  readonly pageBytes: number;
  /** The oom_reaper said that it took the memory back (kernel 4.6 and later). */
  readonly reaped: boolean;
  /** The logs that tell of it. */
  readonly sources: readonly string[];
}

export interface OomTrigger {
  readonly comm: string;
  /** A thread id. */
  readonly tid: number | undefined;
  readonly gfpMask: string | undefined;
  /** Of the failed allocation: 2^order pages. */
  readonly order: number | undefined;
  readonly scoreAdj: number | undefined;
  /** Program counter in user code, `0x48fa1c`, when a page fault met the limit: the line that touched the memory. */
  readonly userPc: string | undefined;
}

/** What a service manager or a daemon says of a unit. */
export type OomRunner = 'systemd' | 'docker' | 'kubernetes';

export interface OomUnitEvent {
  readonly atMs: number | undefined;
  readonly hostname: string | undefined;
  /** `svc.service`, a cgroup path, a container. */
  readonly unit: string;
  readonly by: 'kernel' | 'systemd-oomd' | 'earlyoom' | OomRunner;
  readonly text: string;
  readonly source: string;
}

/** One log, read to its end. */
export interface OomLog {
  readonly source: string;
  readonly lines: number;
  readonly kills: readonly OomKill[];
  /** All that were seen; more than `kills` when the list was cut to the newest. */
  readonly killCount: number;
  readonly unitEvents: readonly OomUnitEvent[];
  readonly firstMs: number | undefined;
  readonly lastMs: number | undefined;
  readonly warnings: readonly string[];
}

/** One level of a process's memory cgroups. A field is undefined when its file is missing or may not be read. */
export interface CgroupLevel {
  /** As the kernel names it, from the root of the hierarchy. */
  readonly path: string;
  readonly version: 1 | 2;
  readonly limitBytes: number | 'none' | undefined;
  /** v2 memory.high: above it the kernel slows the group down instead of killing. */
  readonly throttleBytes: number | 'none' | undefined;
  readonly swapLimitBytes: number | 'none' | undefined;
  readonly usageBytes: number | undefined;
  readonly swapUsageBytes: number | undefined;
  readonly peakBytes: number | undefined;
  readonly anonBytes: number | undefined;
  readonly shmemBytes: number | undefined;
  /** Cache that the kernel drops before it kills. */
  readonly inactiveFileBytes: number | undefined;
  /** Processes killed: v2 counts the whole subtree, v1 this group alone. */
  readonly oomKills: number | undefined;
  readonly limitHits: number | undefined;
  readonly killsAsGroup: boolean | undefined;
}

/** What the kernel would weigh of one running process. */
export interface OomCandidate {
  readonly pid: number;
  readonly comm: string;
  /** /proc/PID/oom_score: host-wide, also for a process whose cgroup has its own limit. */
  readonly score: number | undefined;
  readonly scoreAdj: number | undefined;
  readonly rssBytes: number | undefined;
  readonly swapBytes: number | undefined;
  readonly pageTableBytes: number | undefined;
  /** Of the memory controller. */
  readonly cgroup: string | undefined;
}

/** Something that ends the growth of a process. */
export interface MemoryLimit {
  readonly kind: 'gomemlimit' | 'cgroup' | 'address-space' | 'host';
  /** `GOMEMLIMIT`, `cgroup /system.slice/svc.service`, `ulimit -v`, `host memory`. */
  readonly name: string;
  readonly limitBytes: number;
  /** What counts against it now; undefined when that could not be read. */
  readonly usedBytes: number | undefined;
}

/** What was learnt of kills beside a diagnosis: logs are read only where the kernel counts kills at all. */
export interface OomEvidence {
  readonly subject: { readonly pid: number; readonly comm: string | undefined; readonly cgroup: string | undefined };
  /** Kills on the whole machine since its boot; undefined when the kernel does not say. */
  readonly hostKills: number | undefined;
  /** Kills counted by the cgroup of the process; undefined when it has none, or does not say. */
  readonly cgroupKills: number | undefined;
  readonly logs: readonly OomLog[];
  /** Logs that could not be read, one clause each. */
  readonly gaps: readonly string[];
}

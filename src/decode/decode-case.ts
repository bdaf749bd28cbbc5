// All artefacts of a case → tables, sorted by incarnation and capture. A broken artefact costs itself and a warning,
// never the run. A target that restarted is several incarnations; values of different ones are never compared.
import { KnownError } from '../base/errors.ts';
import type { Artefact } from '../model/artefact.ts';
import type { GoroutineTable } from '../model/goroutines.ts';
import type { MemoryStats, ProcessMemory } from '../model/memory-stats.ts';
import type { NativeRecord } from '../model/native-record.ts';
import type { OomEvidence } from '../model/oom.ts';
import type { ProfileTable } from '../model/profile.ts';
import { decodeGcTrace } from './gctrace/decode-gctrace.ts';
import { memoryOfGcTrace } from './gctrace/memory-of-gctrace.ts';
import { decodeGoroutineDump } from './goroutine-dump/decode-goroutine-dump.ts';
import { decodeExpvar } from './memstats/decode-expvar.ts';
import { decodeMemstatsTrailer } from './memstats/decode-memstats-trailer.ts';
import { type DecodeProfileOptions, decodeProfile } from './pprof/decode-profile.ts';
import { createLookCollector, type ProcessLooks } from './process-looks.ts';
import { decodeProcessStatus } from './process-status/decode-process-status.ts';
import { decodeOomEvidence } from './record/decode-oom-evidence.ts';
import { decodeNativeRecord } from './record/native-record.ts';

export interface TimedProfile {
  readonly atMs: number;
  readonly capture: number;
  readonly forcedGc: boolean;
  readonly profile: ProfileTable;
}

export interface TimedDump {
  readonly atMs: number;
  readonly capture: number;
  readonly table: GoroutineTable;
}

export interface TimedMemory {
  readonly atMs: number;
  readonly capture: number;
  readonly stats: MemoryStats | undefined;
  readonly process: ProcessMemory | undefined;
}

/** Everything captured from one start of the target to its end, in order of time. */
export interface Incarnation extends ProcessLooks {
  readonly number: number;
  readonly heaps: readonly TimedProfile[];
  readonly goroutines: readonly TimedProfile[];
  readonly leaks: readonly TimedProfile[];
  readonly threads: readonly TimedProfile[];
  readonly dumps: readonly TimedDump[];
  readonly memory: readonly TimedMemory[];
  /** Traces of C allocations, taken after the captures. */
  readonly natives: readonly NativeRecord[];
  /** Different moments captured. */
  readonly captures: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DecodedCase {
  /** The one that was watched longest first. */
  readonly incarnations: readonly Incarnation[];
  readonly oom: OomEvidence | undefined;
  readonly warnings: readonly string[];
}

/** Percent of the CPU; the runtime itself aims at 25 while it collects, and at far less over time. */
const busyCollector = 25;

export function decodeCase(artefacts: readonly Artefact[]): DecodedCase {
  const warnings: string[] = [];
  const byIncarnation = new Map<number, Artefact[]>();
  let oom: OomEvidence | undefined;
  for (const artefact of artefacts) {
    // Walked by analyze-heap.ts, which needs to know of the runtime what decoders do not.
    if (artefact.kind === 'heap-snapshot') continue;
    if (artefact.kind === 'oom-evidence') {
      // Of the machine and all starts, not of one.
      attempt(artefact, warnings, () => {
        oom = decodeOomEvidence(textOf(artefact));
      });
      continue;
    }
    const list = byIncarnation.get(artefact.incarnation);
    if (list === undefined) byIncarnation.set(artefact.incarnation, [artefact]);
    else list.push(artefact);
  }
  const incarnations = [...byIncarnation]
    .map(([number, list]) => decodeIncarnation(number, list, warnings))
    .filter((one) => one.captures > 0)
    .sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs));
  return { incarnations, oom, warnings: [...new Set(warnings)] };
}

function decodeIncarnation(number: number, artefacts: readonly Artefact[], warnings: string[]): Incarnation {
  const heaps: TimedProfile[] = [];
  const goroutines: TimedProfile[] = [];
  const leaks: TimedProfile[] = [];
  const threads: TimedProfile[] = [];
  const dumps: TimedDump[] = [];
  const natives: NativeRecord[] = [];
  const stats = new Map<number, TimedMemory>();
  const traced: TimedMemory[] = [];
  const looks = createLookCollector();
  for (const artefact of [...artefacts].sort((a, b) => a.atMs - b.atMs || a.capture - b.capture)) {
    const { atMs, capture, forcedGc } = artefact;
    const moment = stats.get(capture) ?? { atMs, capture, stats: undefined, process: undefined };
    attempt(artefact, warnings, () => {
      if (looks.add(artefact)) return;
      switch (artefact.kind) {
        case 'heap-profile':
          // Labels of a heap profile only repeat the size of its objects.
          heaps.push({ atMs, capture, forcedGc, profile: profileOf(artefact, warnings, { labels: false }) });
          break;
        case 'goroutine-profile':
          goroutines.push({ atMs, capture, forcedGc, profile: profileOf(artefact, warnings) });
          break;
        case 'goroutineleak-profile':
          leaks.push({ atMs, capture, forcedGc, profile: profileOf(artefact, warnings) });
          break;
        case 'threadcreate-profile':
          // Its one made-up location has an address that no number can hold; nothing reads it.
          threads.push({ atMs, capture, forcedGc, profile: profileOf(artefact, []) });
          break;
        case 'goroutine-dump': {
          const table = decodeGoroutineDump(artefact.bytes);
          for (const warning of table.warnings) warnings.push(`${artefact.name}: ${warning}`);
          dumps.push({ atMs, capture, table });
          break;
        }
        case 'memstats':
          stats.set(capture, { ...moment, stats: decodeMemstatsTrailer(textOf(artefact)) });
          break;
        case 'expvar':
          stats.set(capture, { ...moment, stats: moment.stats ?? decodeExpvar(textOf(artefact)) });
          break;
        case 'process-status':
          stats.set(capture, { ...moment, process: decodeProcessStatus(textOf(artefact)) });
          break;
        case 'gctrace': {
          const trace = decodeGcTrace(textOf(artefact));
          for (const warning of trace.warnings) warnings.push(`${artefact.name}: ${warning}`);
          const share = trace.cycles.at(-1)?.cpuPercent ?? 0;
          if (share >= busyCollector)
            warnings.push(
              `${artefact.name}: the collector took ${share} % of the CPU since the start: the heap is close to GOMEMLIMIT, or GOGC is low`,
            );
          for (const one of memoryOfGcTrace(trace)) traced.push({ ...one, atMs: atMs + one.sinceStartMs, capture });
          break;
        }
        case 'native-trace':
          natives.push(decodeNativeRecord(textOf(artefact)));
          break;
      }
    });
  }
  // What is taken after the captures belongs to none of them; each collection of a trace is a moment of its own.
  const moments = artefacts.filter(({ kind }) => kind !== 'gctrace' && kind !== 'native-trace');
  const times = [...moments, ...traced].map(({ atMs }) => atMs);
  const memory = [...stats.values(), ...traced].sort((a, b) => a.atMs - b.atMs);
  return {
    number,
    heaps,
    goroutines,
    leaks,
    threads,
    dumps,
    memory,
    natives,
    ...looks.finish(memory),
    captures: new Set(moments.map((artefact) => artefact.capture)).size + traced.length,
    fromMs: times.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
    toMs: times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  };
}

/** A broken artefact costs itself and a warning. */
function attempt(artefact: Artefact, warnings: string[], decode: () => void): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    warnings.push(`${artefact.name}: ${error.message}; left out`);
  }
}

function profileOf(artefact: Artefact, warnings: string[], options: DecodeProfileOptions = {}): ProfileTable {
  const profile = decodeProfile(artefact.bytes, options);
  for (const warning of profile.warnings) warnings.push(`${artefact.name}: ${warning}`);
  return profile;
}

const textOf = (artefact: Artefact): string => new TextDecoder().decode(artefact.bytes);

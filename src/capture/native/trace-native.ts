// One native trace of a process: looks at what it is and what is allowed, runs the best probe (run-probes.ts), and meanwhile
// samples how much native memory there is.
import { readFile } from 'node:fs/promises';
import { CaptureError, KnownError } from '../../base/errors.ts';
import { formatBytes } from '../../base/format-bytes.ts';
import type { NativeMemorySample, NativeProbe, NativeSiteNames, NativeTrace } from '../../model/native.ts';
import { noMappings, processStartMs } from '../read-process.ts';
import type { NativeCost } from './estimate-cost.ts';
import { type Allocator, findAllocator, findGoFunction, usesCgo } from './find-allocator.ts';
import { tickSecondsOf } from './native-script.ts';
import { type Preflight, preflight, rightsAdvice, sharesMounts } from './preflight.ts';
import { type Mapping, readMappings } from './process-maps.ts';
import { type Binaries, openBinaries } from './read-binaries.ts';
import { type ProbeResult, type ProbeSession, runProbes } from './run-probes.ts';
import { type MemoryLook, type SampledMemory, sampleMemory } from './sample-memory.ts';
import { nameSites } from './symbolise-native.ts';

export interface NativeOptions {
  readonly seconds: number;
  /** Trace every allocation, whatever it costs the target. */
  readonly yes: boolean;
  /** Asks the user; undefined when there is nobody to ask. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** How the user would call this again, for advice. */
  readonly command: string;
  /** PATH. */
  readonly searchPath: string;
  readonly signal: AbortSignal;
  readonly nowMs: () => number;
  readonly note: (message: string) => void;
}

export interface NativeCapture {
  readonly probe: NativeProbe;
  /** undefined when only sizes could be had. */
  readonly trace: NativeTrace | undefined;
  /** One for each site of the trace. */
  readonly names: readonly NativeSiteNames[];
  readonly memory: readonly NativeMemorySample[];
  /** The first and the last look at the mappings. */
  readonly looks: { readonly first: MemoryLook | undefined; readonly last: MemoryLook | undefined };
  readonly program: {
    readonly exe: string;
    readonly isGo: boolean;
    /** Of the main module. */
    readonly modulePath: string | undefined;
    readonly stackLimitBytes: number | undefined;
  };
  readonly cost: NativeCost | undefined;
  readonly allocator: Pick<Allocator, 'kind' | 'object'> | undefined;
  readonly goVersion: string | undefined;
  /** false: a program without C, whose native memory can only be mappings of its own. */
  readonly usesCgo: boolean | undefined;
  readonly tracer: string | undefined;
  readonly warnings: readonly string[];
}

const grownBytes = 1 << 20;

/** Throws CaptureError when the process is gone, or may not even be looked at. */
export async function traceNative(pid: number, options: NativeOptions): Promise<NativeCapture> {
  const startedAtMs = await processStartMs(pid);
  const allowed = await preflight(pid, options.command, options.searchPath, options.signal);
  const mappings = await mappingsOf(pid, options.command);
  const binaries = await openBinaries(pid, mappings).catch((error: unknown) => {
    // A format that is not read here, or a file that may be run but not read.
    if (error instanceof KnownError || (error instanceof Error && 'code' in error)) return error;
    throw error;
  });
  if (binaries instanceof Error) return watchSizes(pid, startedAtMs, options, allowed, binaries.message);
  try {
    return await traceOpened(pid, startedAtMs, options, allowed, binaries, mappings);
  } finally {
    await binaries.close();
  }
}

async function traceOpened(
  pid: number,
  startedAtMs: number | undefined,
  options: NativeOptions,
  allowed: Preflight,
  binaries: Binaries,
  mappings: readonly Mapping[],
): Promise<NativeCapture> {
  const warnings = [...allowed.gaps, ...binaries.gaps];
  const allocator = await findAllocator(binaries, mappings, allowed.tracer?.canProbeInside === true);
  const cgo = usesCgo(binaries);
  const isGo = binaries.go !== undefined;
  const memory: SampledMemory = { samples: [], first: undefined, last: undefined, ended: false };
  const ended = new AbortController();
  const session = await openSession(pid, options, allowed, binaries, allocator, {
    signal: AbortSignal.any([options.signal, ended.signal]),
    warn: (message) => void warnings.push(message),
    grew: () =>
      memory.samples.length > 1 && memory.samples.at(-1)!.nativeBytes - memory.samples[0]!.nativeBytes > grownBytes,
  });
  const everyMs = tickSecondsOf(options.seconds) * 1000;
  const sampling = { pid, startedAtMs, isGo, everyMs, nowMs: options.nowMs, onEnd: () => ended.abort() };
  const { trace, cost } = await sampleMemory(sampling, memory, async (): Promise<ProbeResult> => {
    const result = session === undefined ? undefined : await runProbes(session);
    if (result?.trace === undefined) await waitFor(options, ended.signal);
    return result ?? { trace: undefined, cost: undefined };
  });
  if (memory.ended) warnings.push(`pid ${pid} ended while it was traced`);
  if (trace !== undefined) warnings.push(...trace.warnings, ...lossesOf(trace));
  if (trace?.probe === 'page-faults' && (await hasHugePages())) {
    warnings.push('huge pages are always on here: a page fault brings up to 2 MiB, so bytes are at least what is told');
  }
  if (trace?.probe === 'malloc' && isGo && cgo === true && trace.hits.cgocalls === 0 && trace.hits.allocations > 0) {
    warnings.push('no call from Go into C was seen, so sites have no Go callers: threads of C code allocate');
  }
  const later = await readMappings(pid).catch(() => [] as readonly Mapping[]);
  const atEnd = later.length > 0 && !memory.ended ? later : mappings;
  return {
    probe: trace?.probe ?? 'smaps',
    trace,
    names: trace === undefined ? [] : await nameSites(trace.sites, binaries, atEnd, allocator?.object),
    memory: memory.samples,
    looks: { first: memory.first, last: memory.last },
    program: {
      exe: binaries.exe.path,
      isGo,
      modulePath: binaries.modulePath,
      stackLimitBytes: await stackLimitOf(pid),
    },
    cost,
    allocator: allocator === undefined ? undefined : { kind: allocator.kind, object: allocator.object },
    goVersion: binaries.goVersion,
    usesCgo: cgo,
    tracer: tracerOf(trace, allowed),
    warnings,
  };
}

/** All that is left for a program whose binary cannot be read: 32-bit ones, for instance. */
async function watchSizes(
  pid: number,
  startedAtMs: number | undefined,
  options: NativeOptions,
  allowed: Preflight,
  why: string,
): Promise<NativeCapture> {
  const memory: SampledMemory = { samples: [], first: undefined, last: undefined, ended: false };
  const ended = new AbortController();
  const everyMs = tickSecondsOf(options.seconds) * 1000;
  const sampling = { pid, startedAtMs, isGo: false, everyMs, nowMs: options.nowMs, onEnd: () => ended.abort() };
  await sampleMemory(sampling, memory, () => waitFor(options, ended.signal));
  return {
    ...{ probe: 'smaps', trace: undefined, names: [], cost: undefined, allocator: undefined, tracer: undefined },
    ...{ goVersion: undefined, usesCgo: undefined },
    memory: memory.samples,
    looks: { first: memory.first, last: memory.last },
    program: { exe: '', isGo: false, modulePath: undefined, stackLimitBytes: await stackLimitOf(pid) },
    warnings: [
      ...allowed.gaps,
      `its binary cannot be read, so nothing is traced, and a Go heap is not told from other memory: ${why}`,
      ...(memory.ended ? [`pid ${pid} ended while it was watched`] : []),
    ],
  };
}

const tracerOf = (trace: NativeTrace | undefined, { tracer, memleak }: Preflight): string | undefined =>
  trace?.probe === 'memleak' ? memleak?.path : tracer === undefined ? undefined : `bpftrace ${tracer.version}`;

function lossesOf({ lostBlocks, namelessBytes, isFull }: NativeTrace): readonly string[] {
  return [
    ...(lostBlocks > 0 || isFull
      ? [`the kernel's tables filled up (${lostBlocks} blocks found no room): figures are lower bounds`]
      : []),
    ...(namelessBytes > 0 ? [`${formatBytes(namelessBytes)} are kept at places whose names were lost`] : []),
  ];
}

async function mappingsOf(pid: number, command: string): Promise<readonly Mapping[]> {
  try {
    const mappings = await readMappings(pid);
    if (mappings.length > 0) return mappings;
  } catch (cause) {
    throw new CaptureError('E-NATIVE-RIGHTS', `the mappings of pid ${pid} may not be read`, {
      advice: rightsAdvice(command),
      cause,
    });
  }
  throw await noMappings(pid);
}

async function openSession(
  pid: number,
  options: NativeOptions,
  { tracer, memleak }: Preflight,
  binaries: Binaries,
  allocator: Allocator | undefined,
  watching: Pick<ProbeSession, 'signal' | 'warn' | 'grew'>,
): Promise<ProbeSession | undefined> {
  if (tracer === undefined && memleak === undefined) return undefined;
  if (binaries.exe.elf.machine === 'other') {
    watching.warn('only amd64 and arm64 programs can be traced');
    return undefined;
  }
  const isGo = binaries.go !== undefined;
  const usesC = usesCgo(binaries) !== false || allocator !== undefined;
  const entry = usesC ? findGoFunction(binaries, 'runtime.cgocall') : undefined;
  const goMap = findGoFunction(binaries, 'runtime.mmap');
  if (!isGo) watching.warn('not a Go program: sites have C callers only, and no Go frames');
  else if (!usesC) watching.warn('a Go program without C: nothing calls malloc; only mappings of its own can grow');
  else if (entry === undefined) watching.warn('the entry from Go into C was not found: sites have no Go callers');
  const { seconds, yes, confirm, command, note } = options;
  return {
    ...watching,
    ...{ pid, seconds, yes, confirm, command, note, tracer, memleak, allocator, usesC },
    byOffset: entry?.byOffset === true || goMap?.byOffset === true,
    onlyThisProcess: tracer?.perProcess === true && (await sharesMounts(pid)),
    facts: {
      pid,
      functions: allocator?.functions ?? new Map(),
      cgocall: entry?.place,
      goMap: goMap?.place,
      machine: binaries.exe.elf.machine,
      canTraceCalls: tracer?.canTraceCalls === true,
      seconds,
      pageBytes: 4096,
    },
  };
}

const hasHugePages = (): Promise<boolean> =>
  readFile('/sys/kernel/mm/transparent_hugepage/enabled', 'utf8').then(
    (text) => text.includes('[always]'),
    () => false,
  );

async function stackLimitOf(pid: number): Promise<number | undefined> {
  const limits = await readFile(`/proc/${pid}/limits`, 'utf8').catch(() => '');
  const bytes = /^Max stack size\s+(\d+)/m.exec(limits)?.[1];
  return bytes === undefined ? undefined : Number(bytes);
}

function waitFor({ seconds, signal, note }: NativeOptions, ended: AbortSignal): Promise<void> {
  note(`watching sizes for ${seconds} s`);
  const either = AbortSignal.any([signal, ended]);
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      either.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, seconds * 1000);
    either.addEventListener('abort', finish, { once: true });
    if (either.aborted) finish();
  });
}

// What one process or endpoint allows: what of it may be read, what its binary tells, what its pprof offers. Nothing is
// attached; no profile is taken but the runtime's own numbers.
import { constants } from 'node:fs';
import { access, open, readFile, readlink, stat } from 'node:fs/promises';
import { type Captured, captured, notCaptured } from '../../base/captured.ts';
import { KnownError } from '../../base/errors.ts';
import { decodeMemstatsTrailer } from '../../decode/memstats/decode-memstats-trailer.ts';
import { goFramesAt } from '../../decode/pclntab/go-frames.ts';
import { addressOfFunction } from '../../decode/pclntab/pclntab.ts';
import type { BuildFacts } from '../../model/target.ts';
import { findPprofPort } from '../find-pprof-port.ts';
import { fetchTrailer } from '../memstats-trailer.ts';
import { findAllocator, usesCgo } from '../native/find-allocator.ts';
import { readMappings } from '../native/process-maps.ts';
import { openBinaries } from '../native/read-binaries.ts';
import type { PprofAddress } from '../pprof-address.ts';
import { createPprofClient, type PprofClientOptions } from '../pprof-client.ts';
import { kindOfProcess, noMappings, readProcessFacts } from '../read-process.ts';
import { readSources } from '../read-sources.ts';

export interface ProcessAccess {
  /** `ok`, or the system's word for why not. */
  readonly smaps: string;
  readonly memory: string;
  readonly descriptors: string;
}

export interface BinaryFacts {
  readonly hasSymbols: boolean;
  readonly hasDwarf: boolean;
  /** Go's own function table, which stripping leaves. */
  readonly hasGoTable: boolean;
  readonly usesCgo: boolean | undefined;
  /** The object that answers malloc; undefined when none was found. */
  readonly allocator: string | undefined;
  /** The linker switches memory profiling off where nothing can read it; undefined when the table does not tell. */
  readonly profilesMemory: boolean | undefined;
  readonly linksPprof: boolean | undefined;
  /** Where main.main is, by the binary; undefined when it does not say. */
  readonly mainFile: string | undefined;
}

export interface EndpointFacts {
  readonly url: string;
  /** undefined when the endpoint has no index. */
  readonly profiles: readonly string[] | undefined;
  readonly gcCycles: number | undefined;
  readonly heapBytes: number | undefined;
  readonly goroutines: number | undefined;
}

export interface SubjectFacts {
  readonly label: string;
  /** undefined for an endpoint whose process is not on this machine. */
  readonly process:
    | {
        readonly pid: number;
        readonly exe: string | undefined;
        readonly isOwn: boolean;
        readonly startedAtMs: number | undefined;
        readonly access: ProcessAccess;
        readonly build: Captured<BuildFacts>;
        readonly binary: Captured<BinaryFacts>;
        /** Whether the file of main.main lies on this machine. */
        readonly source: Captured<boolean>;
        /** Namespaces that differ from ours: `mnt`, `pid`, `net`. */
        readonly namespaces: readonly string[];
        /** Of its environment, what concerns memory. */
        readonly settings: Captured<Readonly<Record<string, string>>>;
      }
    | undefined;
  readonly endpoint: Captured<EndpointFacts> & { readonly advice?: string | undefined };
}

export interface SubjectOptions {
  readonly pid: number | undefined;
  readonly address: PprofAddress | undefined;
  readonly label: string;
  readonly client: PprofClientOptions;
  readonly sourcePaths: { readonly goroot: string | undefined; readonly gomodcache: string };
  readonly signal: AbortSignal;
}

const endpointLimitMs = 5000;

/** Throws CaptureError when the process is gone, or is none that has memory. */
export async function readSubject(options: SubjectOptions): Promise<SubjectFacts> {
  const { pid } = options;
  if (pid === undefined) return { label: options.label, process: undefined, endpoint: await readEndpoint(options) };
  await demandProgram(pid);
  const facts = await readProcessFacts(pid);
  const [binary, namespaces, settings, isOwn, smaps, memory, descriptors, endpoint] = await Promise.all([
    readBinary(pid),
    otherNamespaces(pid),
    readSettings(pid),
    stat(`/proc/${pid}`).then(
      (info) => info.uid === process.geteuid?.(),
      () => false,
    ),
    tryReading(`/proc/${pid}/smaps`),
    tryOpening(`/proc/${pid}/mem`),
    access(`/proc/${pid}/fd`, constants.R_OK).then(() => 'ok', codeOf),
    readEndpoint(options),
  ]);
  return {
    label: options.label,
    process: {
      pid,
      exe: facts.exe,
      isOwn,
      startedAtMs: facts.startedAtMs,
      access: { smaps, memory, descriptors },
      build:
        facts.build === undefined
          ? notCaptured(facts.gaps[0] ?? 'the binary tells nothing of its build')
          : captured(facts.build),
      binary,
      source: await findSource(binary, facts.build, options),
      namespaces,
      settings,
    },
    endpoint,
  };
}

async function demandProgram(pid: number): Promise<void> {
  if ((await kindOfProcess(pid)) !== 'program') throw await noMappings(pid);
}

async function readBinary(pid: number): Promise<Captured<BinaryFacts>> {
  try {
    const mappings = await readMappings(pid);
    const binaries = await openBinaries(pid, mappings);
    try {
      const { exe, go } = binaries;
      const has = (name: string): boolean => exe.elf.sections.some((section) => section.name === name);
      const linked = (name: string): boolean | undefined =>
        go === undefined ? undefined : addressOfFunction(go.table, name) !== undefined;
      const main = go === undefined ? undefined : addressOfFunction(go.table, 'main.main');
      const frames = go === undefined || main === undefined ? [] : await goFramesAt(go, main);
      return captured({
        hasSymbols: has('.symtab'),
        hasDwarf: has('.debug_info') || has('.zdebug_info'),
        hasGoTable: go !== undefined,
        usesCgo: usesCgo(binaries),
        allocator: (await findAllocator(binaries, mappings, false))?.object,
        // cmd/link/internal/ld/lib.go: the one function until Go 1.22, the other from 1.23 on.
        profilesMemory:
          go === undefined ? undefined : linked('runtime.MemProfile') || linked('runtime.memProfileInternal'),
        linksPprof: linked('net/http/pprof.Index'),
        mainFile: frames.at(-1)?.file,
      });
    } finally {
      await binaries.close();
    }
  } catch (error) {
    return notCaptured(`the binary cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function findSource(
  binary: Captured<BinaryFacts>,
  build: BuildFacts | undefined,
  { sourcePaths }: SubjectOptions,
): Promise<Captured<boolean>> {
  const file = binary.kind === 'captured' ? binary.value.mainFile : undefined;
  if (file === undefined) return notCaptured('the binary does not say where its source was');
  const found = await readSources([file], { ...sourcePaths, modulePath: build?.modulePath, maxFiles: 1 });
  return captured(found.size > 0);
}

async function readEndpoint(options: SubjectOptions): Promise<SubjectFacts['endpoint']> {
  const limit = AbortSignal.any([options.signal, AbortSignal.timeout(3 * endpointLimitMs)]);
  const settings = { ...options.client, timeoutMs: endpointLimitMs, retries: 0 };
  try {
    const address = options.address ?? (await findPprofPort(options.pid!, settings, limit)).address;
    const client = createPprofClient(address, settings);
    try {
      const endpoint = await client.open(limit);
      const numbers = await readNumbers(client, limit);
      return captured({
        url: endpoint.baseUrl,
        profiles: endpoint.profiles === undefined ? undefined : [...endpoint.profiles].sort(),
        gcCycles: numbers?.gcCycles,
        heapBytes: numbers?.heapAllocBytes,
        goroutines: numbers?.goroutines,
      });
    } finally {
      client.close();
    }
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { ...notCaptured(error.message), advice: error.advice };
  }
}

async function readNumbers(client: ReturnType<typeof createPprofClient>, signal: AbortSignal) {
  try {
    const { trailer } = await fetchTrailer(client, signal);
    return trailer === undefined ? undefined : decodeMemstatsTrailer(new TextDecoder().decode(trailer));
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return undefined;
  }
}

async function otherNamespaces(pid: number): Promise<readonly string[]> {
  const differs = await Promise.all(
    ['mnt', 'pid', 'net'].map(async (name) => {
      const [ours, its] = await Promise.all(
        ['self', String(pid)].map((who) => readlink(`/proc/${who}/ns/${name}`).catch(() => undefined)),
      );
      return ours !== undefined && its !== undefined && ours !== its ? name : undefined;
    }),
  );
  return differs.filter((name) => name !== undefined);
}

async function readSettings(pid: number): Promise<Captured<Readonly<Record<string, string>>>> {
  const text = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => undefined);
  if (text === undefined) return notCaptured('its environment may not be read');
  const wanted = /^(GOGC|GOMEMLIMIT|GODEBUG|GOTRACEBACK)=(.*)$/s;
  return captured(
    Object.fromEntries(
      text.split('\0').flatMap((one) => {
        const match = wanted.exec(one);
        return match === null ? [] : [[match[1]!, match[2]!.slice(0, 200)]];
      }),
    ),
  );
}

async function tryReading(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      await file.read(new Uint8Array(1), 0, 1, null);
    } finally {
      await file.close();
    }
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

async function tryOpening(path: string): Promise<string> {
  try {
    await (await open(path, 'r')).close();
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

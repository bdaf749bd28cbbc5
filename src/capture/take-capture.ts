// One capture: everything that is asked of the target at one moment, from requests to artefacts. The heap profile comes
// first, so that the numbers after it (memstats) are those just after the same GC. A part that fails costs itself and a
// note; only a heap profile that cannot be had ends the capture, because nothing can be said without it.
import { CaptureError, KnownError } from '../base/errors.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import type { Artefact, ArtefactKind } from '../model/artefact.ts';
import type { ProfileTable } from '../model/profile.ts';
import { allocatedByStack, type Identity, totalsOfMemstats } from './incarnations.ts';
import { fetchTrailer } from './memstats-trailer.ts';
import type { FetchOptions, PprofClient } from './pprof-client.ts';
import { expectKind, totalOf } from './profile-summary.ts';
import { processStartMs } from './read-process.ts';
import { type LookWishes, type ProcessLook, takeProcessLook } from './take-process-look.ts';

/** What a capture is to fetch; the series decides it before each one. */
export interface CaptureWishes {
  readonly forceGc: boolean;
  readonly memstats: boolean;
  /** debug=2, when the goroutine profile counts at most this many; 0 = none. */
  readonly dumpUpTo: number;
  readonly leakProfile: boolean;
  readonly threads: boolean;
  readonly expvar: boolean;
  /** Ask for the command line: a restart shows in it, at the cost of one small request. */
  readonly cmdline: boolean;
  /** Local process behind the endpoint; undefined when unknown. */
  readonly pid: number | undefined;
  /** What to read of it, besides sizes. */
  readonly look: LookWishes;
  /** A heap profile that was fetched already (without GC) and is this capture's. */
  readonly heap: { readonly bytes: Uint8Array; readonly atMs: number } | undefined;
}

/** An artefact before the series gives it its incarnation; `identity` is what this one answer tells of the process. */
export interface TakenArtefact {
  readonly artefact: Omit<Artefact, 'incarnation'>;
  readonly identity: Identity;
}

export interface TakenCapture {
  readonly taken: readonly TakenArtefact[];
  readonly cmdline: string | undefined;
  readonly liveHeapBytes: number | undefined;
  readonly goroutines: number | undefined;
  readonly notes: readonly string[];
  /** Of the parts that each capture has: heap, goroutines, memstats. */
  readonly regularMs: number;
  /** Size of heap?debug=1 as sent; undefined when it was not fetched. */
  readonly memstatsBytes: number | undefined;
  /** What reading the mappings cost; undefined when they were not read. */
  readonly smaps: ProcessLook['smaps'];
  /** False when /debug/vars answered that it does not exist. */
  readonly hasExpvar: boolean;
  /** The dump was wished and there were too many goroutines. */
  readonly dumpSkipped: boolean;
  /** Why the target stopped answering in the middle; undefined when it did not. */
  readonly lost: CaptureError | undefined;
}

export interface TakeContext {
  readonly client: PprofClient;
  readonly index: number;
  readonly nowMs: () => number;
  readonly monotonicMs: () => number;
  readonly signal: AbortSignal | undefined;
}

const nothing: Identity = { marks: {}, totals: {}, allocated: undefined };
const maxExpvarBytes = 4 << 20;
/** Failures that mean that the process went away, not that one part cannot be had. */
export const lostCodes: ReadonlySet<string> = new Set([
  'E-CAPTURE-REFUSED',
  'E-CAPTURE-RESET',
  'E-CAPTURE-ABORTED',
  'E-CAPTURE-UNREACHABLE',
]);

/** Throws CaptureError when the heap profile fails. */
export async function takeCapture(context: TakeContext, wishes: CaptureWishes): Promise<TakenCapture> {
  const { client, nowMs, monotonicMs } = context;
  const directory = String(context.index).padStart(4, '0');
  const taken: TakenArtefact[] = [];
  const notes: string[] = [];
  let lost: CaptureError | undefined;
  const keep = (
    kind: ArtefactKind,
    file: string,
    bytes: Uint8Array,
    atMs: number,
    more: { forcedGc?: boolean; identity?: Identity } = {},
  ) =>
    taken.push({
      artefact: {
        kind,
        name: `${directory}/${file}`,
        atMs,
        capture: context.index,
        forcedGc: more.forcedGc ?? false,
        bytes,
      },
      identity: more.identity ?? nothing,
    });
  const attempt = async (what: string, part: () => Promise<void>) => {
    if (lost !== undefined || context.signal?.aborted) return;
    try {
      await part();
    } catch (error) {
      if (!(error instanceof KnownError)) throw error;
      if (error instanceof CaptureError && lostCodes.has(error.code)) lost = error;
      else notes.push(`${what} was not captured: ${error.message}`);
    }
  };
  const fetchDecoded = async (
    name: string,
    options: FetchOptions = {},
  ): Promise<{ bytes: Uint8Array; profile: ProfileTable }> => {
    const { body } = await client.fetchProfile(name, { ...options, signal: context.signal });
    return { bytes: body, profile: decodeProfile(body) };
  };

  const startMs = monotonicMs();
  const heap = await takeHeap(context, wishes);
  expectKind(heap.profile, 'heap', `${client.label} heap`);
  const marks = await startMark(wishes.pid);
  const heapIdentity = { ...nothing, marks, allocated: allocatedByStack(heap.profile) };
  keep('heap-profile', 'heap.pb.gz', heap.bytes, heap.atMs, { forcedGc: heap.forcedGc, identity: heapIdentity });

  let memstatsBytes: number | undefined;
  if (wishes.memstats)
    await attempt('memstats', async () => {
      const atMs = nowMs();
      const { trailer, bodyBytes } = await fetchTrailer(client, context.signal);
      memstatsBytes = bodyBytes;
      if (trailer === undefined) notes.push('memstats was not captured: heap?debug=1 ends without it');
      else
        keep('memstats', 'memstats.txt', trailer, atMs, {
          forcedGc: heap.forcedGc,
          identity: { ...nothing, totals: totalsOfMemstats(new TextDecoder().decode(trailer)) },
        });
    });

  // Next to the runtime's numbers: the ledger compares both.
  let smaps: ProcessLook['smaps'];
  let lookMs = 0;
  if (wishes.pid !== undefined) {
    const atMs = nowMs();
    const lookedMs = monotonicMs();
    const look = await takeProcessLook(wishes.pid, wishes.look, monotonicMs);
    smaps = look.smaps;
    notes.push(...look.notes);
    for (const { kind, file, bytes } of look.parts) keep(kind, file, bytes, atMs);
    lookMs = monotonicMs() - lookedMs;
  }

  let goroutines: number | undefined;
  await attempt('the goroutine profile', async () => {
    const atMs = nowMs();
    const { bytes, profile } = await fetchDecoded('goroutine');
    expectKind(profile, 'goroutine', `${client.label} goroutine`);
    goroutines = totalOf(profile, 'goroutine');
    keep('goroutine-profile', 'goroutine.pb.gz', bytes, atMs);
  });
  // The kernel's answers take time of ours, not of the target.
  const regularMs = monotonicMs() - startMs - lookMs;

  let hasExpvar = wishes.expvar;
  if (wishes.expvar)
    await attempt('expvar', async () => {
      const atMs = nowMs();
      const answer = await client.fetchPath('/debug/vars', { signal: context.signal });
      hasExpvar = answer !== undefined && answer.body[0] === 0x7b && answer.bodyBytes <= maxExpvarBytes;
      if (hasExpvar && answer !== undefined) keep('expvar', 'vars.json', answer.body, atMs);
    });
  if (wishes.threads)
    await attempt('the threadcreate profile', async () => {
      const atMs = nowMs();
      const { bytes } = await fetchDecoded('threadcreate');
      keep('threadcreate-profile', 'threadcreate.pb.gz', bytes, atMs);
    });
  let cmdline: string | undefined;
  if (wishes.cmdline)
    await attempt('the command line', async () => {
      cmdline = new TextDecoder().decode((await client.fetchProfile('cmdline', { signal: context.signal })).body);
    });
  // The leak profile before the dump: its collection marks the goroutines that the dump then shows as leaked.
  if (wishes.leakProfile)
    await attempt('the goroutineleak profile', async () => {
      const atMs = nowMs();
      const { bytes } = await fetchDecoded('goroutineleak');
      keep('goroutineleak-profile', 'goroutineleak.pb.gz', bytes, atMs, { forcedGc: true });
    });
  const dumpSkipped = wishes.dumpUpTo > 0 && (goroutines === undefined || goroutines > wishes.dumpUpTo);
  if (wishes.dumpUpTo > 0 && !dumpSkipped)
    await attempt('the goroutine dump', async () => {
      const atMs = nowMs();
      const answer = await client.fetchProfile('goroutine', { query: { debug: '2' }, signal: context.signal });
      keep('goroutine-dump', 'goroutines.txt', answer.body, atMs);
    });
  return {
    taken,
    cmdline,
    liveHeapBytes: totalOf(heap.profile, 'inuse_space'),
    goroutines,
    notes,
    regularMs,
    memstatsBytes,
    smaps,
    hasExpvar,
    dumpSkipped,
    lost,
  };
}

interface TakenHeap {
  readonly bytes: Uint8Array;
  readonly profile: ProfileTable;
  readonly atMs: number;
  readonly forcedGc: boolean;
}

async function takeHeap(context: TakeContext, wishes: CaptureWishes): Promise<TakenHeap> {
  const { heap } = wishes;
  if (heap !== undefined) return { ...heap, profile: decodeProfile(heap.bytes), forcedGc: false };
  const query: Record<string, string> = wishes.forceGc ? { gc: '1' } : {};
  const { body } = await context.client.fetchProfile('heap', { query, signal: context.signal });
  return { bytes: body, profile: decodeProfile(body), atMs: context.nowMs(), forcedGc: wishes.forceGc };
}

async function startMark(pid: number | undefined): Promise<Record<string, string>> {
  if (pid === undefined) return {};
  const startMs = await processStartMs(pid);
  return startMs === undefined ? {} : { 'start time': String(startMs) };
}

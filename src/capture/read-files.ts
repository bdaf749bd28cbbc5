// Profile files, goroutine dumps and logs on disk (or stdin) → artefacts in the order of their time. What a file is, is
// read from its content, never from its name. Captures are moments: profiles of different kinds whose times lie close
// together belong to one capture.
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import { CaptureError, KnownError } from '../base/errors.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import { lookName, sniffInput } from '../decode/pprof/sniff-input.ts';
import type { Artefact, ArtefactKind, CaptureNote } from '../model/artefact.ts';
import type { ProfileTable } from '../model/profile.ts';
import { type FoundFile, findFiles } from './find-files.ts';
import { wrongKind } from './profile-summary.ts';
import { artefactsOfLogs, holdsEvidence, loneDump, oneDump, type ReadLog, readLog, readLogStream } from './read-log.ts';

export interface ReadFiles {
  readonly artefacts: readonly Artefact[];
  readonly notes: readonly CaptureNote[];
}

/** A file that was recognised. */
interface Recognised {
  readonly kind: ArtefactKind;
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The time inside the profile; undefined when it has none. */
  readonly insideMs: number | undefined;
  readonly modifiedMs: number;
}

const maxFileBytes = 2 ** 30;
const maxTotalBytes = 2 ** 32;

/** Throws CaptureError when a named file is not what can be analysed, or nothing is found at all. */
export async function readFiles(paths: readonly string[]): Promise<ReadFiles> {
  const files = await findFiles(paths);
  const recognised: Recognised[] = [];
  const logs: ReadLog[] = [];
  const passed: string[] = [];
  let totalBytes = 0;
  for (const file of files) {
    try {
      const one = await readOne(file);
      if ('evidence' in one) logs.push(one);
      else {
        recognised.push(one);
        totalBytes += one.bytes.length;
      }
      if (totalBytes > maxTotalBytes)
        throw new CaptureError('E-CAPTURE-SIZE', `the files hold more than ${maxTotalBytes} bytes`, {
          advice: 'Give fewer files.',
        });
    } catch (error) {
      if (file.named || !(error instanceof KnownError)) throw error;
      passed.push(error.message);
    }
  }
  if (recognised.length + logs.length === 0)
    throw new CaptureError(
      'E-CAPTURE-FILES',
      `no profile, goroutine dump, GC trace or memory statistics in ${paths.join(', ')}`,
      {
        advice: `Take some: curl -so heap-1.pb.gz http://localhost:6060/debug/pprof/heap?gc=1, and again a minute later.${passed[0] === undefined ? '' : ` The first file passed over: ${passed[0]}.`}`,
      },
    );
  const notes =
    passed.length === 0
      ? []
      : [
          `${passed.length} other files were passed over (${passed.slice(0, 3).join('; ')}${passed.length > 3 ? '; …' : ''})`,
        ];
  return toArtefacts(recognised, logs, notes);
}

/** One profile or dump, or a log of any length, from stdin. */
export async function readStdin(input: Readable, nowMs: number): Promise<ReadFiles> {
  const one = await readPieces('stdin', input, nowMs);
  return 'evidence' in one ? toArtefacts([], [one], []) : toArtefacts([one], [], []);
}

/** What comes in pieces and only once (stdin, a pipe): the first ones say whether it is a log, which is never held whole. */
async function readPieces(name: string, input: Readable, nowMs: number): Promise<Recognised | ReadLog> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const rest = input[Symbol.asyncIterator]();
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    const piece: unknown = next.value;
    if (!(piece instanceof Uint8Array)) throw new Error(`${name} must give bytes`);
    const isHead = length < headBytes;
    length += piece.length;
    pieces.push(piece);
    if (isHead && length >= headBytes) {
      const log = await logOf(name, Buffer.concat(pieces), join(pieces, rest), nowMs);
      if (log !== undefined) return asRecognised(log);
    }
    if (length > maxFileBytes)
      throw new CaptureError('E-CAPTURE-SIZE', `${name} holds more than ${maxFileBytes} bytes`);
  }
  const bytes = Uint8Array.from(Buffer.concat(pieces));
  const log = await logOf(name, bytes, [bytes], nowMs);
  return log === undefined ? recognise(name, bytes, nowMs) : asRecognised(log);
}

/** undefined when it is none, by its beginning. */
async function logOf(
  name: string,
  head: Uint8Array,
  pieces: AsyncIterable<unknown> | Iterable<Uint8Array>,
  nowMs: number,
): Promise<ReadLog | undefined> {
  const unpacked = unpackedHead(head);
  if (!mayBeLog(unpacked ?? head)) return undefined;
  return readLogStream(name, unpacked === undefined ? pieces : Readable.from(pieces).pipe(createGunzip()), nowMs);
}

async function* join(first: readonly Uint8Array[], rest: AsyncIterator<unknown>): AsyncIterable<unknown> {
  yield* first;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}

/** What of a log is one goroutine dump and nothing else, as that. Throws CaptureError when it holds no evidence. */
function asRecognised(log: ReadLog): Recognised | ReadLog {
  const { name, modifiedMs, evidence } = log;
  if (!holdsEvidence(evidence))
    throw new CaptureError('E-CAPTURE-KIND', `${name}: no profile, no GC trace and no goroutine dump is in this text`, {
      advice:
        'Start the service with GODEBUG=gctrace=1: it then logs its live heap at each collection. /debug/pprof/goroutine?debug=2 gives a goroutine dump (SIGQUIT too, but that ends the program).',
    });
  const dump = loneDump(evidence);
  if (dump === undefined) return log;
  const bytes = new TextEncoder().encode(dump.text);
  return { kind: 'goroutine-dump', name, bytes, insideMs: dump.atMs, modifiedMs };
}

async function readOne(file: FoundFile): Promise<Recognised | ReadLog> {
  if (!file.regular) return readPipe(file);
  const head = await readHead(file.path);
  const unpacked = unpackedHead(head);
  if (mayBeLog(unpacked ?? head))
    return asRecognised(await readLog(file.path, file.modifiedMs, unpacked !== undefined));
  if (file.sizeBytes > maxFileBytes)
    throw new CaptureError('E-CAPTURE-SIZE', `${file.path} has ${file.sizeBytes} bytes, more than a profile can`, {
      advice: 'A core file or a heap dump is no profile.',
    });
  let bytes: Uint8Array;
  try {
    bytes = Uint8Array.from(await readFile(file.path));
  } catch (cause) {
    throw unreadable(file.path, cause);
  }
  return recognise(file.path, bytes, file.modifiedMs);
}

async function readPipe(file: FoundFile): Promise<Recognised | ReadLog> {
  try {
    return await readPieces(file.path, createReadStream(file.path), file.modifiedMs);
  } catch (cause) {
    throw cause instanceof KnownError ? cause : unreadable(file.path, cause);
  }
}

/** As much as `sniffInput` looks at. */
const headBytes = 65_536;
/** Unpacks to 4 MiB at most. */
const packedHeadBytes = 4096;

async function readHead(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path, 'r');
    try {
      const head = new Uint8Array(headBytes);
      const { bytesRead } = await file.read(head, 0, headBytes, 0);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** The beginning of what is packed with gzip; undefined when nothing is. */
function unpackedHead(head: Uint8Array): Uint8Array | undefined {
  if (head[0] !== 0x1f || head[1] !== 0x8b) return undefined;
  try {
    return gunzipSync(head.subarray(0, packedHeadBytes), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return undefined; // damaged: the decoder of profiles says where
  }
}

/** Text that is no profile: whether anything in it is of use, only reading it tells. */
function mayBeLog(head: Uint8Array): boolean {
  const look = sniffInput(head);
  if (look === 'goroutine-dump') return true;
  if (look !== 'unknown' && look !== 'json') return false;
  const text = new TextDecoder().decode(head.subarray(0, headBytes));
  return !text.includes('"memstats"') && !text.startsWith('# runtime.MemStats') && !processStatus.test(text);
}

const processStatus = /^Name:\t.*\n[\s\S]*^VmRSS:/m;

/** The decision from content alone. Throws KnownError that says what it is instead. */
function recognise(name: string, bytes: Uint8Array, modifiedMs: number): Recognised {
  const look = sniffInput(bytes);
  const as = (kind: ArtefactKind, insideMs?: number): Recognised => ({ kind, name, bytes, modifiedMs, insideMs });
  switch (look) {
    case 'gzip':
    case 'protobuf': {
      const profile = decodeNamed(name, bytes);
      return as(kindOfProfile(profile, name), profile.timeMs > 0 ? profile.timeMs : undefined);
    }
    case 'heap-text':
      return as('heap-profile');
    case 'goroutine-text':
      return as('goroutine-profile');
    case 'goroutineleak-text':
      return as('goroutineleak-profile');
    case 'threadcreate-text':
      return as('threadcreate-profile');
    case 'json':
      if (new TextDecoder().decode(bytes.subarray(0, 1 << 20)).includes('"memstats"')) return as('expvar');
      break;
    default: {
      const head = new TextDecoder().decode(bytes.subarray(0, 64 * 1024));
      if (head.startsWith('# runtime.MemStats')) return as('memstats');
      if (processStatus.test(head)) return as('process-status');
    }
  }
  throw new CaptureError('E-CAPTURE-KIND', `${name}: this is ${look === 'empty' ? 'an empty file' : lookName(look)}`, {
    advice: adviceFor(look),
  });
}

function unreadable(path: string, cause: unknown): CaptureError {
  if (cause instanceof Error && 'code' in cause && cause.code === 'EACCES')
    return new CaptureError('E-CAPTURE-FILE', `${path} may not be read by this user`, {
      advice: `sudo cat ${path} | leakline -`,
      cause,
    });
  return new CaptureError(
    'E-CAPTURE-FILE',
    `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  );
}

function adviceFor(look: ReturnType<typeof sniffInput>): string {
  if (look === 'elf') return 'A binary or a core file is no profile; profiles come from /debug/pprof/heap.';
  if (look === 'html')
    return 'Probably an error or login page was saved instead of the profile: fetch it again with curl -f.';
  if (look === 'zip') return 'A case file stands alone: leakline FILE.leakline.';
  if (look === 'empty') return 'The download failed: fetch it again with curl -f.';
  return 'Profiles come from /debug/pprof/heap and /debug/pprof/goroutine; dumps from /debug/pprof/goroutine?debug=2.';
}

function decodeNamed(name: string, bytes: Uint8Array): ProfileTable {
  try {
    return decodeProfile(bytes, { labels: false });
  } catch (cause) {
    if (!(cause instanceof KnownError)) throw cause;
    throw new CaptureError(cause.code, `${name}: ${cause.message}`, {
      advice: cause.advice ?? 'The file is damaged or cut off, or it is no pprof profile: fetch it again with curl -f.',
      cause,
    });
  }
}

function kindOfProfile(profile: ProfileTable, name: string): ArtefactKind {
  switch (profile.kind) {
    case 'heap':
      return 'heap-profile';
    case 'goroutine':
      return 'goroutine-profile';
    case 'goroutineleak':
      return 'goroutineleak-profile';
    case 'threadcreate':
      return 'threadcreate-profile';
    default:
      throw wrongKind(profile, name, 'it does not show memory');
  }
}

/** Profiles of different kinds that were taken by one loop lie closer together than this. */
const sameMomentMs = 3000;

function toArtefacts(
  recognised: readonly Recognised[],
  logs: readonly ReadLog[],
  messages: readonly string[],
): ReadFiles {
  const notes = [...messages];
  if (logs.length === 0 && recognised.length === 1 && recognised[0]?.kind === 'goroutine-dump') notes.push(oneDump);
  const times = orderedTimes(recognised, notes);
  const artefacts: Artefact[] = [];
  const kinds = new Set<ArtefactKind>();
  let capture = -1;
  let momentMs = Number.NEGATIVE_INFINITY;
  for (const { file, atMs } of times) {
    if (atMs - momentMs > sameMomentMs || kinds.has(file.kind)) {
      capture += 1;
      momentMs = atMs;
      kinds.clear();
    }
    kinds.add(file.kind);
    artefacts.push({
      kind: file.kind,
      name: file.name,
      atMs,
      capture,
      incarnation: 0,
      forcedGc: false,
      bytes: file.bytes,
    });
  }
  if (logs.length > 0) {
    const byName = new Intl.Collator('en', { numeric: true });
    const inOrder = [...logs].sort((a, b) => a.modifiedMs - b.modifiedMs || byName.compare(b.name, a.name));
    const fromLogs = artefactsOfLogs(inOrder, capture + 1);
    artefacts.push(...fromLogs.artefacts);
    notes.push(...fromLogs.messages);
  }
  const atMs = artefacts[0]?.atMs ?? 0;
  return { artefacts, notes: notes.map((message) => ({ atMs, message })) };
}

/** By the time inside, else by the file's own; ties (a fresh checkout gives all files one time) by natural name order. */
function orderedTimes(recognised: readonly Recognised[], notes: string[]): { file: Recognised; atMs: number }[] {
  const timed = recognised.map((file) => ({ file, atMs: Math.round(file.insideMs ?? file.modifiedMs) }));
  if (recognised.some((file) => file.insideMs === undefined) && recognised.length > 1)
    notes.push('some files do not say when they were taken: the time of the file is used for these');
  // Names decide only between equal times: the collator takes milliseconds to make.
  let byName: Intl.Collator | undefined;
  const compareNames = (a: string, b: string): number => {
    byName ??= new Intl.Collator('en', { numeric: true });
    return byName.compare(a, b);
  };
  return timed.sort((a, b) => a.atMs - b.atMs || compareNames(a.file.name, b.file.name));
}

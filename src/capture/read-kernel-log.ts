// The logs that tell of out-of-memory kills: a file that the user names, or those of this machine (the kernel's ring buffer,
// the journal, syslog files). Each is read as a stream; what may not be read is said with the command that would allow it.
// Sources: Documentation/ABI/testing/dev-kmsg (one record a read, EAGAIN at the end, EPIPE where records were overwritten),
// dmesg(1), journalctl(1).
import { spawn } from 'node:child_process';
import { closeSync, constants, createReadStream, openSync, readSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CaptureError } from '../base/errors.ts';
import {
  createKernelLogDecoder,
  type KernelLogDecoder,
  type KernelLogOptions,
} from '../decode/kernel-log/decode-kernel-log.ts';
import type { OomLog } from '../model/oom.ts';

/** Evidence that was not had. */
export interface EvidenceGap {
  readonly where: string;
  readonly why: string;
  /** A command, or what to do. */
  readonly how: string;
}

export interface MachineLogs {
  readonly logs: readonly OomLog[];
  readonly gaps: readonly EvidenceGap[];
}

export interface LogReadOptions {
  readonly nowMs: number;
  readonly signal?: AbortSignal;
}

export interface MachineLogOptions extends LogReadOptions {
  readonly kmsgPath?: string;
  readonly journalctl?: string;
  readonly logFiles?: readonly string[];
}

const usualLogFiles = ['kern.log', 'messages', 'syslog'].flatMap((name) => [`/var/log/${name}.1`, `/var/log/${name}`]);
const journalTimeoutMs = 60_000;
const journalMatches = ['_TRANSPORT=kernel', '+', '_PID=1', '+', '_COMM=systemd-oomd', '+', '_COMM=earlyoom'];

/** A wall clock as this machine sets it. */
const localTime: NonNullable<KernelLogOptions['localTime']> = (year, month, day, hour, minute, second, ms) =>
  new Date(year, month, day, hour, minute, second, ms).getTime();

/** A log of any format and length, plain or gzip; `-` is stdin. Throws CaptureError when it cannot be read. */
export async function readLogFile(file: string, stdin: Readable, options: LogReadOptions): Promise<OomLog> {
  const source = file === '-' ? 'stdin' : file;
  let referenceMs = options.nowMs;
  let stream: Readable = stdin;
  if (file !== '-') {
    const info = await stat(file).catch((cause: unknown) => {
      throw unreadable(file, cause);
    });
    if (info.isDirectory())
      throw new CaptureError('E-LOG', `${file} is a directory`, {
        advice: `For a journal: journalctl -D ${file} -o export | leakline oom --log -`,
      });
    if (info.isFile()) referenceMs = info.mtimeMs;
    stream = createReadStream(file, { highWaterMark: 1 << 20 });
  }
  const decoder = createKernelLogDecoder({ source, referenceMs, localTime });
  let damage: string | undefined;
  try {
    damage = await pump(stream, decoder, source, options.signal);
  } catch (cause) {
    if (cause instanceof CaptureError) throw cause;
    throw unreadable(source, cause);
  }
  const log = decoder.finish();
  return damage === undefined ? log : { ...log, warnings: [...log.warnings, damage] };
}

/** The logs of this machine; never throws for one that cannot be read. */
export async function readMachineLogs(options: MachineLogOptions): Promise<MachineLogs> {
  const logs: OomLog[] = [];
  const gaps: EvidenceGap[] = [];
  const add = (result: OomLog | EvidenceGap | undefined): void => {
    if (result === undefined) return;
    if ('where' in result) gaps.push(result);
    else logs.push(result);
  };
  add(readRingBuffer(options.kmsgPath ?? '/dev/kmsg', options.nowMs));
  add(await readJournal(options.journalctl ?? 'journalctl', options));
  for (const file of options.logFiles ?? usualLogFiles) {
    if (options.signal?.aborted === true) break;
    try {
      add(await readLogFile(file, Readable.from([]), options));
    } catch (error) {
      const code = codeOf(error instanceof CaptureError ? error.cause : error);
      if (code !== 'ENOENT')
        gaps.push({
          where: file,
          why: code === 'EACCES' ? 'this user may not read it' : messageOf(error),
          how: `sudo cat ${file} | leakline oom --log -`,
        });
    }
  }
  return { logs, gaps };
}

/** All records that the kernel still has. */
export function readRingBuffer(kmsgPath: string, nowMs: number): OomLog | EvidenceGap {
  const source = 'dmesg';
  // The kernel's clock stands still while the machine sleeps, and so does CLOCK_MONOTONIC, which hrtime reads.
  const bootMs = nowMs - Number(process.hrtime.bigint() / 1000n) / 1000;
  const decoder = createKernelLogDecoder({ source, referenceMs: nowMs, bootMs, localTime });
  let overwritten = 0;
  let file: number | undefined;
  try {
    file = openSync(kmsgPath, constants.O_RDONLY | constants.O_NONBLOCK);
    const record = new Uint8Array(64 << 10);
    const text = new TextDecoder();
    for (;;) {
      let length: number;
      try {
        length = readSync(file, record, 0, record.length, null);
      } catch (error) {
        if (codeOf(error) === 'EPIPE' && overwritten++ < 1000) continue;
        if (codeOf(error) === 'EAGAIN') break;
        throw error;
      }
      if (length === 0) break;
      decoder.push(text.decode(record.subarray(0, length)));
    }
  } catch (error) {
    const code = codeOf(error);
    return {
      where: `the kernel's log (${kmsgPath})`,
      why:
        code === 'EPERM' || code === 'EACCES'
          ? 'this user may not read it (kernel.dmesg_restrict is 1)'
          : code === 'ENOENT'
            ? 'it is not there; containers usually hide it'
            : messageOf(error),
      how:
        code === 'ENOENT'
          ? 'on the host: sudo dmesg | leakline oom --log -'
          : 'sudo dmesg | leakline oom --log -   (or run leakline with sudo)',
    };
  } finally {
    if (file !== undefined) closeSync(file);
  }
  const log = decoder.finish();
  return overwritten === 0
    ? log
    : { ...log, warnings: [...log.warnings, 'dmesg: records were overwritten while read'] };
}

/** What the kernel, systemd and the OOM daemons wrote; undefined where there is no systemd. */
async function readJournal(program: string, options: LogReadOptions): Promise<OomLog | EvidenceGap | undefined> {
  const fields = '--output-fields=MESSAGE,_HOSTNAME,SYSLOG_IDENTIFIER,_TRANSPORT';
  const first = await runJournal(program, [fields], options);
  // Before version 236 there was no choice of fields.
  const result = /unrecognized option/.test(first.complaint) ? await runJournal(program, [], options) : first;
  if (result.missing) return undefined;
  if (result.log !== undefined && result.log.lines > 0) return result.log;
  const root = process.getuid?.() === 0;
  return {
    where: 'the journal (journalctl)',
    why:
      result.complaint !== '' ? result.complaint : root ? 'it is empty' : 'it has no entries that this user may read',
    how: root
      ? 'to keep one: sudo mkdir -p /var/log/journal && sudo systemctl restart systemd-journald'
      : 'sudo journalctl -k -o export | leakline oom --log -   (or join the group systemd-journal)',
  };
}

interface JournalRun {
  readonly log: OomLog | undefined;
  readonly missing: boolean;
  readonly complaint: string;
}

async function runJournal(program: string, more: readonly string[], options: LogReadOptions): Promise<JournalRun> {
  const decoder = createKernelLogDecoder({ source: 'journal', referenceMs: options.nowMs, localTime });
  const args = ['--quiet', '--no-pager', '--output=export', ...more, ...journalMatches];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaint = '';
  let missing = false;
  let late = false;
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < 1000) complaint += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => {
    child.on('error', (error) => {
      missing = codeOf(error) === 'ENOENT';
      complaint ||= error.message;
      resolve();
    });
    child.on('close', () => resolve());
  });
  const timer = setTimeout(() => {
    late = true;
    child.kill();
  }, journalTimeoutMs);
  try {
    await pump(child.stdout, decoder, 'journal', options.signal);
  } catch (error) {
    complaint ||= messageOf(error);
  } finally {
    clearTimeout(timer);
    if (options.signal?.aborted === true) child.kill();
    await ended;
  }
  const log = decoder.finish();
  return {
    log: late
      ? { ...log, warnings: [...log.warnings, 'the journal was read for one minute only, from its oldest entry'] }
      : log,
    missing,
    complaint: complaint.trim().split('\n').at(-1) ?? '',
  };
}

/** Bytes into the decoder, unpacked when they are gzip; gives what is wrong with an archive that breaks off. */
async function pump(
  stream: Readable,
  decoder: KernelLogDecoder,
  source: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const text = new TextDecoder();
  const chunks = bytesOf(stream, signal);
  const head = await chunks.next();
  if (head.done === true) return undefined;
  refuseBinary(head.value, source);
  const packed = head.value[0] === 0x1f && head.value[1] === 0x8b;
  const whole = prepend(head.value, chunks);
  if (!packed) {
    for await (const bytes of whole) decoder.push(text.decode(bytes, { stream: true }));
    decoder.push(text.decode());
    return undefined;
  }
  const gunzip = createGunzip();
  const input = Readable.from(whole, { objectMode: false });
  input.on('error', (error) => gunzip.destroy(error));
  input.pipe(gunzip);
  try {
    for await (const bytes of gunzip as AsyncIterable<Uint8Array>) decoder.push(text.decode(bytes, { stream: true }));
  } catch (error) {
    return `${source}: the archive breaks off (${messageOf(error)}); what stands before was read`;
  } finally {
    input.destroy();
  }
  decoder.push(text.decode());
  return undefined;
}

async function* bytesOf(stream: Readable, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
    if (signal?.aborted === true) return;
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}

async function* prepend(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** Formats that other tools turn into text. */
function refuseBinary(head: Uint8Array, source: string): void {
  const magic = Buffer.from(head.buffer, head.byteOffset, Math.min(8, head.length)).toString('latin1');
  const through = (what: string, command: string): CaptureError =>
    new CaptureError('E-LOG', `${source} is ${what}, not text`, { advice: `${command} | leakline oom --log -` });
  if (magic.startsWith('LPKSHHRH')) throw through('a journal file', `journalctl --file ${source} -o export`);
  if (magic.startsWith('\u00fd7zXZ')) throw through('packed by xz', `xz -dc ${source}`);
  if (magic.startsWith('\u0028\u00b5\u002f\u00fd')) throw through('packed by zstd', `zstd -dc ${source}`);
  if (magic.startsWith('BZh')) throw through('packed by bzip2', `bzip2 -dc ${source}`);
}

function unreadable(file: string, cause: unknown): CaptureError {
  const code = codeOf(cause);
  return new CaptureError(
    'E-LOG',
    code === 'ENOENT'
      ? `there is no log file ${file}`
      : code === 'EACCES'
        ? `${file} may not be read by this user`
        : `${file} cannot be read: ${messageOf(cause)}`,
    {
      cause,
      ...(code === 'ENOENT'
        ? { advice: 'Give a file with kernel messages, or leave --log out to read the logs of this machine.' }
        : code === 'EACCES'
          ? { advice: `sudo cat ${file} | leakline oom --log -` }
          : {}),
    },
  );
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

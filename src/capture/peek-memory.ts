// A bounded look into the memory of a running process, through /proc/PID/mem: nothing is written, nothing is stopped. Only
// pages that are resident are read, spread evenly over the range: reading others would make the kernel fetch them, and so
// change what is looked at. Sources: proc_pid_mem(5), Documentation/admin-guide/mm/pagemap.rst (bit 63: present).
// The kernel asks for ptrace_may_access(attach), and Yama's ptrace_scope on top of it.
import { type FileHandle, open, readFile } from 'node:fs/promises';
import { CaptureError } from '../base/errors.ts';
import { noSuchProcess } from './read-process.ts';
import { demandSameProcess } from './read-smaps.ts';

export interface AddressRange {
  readonly startAddress: number;
  readonly endAddress: number;
}

export interface MemorySample {
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface PeekedMemory {
  /** In the order of their addresses. */
  readonly samples: readonly MemorySample[];
  readonly sampledBytes: number;
  /** Resident in the ranges, of which the samples are a part. */
  readonly residentBytes: number;
  /** Could not be read: changed meanwhile, or memory of a device. */
  readonly unreadableBytes: number;
}

const mostSampledBytes = 16 << 20;
const sampleBytes = 64 * 1024;
const pagemapPieceBytes = 1 << 20;
/** Of address space; a terabyte of reservations is not walked to its end. */
const mostMappedBytes = 256 * 2 ** 30;
const presentBit = 0x80;

/** Throws CaptureError when the memory of the process may not be read: to be asked before a long watch, not after it. */
export async function demandReadableMemory(pid: number): Promise<void> {
  await (await openOf(pid, 'mem', 'the memory')).close();
}

/** Throws KnownError when the memory may not be read, or the process is gone or another one by now. */
export async function peekMemory(
  pid: number,
  startTicks: string,
  ranges: readonly AddressRange[],
): Promise<PeekedMemory> {
  const memory = await openOf(pid, 'mem', 'the memory');
  try {
    const pages = await residentPages(pid, ranges, await pageBytes());
    const residentBytes = pages.reduce((sum, range) => sum + range.endAddress - range.startAddress, 0);
    const samples: MemorySample[] = [];
    let unreadableBytes = 0;
    for (const { startAddress, endAddress } of spread(pages, residentBytes)) {
      const bytes = await readAt(memory, startAddress, endAddress - startAddress);
      if (bytes.length > 0) samples.push({ address: startAddress, bytes });
      unreadableBytes += endAddress - startAddress - bytes.length;
    }
    await demandSameProcess(pid, startTicks);
    return {
      samples,
      residentBytes,
      sampledBytes: samples.reduce((sum, sample) => sum + sample.bytes.length, 0),
      unreadableBytes,
    };
  } finally {
    await memory.close();
  }
}

async function openOf(pid: number, name: 'mem' | 'pagemap', what: string): Promise<FileHandle> {
  try {
    return await open(`/proc/${pid}/${name}`, 'r');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'EACCES' || code === 'EPERM') {
      const scope = (await readFile('/proc/sys/kernel/yama/ptrace_scope', 'utf8').catch(() => '')).trim();
      throw new CaptureError('E-CAPTURE-PERMISSION', `${what} of pid ${pid} may not be read (/proc/${pid}/${name})`, {
        advice:
          scope === '3'
            ? 'kernel.yama.ptrace_scope is 3: nobody may, until the machine is started with another value.'
            : `Run as root: sudo leakline regions ${pid} --peek. In a container it needs --cap-add SYS_PTRACE.`,
        cause,
      });
    }
    throw noSuchProcess(pid);
  }
}

/** Runs of resident pages, in the order of their addresses. */
async function residentPages(
  pid: number,
  ranges: readonly AddressRange[],
  bytesPerPage: number,
): Promise<readonly AddressRange[]> {
  const pagemap = await openOf(pid, 'pagemap', 'which pages');
  try {
    const found: { startAddress: number; endAddress: number }[] = [];
    let walkedBytes = 0;
    for (const { startAddress, endAddress } of ranges) {
      const pieceBytes = (pagemapPieceBytes / 8) * bytesPerPage;
      for (let at = startAddress; at < endAddress && walkedBytes < mostMappedBytes; at += pieceBytes) {
        const pages = Math.min(pieceBytes, endAddress - at) / bytesPerPage;
        walkedBytes += pages * bytesPerPage;
        const entries = await readAt(pagemap, (at / bytesPerPage) * 8, pages * 8);
        for (let page = 0; (page + 1) * 8 <= entries.length; page++) {
          if ((entries[page * 8 + 7]! & presentBit) === 0) continue;
          const address = at + page * bytesPerPage;
          const last = found.at(-1);
          if (last?.endAddress === address) last.endAddress += bytesPerPage;
          else found.push({ startAddress: address, endAddress: address + bytesPerPage });
        }
      }
    }
    return found;
  } finally {
    await pagemap.close();
  }
}

/** All of it when it is little, else pieces at even distances; `pages` as if they lay one behind the other. */
function spread(pages: readonly AddressRange[], residentBytes: number): readonly AddressRange[] {
  const count = Math.ceil(Math.min(residentBytes, mostSampledBytes) / sampleBytes);
  const startOf = (index: number): number => Math.floor((index * residentBytes) / count / 4096) * 4096;
  const endOf = (index: number): number => Math.min(startOf(index) + sampleBytes, startOf(index + 1));
  const pieces: AddressRange[] = [];
  let runStart = 0;
  let next = 0;
  for (const { startAddress, endAddress } of pages) {
    const runEnd = runStart + endAddress - startAddress;
    while (next < count && startOf(next) < runEnd) {
      const from = Math.max(startOf(next), runStart);
      const to = Math.min(endOf(next), runEnd);
      if (to > from)
        pieces.push({ startAddress: startAddress + from - runStart, endAddress: startAddress + to - runStart });
      if (endOf(next) > runEnd) break;
      next++;
    }
    runStart = runEnd;
  }
  return pieces;
}

/** Shorter where it ends, or may not be read. */
async function readAt(file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const read = await file.read(bytes, at, length - at, position + at).catch(() => ({ bytesRead: 0 }));
    if (read.bytesRead === 0) break;
    at += read.bytesRead;
  }
  return bytes.subarray(0, at);
}

/** AT_PAGESZ of the auxiliary vector: 4 KiB on amd64, up to 64 KiB on arm64. */
async function pageBytes(): Promise<number> {
  const vector = await readFile('/proc/self/auxv').catch(() => Buffer.alloc(0));
  for (let at = 0; at + 16 <= vector.length; at += 16)
    if (vector.readBigUInt64LE(at) === 6n) return Number(vector.readBigUInt64LE(at + 8));
  return 4096;
}

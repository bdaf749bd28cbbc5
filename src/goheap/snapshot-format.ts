// A saved heap: what was copied from a process, and its executable without code, packed part by part. It holds objects that
// have pointers and the stacks; not strings, byte slices or other objects without pointers, no free memory and no C memory.
// A short text can be in it all the same: as a field of such an object, in a frame, in a register that the runtime saved.
//
//   "LLHEAP1\n"  length u32  header (JSON)  parts, each deflated
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { DecodeError } from '../base/errors.ts';
import type { ThreadPlace } from './goroutine-table.ts';
import type { RuntimeAddresses } from './locate-runtime.ts';
import { runtimeVariables } from './locate-runtime.ts';

export interface SnapshotFacts {
  readonly loadBias: number;
  readonly takenAtMs: number;
  readonly pauseMs: number;
  readonly stopped: 'signal' | 'freezer' | 'not-stopped' | 'core' | 'already-stopped';
  readonly nowNs: number | undefined;
  readonly addresses: RuntimeAddresses;
  readonly threads: readonly ThreadPlace[];
  /** Addresses of the g of goroutines that were about to be woken; undefined when nobody looked again. */
  readonly movedOn: readonly number[] | undefined;
  /** Size of the executable's file. */
  readonly fileBytes: number;
}

/** Bytes of the process at an address, or of the executable's file at an offset. */
export interface SnapshotPart {
  readonly of: 'memory' | 'file';
  readonly start: number;
  readonly bytes: Uint8Array;
}

export interface HeapSnapshot {
  readonly facts: SnapshotFacts;
  readonly parts: readonly SnapshotPart[];
}

const magic = Buffer.from('LLHEAP1\n', 'latin1');
const schema = 'leakline.heap-snapshot/1';
const format = 'heap snapshot';
export const mostPartBytes = 16 * 1024 * 1024;
const mostHeaderBytes = 64 * 1024 * 1024;
const mostTotalBytes = 64 * 1024 * 1024 * 1024;
const again = { advice: 'Take it again: leakline capture PID -o FILE.' };

/** Parts above `mostPartBytes` must have been split. */
export function encodeSnapshot({ facts, parts }: HeapSnapshot): Uint8Array {
  const packed = parts.map((part) => deflateRawSync(part.bytes, { level: 1 }));
  const header = Buffer.from(
    JSON.stringify({
      schema,
      ...facts,
      parts: parts.map((part, i) => [part.of === 'memory' ? 0 : 1, part.start, part.bytes.length, packed[i]!.length]),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  return Buffer.concat([magic, length, header, ...packed]);
}

/** Throws DecodeError for anything but a whole snapshot. */
export function decodeSnapshot(bytes: Uint8Array): HeapSnapshot {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = magic.length + 4;
  if (buffer.length < start || !buffer.subarray(0, magic.length).equals(magic)) {
    throw new DecodeError(format, 0, 'a heap snapshot of leakline');
  }
  const headerBytes = buffer.readUInt32LE(magic.length);
  if (headerBytes > mostHeaderBytes || start + headerBytes > buffer.length) {
    throw new DecodeError(format, magic.length, 'a whole header', again);
  }
  const header = parseHeader(buffer.toString('utf8', start, start + headerBytes));
  const parts: SnapshotPart[] = [];
  let at = start + headerBytes;
  let total = 0;
  for (const [of, address, size, packed] of header.parts) {
    total += size;
    if (size > mostPartBytes || total > mostTotalBytes || at + packed > buffer.length) {
      throw new DecodeError(format, at, 'a whole part', again);
    }
    parts.push({ of: of === 0 ? 'memory' : 'file', start: address, bytes: unpack(buffer, at, size, packed) });
    at += packed;
  }
  return { facts: header.facts, parts };
}

function unpack(buffer: Buffer, at: number, size: number, packed: number): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(buffer.subarray(at, at + packed), { maxOutputLength: Math.max(1, size) });
  } catch (cause) {
    throw new DecodeError(format, at, `${size} packed bytes`, { ...again, cause });
  }
  if (bytes.length !== size) throw new DecodeError(format, at, `${size} packed bytes`, again);
  return bytes;
}

type PartRow = readonly [of: number, start: number, bytes: number, packed: number];

function parseHeader(text: string): { readonly facts: SnapshotFacts; readonly parts: readonly PartRow[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError(format, magic.length + 4, 'a header in JSON', { ...again, cause });
  }
  if (!isRecord(value) || value['schema'] !== schema) {
    throw new DecodeError(format, magic.length + 4, schema, {
      advice: 'A newer version of leakline may have made it.',
    });
  }
  const { addresses, threads, parts, stopped, nowNs, movedOn } = value;
  const stops = ['signal', 'freezer', 'not-stopped', 'core', 'already-stopped'] as const;
  const how = stops.find((one) => one === stopped);
  if (!isRecord(addresses) || !Array.isArray(threads) || !Array.isArray(parts) || how === undefined) {
    throw new DecodeError(format, magic.length + 4, 'addresses, threads and parts', again);
  }
  const known = Object.fromEntries(
    runtimeVariables.flatMap((name) => (name in addresses ? [[name, numberIn(addresses, name)]] : [])),
  );
  for (const name of ['mheap_', 'firstmoduledata', 'allgs']) numberIn(addresses, name);
  return {
    facts: {
      loadBias: numberIn(value, 'loadBias'),
      takenAtMs: numberIn(value, 'takenAtMs'),
      pauseMs: numberIn(value, 'pauseMs'),
      fileBytes: numberIn(value, 'fileBytes'),
      stopped: how,
      nowNs: typeof nowNs === 'number' ? nowNs : undefined,
      movedOn: Array.isArray(movedOn) ? movedOn.filter((one) => typeof one === 'number') : undefined,
      addresses: known as RuntimeAddresses,
      threads: threads.map((thread) => {
        if (!isRecord(thread)) throw new DecodeError(format, magic.length + 4, 'threads', again);
        return { tid: numberIn(thread, 'tid'), sp: numberIn(thread, 'sp'), pc: numberIn(thread, 'pc') };
      }),
    },
    parts: parts.map((row): PartRow => {
      const numbers =
        Array.isArray(row) && row.length === 4 && row.every((one) => Number.isSafeInteger(one) && one >= 0);
      if (!numbers) throw new DecodeError(format, magic.length + 4, 'parts of four numbers', again);
      return row as unknown as PartRow;
    }),
  };
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function numberIn(record: Record<string, unknown>, name: string): number {
  const value = record[name];
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new DecodeError(format, magic.length + 4, `a number for ${name}`, again);
  }
  return value;
}

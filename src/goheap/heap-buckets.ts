// The runtime's own heap profile in memory: a list of buckets, one for each stack and size of sampled allocations. It is there
// without any endpoint. Source: runtime/mprof.go, Go 1.19 to 1.27.
//
//   bucket { next, allnext, typ, hash, size, nstk } stk [nstk]uintptr   memRecord { active, future [3] }
//
// `active` is what is published; what happened since waits in `future` until its collections are over. The profile that
// runtime/pprof writes is active plus the one of future whose cycle just ended, before it was added. A program that never
// collected has nothing published: then all is added, as the runtime does.
import { type Memory, uint32At, wordAt } from './memory.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface HeapBuckets {
  readonly length: number;
  readonly address: Float64Array;
  /** Size of the allocation that was sampled. */
  readonly sizeBytes: Float64Array;
  /** Sampled objects, not scaled. */
  readonly allocated: Float64Array;
  readonly allocatedBytes: Float64Array;
  readonly freed: Float64Array;
  readonly freedBytes: Float64Array;
  /** CSR: return addresses of bucket i, leaf first, are pc[pcStart[i] … pcStart[i + 1]). */
  readonly pcStart: Int32Array;
  readonly pc: Float64Array;
  /** The list ended in something that is no bucket: what follows is missing. */
  readonly broken: boolean;
}

export interface BucketPlaces {
  /** Address of runtime.mbuckets. */
  readonly mbuckets: number;
  /** Address of runtime.mProfCycle; without it, what the last collection published may be missing for moments. */
  readonly mProfCycle?: number | undefined;
}

const mostBuckets = 1 << 24;
/** debug.profstackdepth is at most this. */
const mostFrames = 1024;
const cycles = 3;

interface Counts {
  allocs: number;
  frees: number;
  allocBytes: number;
  freeBytes: number;
}

export function readHeapBuckets(memory: Memory, layout: RuntimeLayout, places: BucketPlaces): HeapBuckets {
  const { bucket, memRecord, memRecordCycle } = layout.structs;
  const head = memory.read(places.mbuckets, 8);
  const ending = endingCycle(memory, places.mProfCycle);
  const rows: { address: number; size: number; published: Counts; waiting: Counts }[] = [];
  const pcStart = [0];
  const pc: number[] = [];
  let at = head === undefined ? Number.NaN : wordAt(head, 0);
  while (at > 0 && rows.length < mostBuckets) {
    const fixed = memory.read(at, bucket.sizeBytes);
    const frames = fixed === undefined ? Number.NaN : wordAt(fixed, bucket.nstk);
    if (fixed === undefined || !(frames <= mostFrames)) break;
    if (wordAt(fixed, bucket.typ) !== layout.constants.memProfile) break;
    const rest = memory.read(at + bucket.sizeBytes, 8 * frames + memRecord.sizeBytes);
    if (rest === undefined) break;
    const size = wordAt(fixed, bucket.size);
    const published = noCounts();
    const waiting = noCounts();
    const record = 8 * frames;
    addCounts(published, rest, record + memRecord.active, size, layout);
    for (let cycle = 0; cycle < cycles; cycle++) {
      const into = cycle === ending ? published : waiting;
      addCounts(into, rest, record + memRecord.future + cycle * memRecordCycle.sizeBytes, size, layout);
    }
    for (let i = 0; i < frames; i++) pc.push(wordAt(rest, 8 * i));
    pcStart.push(pc.length);
    rows.push({ address: at, size, published, waiting });
    at = wordAt(fixed, bucket.allnext);
  }
  const nothingPublished = rows.every(({ published }) => published.allocs === 0 && published.frees === 0);
  if (nothingPublished) for (const row of rows) row.published = row.waiting;
  return {
    length: rows.length,
    address: Float64Array.from(rows, (row) => row.address),
    sizeBytes: Float64Array.from(rows, (row) => row.size),
    allocated: Float64Array.from(rows, (row) => row.published.allocs),
    allocatedBytes: Float64Array.from(rows, (row) => row.published.allocBytes),
    freed: Float64Array.from(rows, (row) => row.published.frees),
    freedBytes: Float64Array.from(rows, (row) => row.published.freeBytes),
    pcStart: Int32Array.from(pcStart),
    pc: Float64Array.from(pc),
    broken: at !== 0,
  };
}

const noCounts = (): Counts => ({ allocs: 0, frees: 0, allocBytes: 0, freeBytes: 0 });

/** Since 1.27 bytes are not counted: each object of a bucket has its size. */
function addCounts(into: Counts, bytes: Uint8Array, at: number, size: number, layout: RuntimeLayout): void {
  const { allocs, frees, allocBytes, freeBytes } = layout.structs.memRecordCycle;
  const allocated = wordAt(bytes, at + allocs);
  const freed = wordAt(bytes, at + frees);
  into.allocs += allocated;
  into.frees += freed;
  into.allocBytes += allocBytes === undefined ? allocated * size : wordAt(bytes, at + allocBytes);
  into.freeBytes += freeBytes === undefined ? freed * size : wordAt(bytes, at + freeBytes);
}

/** Index in `future` of the cycle that is over; mProfCycle holds the cycle times two, plus one when it was added. */
function endingCycle(memory: Memory, mProfCycle: number | undefined): number {
  const bytes = mProfCycle === undefined ? undefined : memory.read(mProfCycle, 4);
  return bytes === undefined ? -1 : (uint32At(bytes, 0) >>> 1) % cycles;
}

/**
 * From a sampled object to where it was allocated: row of the bucket that a special of kind `specialProfile` names; -1 when
 * it names none. Rows are those of the profile's samples, too.
 */
export function bucketOfSpecial(
  memory: Memory,
  layout: RuntimeLayout,
  buckets: HeapBuckets,
): (special: number) => number {
  const rows = new Map<number, number>();
  for (let row = 0; row < buckets.length; row++) rows.set(buckets.address[row]!, row);
  const { b } = layout.structs.specialProfile;
  return (special) => {
    const bytes = memory.read(special + b, 8);
    return bytes === undefined ? -1 : (rows.get(wordAt(bytes, 0)) ?? -1);
  };
}

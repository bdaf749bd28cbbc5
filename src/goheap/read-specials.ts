// Records that the runtime hangs on objects: finalizers, cleanups, weak handles, samples of the heap profile. And those that
// wait in its queues to be run. Sources: runtime/mheap.go special*, runtime/mfinal.go, runtime/mcleanup.go.
import { type MemorySource, wordReaderOf } from '../base/memory-source.ts';
import type { RuntimeLayout } from './runtime-layout.ts';
import type { SpanTable } from './span-table.ts';

export interface SpecialTable {
  readonly length: number;
  /** Span row and byte offset in the span of the object that has it. */
  readonly span: Int32Array;
  readonly offset: Float64Array;
  /** As RuntimeLayout.constants.special… number them. */
  readonly kind: Uint8Array;
  /** Of the record. */
  readonly address: Float64Array;
  /** Lists that ended in something that is none. */
  readonly broken: number;
}

const mostSpecials = 1 << 26;
const mostOfSpan = 1 << 20;
/** Enough for the largest kind: reading it all makes it part of what is kept. */
const recordBytes = 64;

export function readSpecials(memory: MemorySource, layout: RuntimeLayout, spans: SpanTable): SpecialTable {
  const { special } = layout.structs;
  const record = new Uint8Array(recordBytes);
  const view = new DataView(record.buffer);
  const span: number[] = [];
  const offset: number[] = [];
  const kind: number[] = [];
  const address: number[] = [];
  let broken = 0;
  for (let row = 0; row < spans.length; row++) {
    let next = spans.specials[row]!;
    for (let i = 0; next !== 0 && i < mostOfSpan && span.length < mostSpecials; i++) {
      if (memory.readInto(next, record) < recordBytes) {
        broken++;
        break;
      }
      span.push(row);
      offset.push(
        special.offsetBytes === 2
          ? view.getUint16(special.offset, true)
          : view.getUint32(special.offset, true) + view.getUint32(special.offset + 4, true) * 2 ** 32,
      );
      kind.push(record[special.kind]!);
      address.push(next);
      next = view.getUint32(special.next, true) + view.getUint32(special.next + 4, true) * 2 ** 32;
    }
  }
  return {
    length: span.length,
    span: Int32Array.from(span),
    offset: Float64Array.from(offset),
    kind: Uint8Array.from(kind),
    address: Float64Array.from(address),
    broken,
  };
}

/** Pointers that queued finalizers and cleanups hold. */
export interface QueuedCalls {
  readonly kind: readonly ('finalizer' | 'cleanup')[];
  /** Function value of each. */
  readonly fn: readonly number[];
  /** Object that a finalizer gets; argument of a cleanup; 0 when none. */
  readonly argument: readonly number[];
}

const mostBlocks = 1 << 20;

/** `allfin` and `gcCleanups` are addresses of the variables; undefined when they are not known or do not exist. */
export function readQueuedCalls(
  memory: MemorySource,
  layout: RuntimeLayout,
  places: { readonly allfin?: number; readonly gcCleanups?: number },
): QueuedCalls {
  const { finBlock, finalizer, cleanupQueue, cleanupBlock, cleanupFn } = layout.structs;
  const reader = wordReaderOf(memory);
  const result = { kind: [] as ('finalizer' | 'cleanup')[], fn: [] as number[], argument: [] as number[] };
  const add = (kind: 'finalizer' | 'cleanup', fn: number, argument: number): void => {
    if (fn === 0) return;
    result.kind.push(kind);
    result.fn.push(fn);
    result.argument.push(argument);
  };
  let block = places.allfin === undefined ? 0 : reader.word(places.allfin);
  for (let i = 0; block > 0 && i < mostBlocks; i++) {
    const room = Math.floor((finBlock.sizeBytes - finBlock.fin) / finalizer.sizeBytes);
    const count = Math.min(room, reader.uint32(block + finBlock.cnt));
    for (let k = 0; k < count; k++) {
      const at = block + finBlock.fin + k * finalizer.sizeBytes;
      add('finalizer', reader.word(at + finalizer.fn), reader.word(at + finalizer.arg));
    }
    block = reader.word(block + finBlock.alllink);
  }
  if (places.gcCleanups === undefined || cleanupQueue === undefined || cleanupBlock === undefined) return result;
  block = reader.word(places.gcCleanups + cleanupQueue.all);
  for (let i = 0; block > 0 && i < mostBlocks; i++) {
    const size = cleanupFn?.sizeBytes ?? 8;
    const room = Math.floor((cleanupBlock.sizeBytes - cleanupBlock.cleanups) / size);
    const count = Math.min(room, reader.uint32(block + cleanupBlock.n));
    for (let k = 0; k < count; k++) {
      const at = block + cleanupBlock.cleanups + k * size;
      if (cleanupFn === undefined) add('cleanup', reader.word(at), 0);
      else add('cleanup', reader.word(at + cleanupFn.fn), reader.word(at + cleanupFn.arg));
    }
    block = reader.word(block + cleanupBlock.alllink);
  }
  return result;
}

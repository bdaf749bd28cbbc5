// Pointer masks of types: which words of a value are pointers. Source: internal/abi/type.go Type.GCData, PtrBytes, TFlag;
// runtime/type.go getGCMask (the mask of a large type is made when it is first needed, from Go 1.24 on).
import type { MemorySource } from '../base/memory-source.ts';
import { wordOf } from '../base/memory-source.ts';
import type { RuntimeLayout } from './runtime-layout.ts';

export interface TypeMask {
  /** Words of one value: the mask repeats after them. */
  readonly sizeWords: number;
  /** Words behind this one are no pointers. */
  readonly pointerWords: number;
  /** One bit a word, up to pointerWords. */
  readonly bits: Uint32Array;
}

export interface TypeMasks {
  /** Undefined when there is no sane type at the address. */
  maskOf(type: number): TypeMask | undefined;
  /** Of types that were asked for. */
  readonly counts: { good: number; bad: number };
}

const mostTypeBytes = 2 ** 40;
const mostMaskBytes = 256 * 1024 * 1024;

export function createTypeMasks(memory: MemorySource, layout: RuntimeLayout): TypeMasks {
  const known = new Map<number, TypeMask | undefined>();
  const counts = { good: 0, bad: 0 };
  return {
    counts,
    maskOf(type) {
      let mask = known.get(type);
      if (mask === undefined && !known.has(type)) {
        mask = readMask(memory, layout, type);
        known.set(type, mask);
      }
      if (mask === undefined) counts.bad++;
      else counts.good++;
      return mask;
    },
  };
}

function readMask(memory: MemorySource, layout: RuntimeLayout, address: number): TypeMask | undefined {
  const at = layout.structs.type;
  const record = new Uint8Array(at.sizeBytes);
  if (!(address > 0) || address % 8 !== 0 || memory.readInto(address, record) < record.length) return undefined;
  const view = new DataView(record.buffer);
  const word = (offset: number): number => wordOf(view.getUint32(offset, true), view.getUint32(offset + 4, true));
  const size = word(at.size);
  const pointerBytes = word(at.ptrBytes);
  if (!(size > 0 && size <= mostTypeBytes && pointerBytes <= size && pointerBytes > 0) || pointerBytes % 8 !== 0)
    return undefined;
  const { tflagGcMaskOnDemand, kindGcProg } = layout.constants;
  if (kindGcProg !== undefined && (record[at.kind]! & kindGcProg) !== 0) return undefined;
  let data = word(at.gcData);
  if (tflagGcMaskOnDemand !== undefined && (record[at.tflag]! & tflagGcMaskOnDemand) !== 0) {
    const pointer = new Uint8Array(8);
    if (memory.readInto(data, pointer) < 8) return undefined;
    const pointerView = new DataView(pointer.buffer);
    data = wordOf(pointerView.getUint32(0, true), pointerView.getUint32(4, true));
  }
  const pointerWords = pointerBytes / 8;
  const bytes = (pointerWords + 7) >> 3;
  if (!(data > 0) || bytes > mostMaskBytes) return undefined;
  const bits = new Uint32Array((bytes + 3) >> 2);
  if (memory.readInto(data, new Uint8Array(bits.buffer, 0, bytes)) < bytes) return undefined;
  return { sizeWords: Math.ceil(size / 8), pointerWords, bits };
}

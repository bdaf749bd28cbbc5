// What the compiler wrote down about a place in code where a goroutine can stand: the size of the frame, which of its words
// are live pointers, which variables live in it as a whole. Source: runtime/stkframe.go getStackMap, runtime/stack.go
// stackObjectRecord. Everything depends on the pc only, and many goroutines stand at the same few.
import { type MemorySource, readExactly, wordReaderOf } from '../base/memory-source.ts';
import {
  argumentBytesOf,
  flagsOf,
  frameBytesAt,
  funcdata,
  funcdataAt,
  funcFlag,
  pcdata,
  pcdataAt,
} from '../decode/pclntab/function-data.ts';
import { functionNameAt, functionRowAt, type Pclntab } from '../decode/pclntab/pclntab.ts';
import type { GoModule } from './module-data.ts';

export interface FramePlan {
  readonly name: string;
  /** Bytes from the stack pointer to the return address; -1 when it is not known here. */
  readonly frameBytes: number;
  /** The outermost function: nothing called it. */
  readonly isTop: boolean;
  /** Live pointer words, as byte offsets from where the caller's stack pointer was (FP). */
  readonly live: Int32Array;
  /** Variables that are scanned when something points to them; by offset from FP. */
  readonly objects: readonly StackObject[];
  /** A signal stopped it here: its words, and those of the frame that it interrupted, may all be pointers. */
  readonly isPreemption: boolean;
}

export interface StackObject {
  /** From FP. */
  readonly offset: number;
  readonly bytes: number;
  /** Byte offsets of its pointer words; undefined: any may be one. */
  readonly pointers: Int32Array | undefined;
}

export interface FramePlans {
  /** `called`: the pc is a return address, so the call in front of it counts. Undefined when it is no Go code. */
  planAt(pc: number, called: boolean): FramePlan | undefined;
}

const mostBits = 1 << 20;
const mostObjects = 1 << 16;
const recordBytes = 16;
const preemptionFunctions = new Set(['runtime.asyncPreempt', 'runtime.debugCallV2']);

/** `module` is the one that `table` belongs to; `loadBias` is added to the table's addresses. */
export function createFramePlans(table: Pclntab, module: GoModule, loadBias: number, memory: MemorySource): FramePlans {
  const plans = new Map<number, FramePlan | undefined>();
  return {
    planAt(pc, called) {
      const key = called ? -pc : pc;
      if (!plans.has(key)) plans.set(key, makePlan({ table, module, loadBias, memory }, pc, called));
      return plans.get(key);
    },
  };
}

interface Context {
  readonly table: Pclntab;
  readonly module: GoModule;
  readonly loadBias: number;
  readonly memory: MemorySource;
}

function makePlan(context: Context, pc: number, called: boolean): FramePlan | undefined {
  const { table, loadBias } = context;
  const row = functionRowAt(table, pc - loadBias);
  if (row < 0) return undefined;
  const start = table.textStart + table.starts[row]!;
  const within = pc - loadBias - start;
  const frameBytes = frameBytesAt(table, row, within);
  const name = functionNameAt(table, row);
  // The map is of the call itself, except at the very start of a function.
  const mapIndex = Math.max(0, pcdataAt(table, row, pcdata.stackMapIndex, called && within > 0 ? within - 1 : within));
  // Return address, then the saved frame pointer where there is a frame (amd64).
  const localsEnd = frameBytes > 0 ? -16 : -8;
  const live: number[] = [];
  if (frameBytes > 0) addMap(context, live, row, funcdata.localsPointerMaps, mapIndex, localsEnd);
  if (argumentBytesOf(table, row) > 0) addMap(context, live, row, funcdata.argsPointerMaps, mapIndex, 0);
  return {
    name,
    frameBytes,
    isTop: (flagsOf(table, row) & funcFlag.topFrame) !== 0,
    live: Int32Array.from(live),
    objects: readObjects(context, row, localsEnd),
    isPreemption: preemptionFunctions.has(name),
  };
}

/** Words that bitmap `index` of a stackmap {n int32, nbit int32, bits} marks: locals end at `end`, arguments begin there. */
function addMap(context: Context, live: number[], row: number, which: number, index: number, end: number): void {
  const offset = funcdataAt(context.table, row, which);
  if (offset < 0) return;
  const address = context.module.gofunc + offset;
  const reader = wordReaderOf(context.memory);
  const maps = reader.int32(address);
  const bits = reader.int32(address + 4);
  if (!reader.took() || index >= maps || bits <= 0 || bits > mostBits) return;
  const bytes = (bits + 7) >> 3;
  const mask = readExactly(context.memory, address + 8 + index * bytes, bytes);
  if (mask === undefined) return;
  const first = which === funcdata.localsPointerMaps ? end - bits * 8 : end;
  for (let bit = 0; bit < bits; bit++) {
    if (((mask[bit >> 3]! >> (bit & 7)) & 1) === 1) live.push(first + bit * 8);
  }
}

/** Records {offset i32, size i32, pointer bytes i32 (negative: a program), offset of the mask from rodata u32}. */
function readObjects(context: Context, row: number, localsEnd: number): StackObject[] {
  const offset = funcdataAt(context.table, row, funcdata.stackObjects);
  if (offset < 0) return [];
  const address = context.module.gofunc + offset;
  const count = wordReaderOf(context.memory).word(address);
  if (!(count > 0 && count <= mostObjects)) return [];
  const records = readExactly(context.memory, address + 8, count * recordBytes);
  if (records === undefined) return [];
  const view = new DataView(records.buffer);
  return Array.from({ length: count }, (_, i) => {
    const at = i * recordBytes;
    const place = view.getInt32(at, true);
    const pointerBytes = view.getInt32(at + 8, true);
    return {
      offset: place < 0 ? localsEnd + place : place,
      bytes: view.getInt32(at + 4, true),
      pointers: readPointers(context, context.module.rodata + view.getUint32(at + 12, true), pointerBytes),
    };
  });
}

function readPointers(context: Context, address: number, pointerBytes: number): Int32Array | undefined {
  const words = pointerBytes / 8;
  if (!(words > 0) || words > mostBits) return undefined;
  const mask = readExactly(context.memory, address, (words + 7) >> 3);
  if (mask === undefined) return undefined;
  const offsets: number[] = [];
  for (let word = 0; word < words; word++) {
    if (((mask[word >> 3]! >> (word & 7)) & 1) === 1) offsets.push(word * 8);
  }
  return Int32Array.from(offsets);
}

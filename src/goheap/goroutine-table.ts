// The goroutines of runtime.allgs: state, stack, where they wait. Source: runtime/runtime2.go type g, runtime/proc.go allgs.
import type { MemorySource } from '../base/memory-source.ts';
import { wordOf, wordReaderOf } from '../base/memory-source.ts';
import { type RuntimeLayout, scanBit } from './runtime-layout.ts';

/** A thread of the process, with its registers where they are known (a core). */
export interface ThreadPlace {
  readonly tid: number;
  readonly sp: number;
  readonly pc: number;
  /** General registers, each a possible pointer. */
  readonly registers?: readonly number[];
}

export interface GoroutineTable {
  readonly length: number;
  /** Of its g. */
  readonly address: Float64Array;
  readonly id: Float64Array;
  /** Index into RuntimeLayout.goroutineStates. */
  readonly status: Uint8Array;
  /** Index into RuntimeLayout.waitReasons. */
  readonly waitReason: Uint8Array;
  /** runtime.nanotime() when it began to wait; 0 when unknown. */
  readonly waitSince: Float64Array;
  readonly stackLow: Float64Array;
  readonly stackHigh: Float64Array;
  /** Where unwinding begins. */
  readonly sp: Float64Array;
  readonly pc: Float64Array;
  readonly goPc: Float64Array;
  readonly startPc: Float64Array;
  readonly m: Float64Array;
  /** 1: sp and pc are those of a thread that runs it; no safe point, so its innermost frame is read conservatively. */
  readonly onThread: Uint8Array;
  /** 1: it runs and nobody can say where: its whole stack is read conservatively. */
  readonly lost: Uint8Array;
  /** Row of `threads`, -1 when none runs it. */
  readonly thread: Int32Array;
  /** Addresses of the g of goroutines that ended or have not begun. */
  readonly dead: readonly number[];
  /** Address of the array of runtime.allgs. */
  readonly list: number;
}

const mostGoroutines = 1 << 26;

/** Dead and unused ones have no row: their stacks are empty. */
export function readGoroutines(
  memory: MemorySource,
  layout: RuntimeLayout,
  allgs: number,
  threads: readonly ThreadPlace[],
): GoroutineTable {
  const { g } = layout.structs;
  const states = layout.goroutineStates;
  const alive = states.map((state) => !['', 'idle', 'dead', 'deadextra'].includes(state));
  const running = states.indexOf('running');
  const syscall = states.indexOf('syscall');
  const reader = wordReaderOf(memory);
  const list = reader.word(allgs);
  const listed = Math.min(mostGoroutines, reader.word(allgs + 8) || 0);
  const pointers = new Uint8Array(listed * 8);
  const count = memory.readInto(list, pointers) >> 3;
  const pointerView = new DataView(pointers.buffer);
  const table = { ...emptyTable(count), list };
  const record = new Uint8Array(g.sizeBytes);
  const view = new DataView(record.buffer);
  const word = (at: number): number => wordOf(view.getUint32(at, true), view.getUint32(at + 4, true));
  for (let i = 0; i < count; i++) {
    const address = wordOf(pointerView.getUint32(8 * i, true), pointerView.getUint32(8 * i + 4, true));
    if (memory.readInto(address, record) < record.length) continue;
    const status = view.getUint32(g.atomicstatus, true) & ~scanBit;
    if (status >= alive.length || !alive[status]) {
      table.dead.push(address);
      continue;
    }
    const low = word(g.stackLo);
    const high = word(g.stackHi);
    const row = table.length++;
    const inSyscall = word(g.syscallsp) !== 0;
    let sp = inSyscall ? word(g.syscallsp) : word(g.schedSp);
    let pc = inSyscall ? word(g.syscallpc) : word(g.schedPc);
    table.thread[row] = -1;
    if (status === running) {
      const thread = threads.findIndex((one) => one.sp >= low && one.sp < high);
      table.thread[row] = thread;
      if (thread >= 0) {
        sp = threads[thread]!.sp;
        pc = threads[thread]!.pc;
        table.onThread[row] = 1;
      } else if (threads.length === 0 || !(sp >= low && sp < high)) {
        // Its thread is on another stack (the scheduler's) and sched says where it left, or nobody knows.
        table.lost[row] = 1;
      }
    } else if (status === syscall) {
      table.thread[row] = threads.findIndex((one) => one.sp >= low && one.sp < high);
    }
    table.address[row] = address;
    table.id[row] = word(g.goid);
    table.status[row] = status;
    table.waitReason[row] = record[g.waitreason]!;
    table.waitSince[row] = word(g.waitsince);
    table.stackLow[row] = low;
    table.stackHigh[row] = high;
    table.sp[row] = sp;
    table.pc[row] = pc;
    table.goPc[row] = word(g.gopc);
    table.startPc[row] = word(g.startpc);
    table.m[row] = word(g.m);
  }
  return table;
}

function emptyTable(count: number) {
  return {
    length: 0,
    address: new Float64Array(count),
    id: new Float64Array(count),
    status: new Uint8Array(count),
    waitReason: new Uint8Array(count),
    waitSince: new Float64Array(count),
    stackLow: new Float64Array(count),
    stackHigh: new Float64Array(count),
    sp: new Float64Array(count),
    pc: new Float64Array(count),
    goPc: new Float64Array(count),
    startPc: new Float64Array(count),
    m: new Float64Array(count),
    onThread: new Uint8Array(count),
    lost: new Uint8Array(count),
    thread: new Int32Array(count),
    dead: [] as number[],
  };
}

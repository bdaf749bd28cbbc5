// Copies memory of a process with two threads, so that it stands still for a shorter time. The helper is started before the
// process is stopped; while the caller still rehearses it touches the memory to copy into. Whoever is free takes the next piece:
// a helper that does not get a processor leaves the pieces to the caller, who waits for one at most.
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MemorySource } from '../../base/memory-source.ts';
import { type Copier, copyAlone, destinationOf } from '../../goheap/copier.ts';

export interface HelpedCopier extends Copier {
  /** Returns when the pages of all rooms are there. */
  settle(): void;
  close(): Promise<unknown>;
}

export interface SharedMemorySource extends MemorySource {
  /** Descriptor of a file with the memory at its address, good in all threads of this process. */
  readonly file: number;
}

/** Cells of a turn: what to take next, and how many helpers are at work. */
const next = 0;
const busy = 1;
const touchBytes = 4 * 1024 * 1024;
const pageBytes = 4096;
const lookAgainMs = 5;
/** So few are copied before a helper that waits for a processor would have begun. */
const leastPieces = 16;

const program = `
const { workerData, receiveMessageOnPort } = require('node:worker_threads');
const { readSync } = require('node:fs');
const { orders, port, file } = workerData;
const rooms = [];
const inTurns = ({ turn, length }, work) => {
  Atomics.add(turn, ${busy}, 1);
  for (let row = Atomics.add(turn, ${next}, 1); row < length; row = Atomics.add(turn, ${next}, 1)) work(row);
  Atomics.sub(turn, ${busy}, 1);
  Atomics.notify(turn, ${busy});
};
const read = (into, address) => {
  try {
    for (let done = 0; ; ) {
      const count = readSync(file, into, done, into.length - done, address + done);
      done += count;
      if (count === 0 || done === into.length) return done;
    }
  } catch {
    return 0;
  }
};
const obey = {
  room: ({ room }) => rooms.push(room),
  touch: (order) =>
    inTurns(order, (row) => {
      const room = rooms[order.room].subarray(0, order.bytes);
      const end = Math.min(room.length, (row + 1) * ${touchBytes});
      for (let at = row * ${touchBytes}; at < end; at += ${pageBytes}) room[at] = 1;
    }),
  copy: (order) =>
    inTurns(order, (row) => {
      const { address, slab, at, bytes } = order.list;
      order.counts[row] = read(order.slabs[slab[row]].subarray(at[row], at[row] + bytes[row]), address[row]);
    }),
};
for (let seen = 0; ; seen = Atomics.load(orders, 0)) {
  for (let order = receiveMessageOnPort(port); order; order = receiveMessageOnPort(port)) obey[order.message.what](order.message);
  Atomics.wait(orders, 0, seen);
}
`;

interface Turns {
  readonly turn: Int32Array;
  readonly length: number;
}

/** `memory` must stay open until it is closed. Where no thread can be had, the caller copies alone. */
export function copyTogether(memory: SharedMemorySource): HelpedCopier {
  const alone = copyAlone(memory);
  const orders = new Int32Array(new SharedArrayBuffer(4));
  const { port1: port, port2 } = new MessageChannel();
  let worker: Worker;
  try {
    worker = new Worker(program, {
      eval: true,
      workerData: { orders, port: port2, file: memory.file },
      transferList: [port2],
      env: {},
      execArgv: [],
    });
  } catch {
    port.close();
    return { ...alone, settle() {}, close: () => Promise.resolve() };
  }
  // It is of use only while it is there.
  worker.on('error', () => {});
  worker.unref();
  const tell = (order: object): void => {
    port.postMessage(order);
    Atomics.add(orders, 0, 1);
    Atomics.notify(orders, 0);
  };
  const rooms: Uint8Array[] = [];
  const touching: (Turns & { readonly room: Uint8Array })[] = [];
  return {
    room(bytes) {
      const room = new Uint8Array(new SharedArrayBuffer(bytes));
      rooms.push(room);
      tell({ what: 'room', room });
      return room;
    },
    touch(room, bytes) {
      const turns = turnsOf(Math.ceil(bytes / touchBytes));
      touching.push({ ...turns, room: room.subarray(0, bytes) });
      tell({ what: 'touch', room: rooms.indexOf(room), bytes, ...turns });
    },
    settle() {
      for (const { room, ...turns } of touching.splice(0)) inTurns(turns, (row) => touchPages(room, row), ignore);
    },
    copy(list, slabs, progress) {
      if (list.length < leastPieces) return alone.copy(list, slabs, progress);
      const turns = turnsOf(list.length);
      const counts = new Uint32Array(new SharedArrayBuffer(list.length * Uint32Array.BYTES_PER_ELEMENT));
      tell({ what: 'copy', list, slabs, counts, ...turns });
      let begun = 0;
      let upTo = 0;
      const copyPiece = (row: number): void => {
        counts[row] = memory.readInto(list.address[row]!, destinationOf(list, slabs, row));
        // The rows before are taken: by the other one, where not by this one.
        for (; upTo <= row; upTo++) begun += list.bytes[upTo]!;
        progress(begun);
      };
      inTurns(turns, copyPiece, () => progress(begun));
      return counts;
    },
    close() {
      port.close();
      return worker.terminate();
    },
  };
}

const turnsOf = (length: number): Turns => ({ turn: new Int32Array(new SharedArrayBuffer(8)), length });

/** Takes what there is to take, then waits for the helper to end what it has taken. */
function inTurns({ turn, length }: Turns, work: (row: number) => void, waiting: () => void): void {
  try {
    for (let row = Atomics.add(turn, next, 1); row < length; row = Atomics.add(turn, next, 1)) work(row);
    for (let others = Atomics.load(turn, busy); others !== 0; others = Atomics.load(turn, busy)) {
      Atomics.wait(turn, busy, others, lookAgainMs);
      waiting();
    }
  } finally {
    // When this one gives up, the helper takes no more either.
    Atomics.store(turn, next, length);
  }
}

function touchPages(room: Uint8Array, row: number): void {
  const end = Math.min(room.length, (row + 1) * touchBytes);
  for (let at = row * touchBytes; at < end; at += pageBytes) room[at] = 1;
}

const ignore = (): void => {};

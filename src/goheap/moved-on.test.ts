import { describe, expect, it } from 'vitest';
import { memoryOfRanges } from '../base/memory-source.ts';
import { layoutForVersion } from './layout-for-version.ts';
import { movedOnSince } from './moved-on.ts';

const layout = layoutForVersion('go1.26.8')!;
const { g, sudog } = layout.structs;
const [goroutine, record] = [0xc000001000, 0xc000002000];

/** A goroutine that waits for a channel, or for a lock where there is no channel. */
interface Drawn {
  readonly status?: string;
  readonly id?: number;
  readonly stackHi?: number;
  readonly sp?: number;
  readonly channel?: number;
  readonly lock?: number;
}

function memory({ status = 'waiting', id = 7, stackHi = 0xc000010000, sp = 0xc00000ff00, ...wait }: Drawn) {
  const { channel = 0xc000003000, lock = 0 } = wait;
  const own = new DataView(new ArrayBuffer(g.sizeBytes));
  const waits = new DataView(new ArrayBuffer(sudog.sizeBytes));
  const write = (view: DataView, at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  own.setUint32(g.atomicstatus, layout.goroutineStates.indexOf(status), true);
  for (const [at, value] of [
    [g.goid, id],
    [g.stackHi, stackHi],
    [g.schedSp, sp],
    [g.waiting, record],
  ] as const)
    write(own, at, value);
  write(waits, sudog.c, channel);
  write(waits, sudog.elem, lock);
  return memoryOfRanges([
    { start: goroutine, bytes: new Uint8Array(own.buffer) },
    { start: record, bytes: new Uint8Array(waits.buffer) },
  ]);
}

function moved(before: Drawn, later: Drawn | 'gone'): boolean {
  const goroutines = {
    length: 1,
    status: Uint8Array.of(layout.goroutineStates.indexOf(before.status ?? 'waiting')),
    address: Float64Array.of(goroutine),
  };
  const now = later === 'gone' ? memoryOfRanges([]) : memory(later);
  return movedOnSince({ goroutines, memory: memory(before), target: { layout } }, now).has(goroutine);
}

describe('a goroutine that waited when its process was copied', () => {
  it('waits still when nothing of it has changed', () => {
    expect(moved({}, {})).toBe(false);
    expect(moved({ channel: 0, lock: 0xc000004000 }, { channel: 0, lock: 0xc000004000 })).toBe(false);
  });

  it('waits still when the collector has moved its stack', () => {
    expect(moved({}, { stackHi: 0xc000020000, sp: 0xc00001ff00 })).toBe(false);
  });

  it('has moved on when it runs, is another one, stands elsewhere or waits for something else', () => {
    expect(moved({}, { status: 'runnable' })).toBe(true);
    expect(moved({}, { id: 8 })).toBe(true);
    expect(moved({}, { sp: 0xc00000fe00 })).toBe(true);
    expect(moved({}, { channel: 0xc000005000 })).toBe(true);
    expect(moved({ channel: 0, lock: 0xc000004000 }, { channel: 0, lock: 0xc000004100 })).toBe(true);
  });

  it('is taken to have moved on when it cannot be read any more', () => {
    expect(moved({}, 'gone')).toBe(true);
  });

  it('is not asked when it did not wait', () => {
    expect(moved({ status: 'running' }, { status: 'waiting' })).toBe(false);
  });
});

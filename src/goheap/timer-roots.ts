// Timers that wait in the heaps of the Ps, each a named node. Source: runtime/time.go timers.heap, timer; time/sleep.go
// (goFunc runs the function of AfterFunc, sendTime fills a channel), runtime goroutineReady ends a Sleep.
import { type WordReader, wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';
import type { RootSetBuilder } from './root-set.ts';
import { spanOfAddress } from './span-table.ts';

export interface WaitingTimers {
  readonly length: number;
  readonly address: Float64Array;
  /** The arrays that list them: no holders of their own. */
  readonly lists: readonly number[];
  /** Ps whose list cannot be one: this build of the runtime has it elsewhere. */
  readonly odd: number;
}

const mostProcessors = 1 << 16;
const mostTimers = 1 << 26;

export function readWaitingTimers(image: HeapImage): WaitingTimers {
  const { layout, addresses } = image.target;
  const { p, timerWhen } = layout.structs;
  const reader = wordReaderOf(image.memory);
  const found: number[] = [];
  const lists: number[] = [];
  let odd = 0;
  const stride = timerWhen?.sizeBytes ?? 8;
  const addTimers = (list: number, count: number): void => {
    lists.push(list);
    for (let i = 0; i < count; i++) {
      const timer = reader.word(list + i * stride + (timerWhen?.timer ?? 0));
      if (isInHeap(image, timer)) found.push(timer);
    }
  };
  const processors = addresses.allp === undefined ? 0 : Math.min(mostProcessors, reader.word(addresses.allp + 8) || 0);
  for (let i = 0; i < processors; i++) {
    const processor = reader.word(reader.word(addresses.allp!) + 8 * i);
    const list = reader.word(processor + p.timers);
    const count = reader.word(processor + p.timers + 8);
    const capacity = reader.word(processor + p.timers + 16);
    if (!(count <= capacity) || count > mostTimers || (list !== 0 && !isInHeap(image, list))) odd++;
    else if (count > 0) addTimers(list, count);
  }
  return { length: found.length, address: Float64Array.from(found), lists, odd };
}

const isInHeap = (image: HeapImage, address: number): boolean => spanOfAddress(image.spans.pageIndex, address) >= 0;

export function addTimerRoots(
  builder: RootSetBuilder,
  image: HeapImage,
  timers: WaitingTimers,
  functionName: (pc: number) => string,
): void {
  const reader = wordReaderOf(image.memory);
  for (const address of timers.address) {
    builder.addNode({ kind: 'timer', name: timerName(reader, image, address, functionName), address });
    builder.addPointer(address);
  }
}

function timerName(
  reader: WordReader,
  image: HeapImage,
  address: number,
  functionName: (pc: number) => string,
): string {
  const { timer } = image.target.layout.structs;
  const does = functionName(reader.word(reader.word(address + timer.f)));
  const repeats = reader.word(address + timer.period) > 0;
  switch (does) {
    case 'time.goFunc':
      return `time.AfterFunc ${functionName(reader.word(reader.word(address + timer.arg + 8)))}`.trimEnd();
    case 'time.sendTime':
      return repeats ? 'time.Ticker' : 'time.Timer';
    case 'runtime.goroutineReady':
      return 'time.Sleep';
    default:
      return does === '' ? 'timer' : `timer ${does}`;
  }
}

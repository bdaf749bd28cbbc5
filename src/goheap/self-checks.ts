// What a walk says of how right it is. Each check compares two things that come from different places in memory.
import { wordReaderOf } from '../base/memory-source.ts';
import type { SelfCheck } from '../model/heap-graph.ts';
import type { GoroutineRoots } from './goroutine-roots.ts';
import type { HeapImage } from './heap-image.ts';
import type { ObjectIndex } from './object-index.ts';
import type { Scanning } from './pointer-scanner.ts';
import { pageBytes } from './span-table.ts';
import type { WalkedGraph } from './walk-graph.ts';

export interface WalkParts {
  readonly image: HeapImage;
  readonly index: ObjectIndex;
  readonly scanning: Scanning;
  readonly graph: WalkedGraph;
  readonly goroutines: GoroutineRoots;
}

/** Shares of what may differ while nothing is wrong: a stop can fall between two writes of the runtime. */
const mostByteShare = 0.001;
const mostBadShare = 0.001;
const mostFreeShare = 0.0001;

export function selfChecksOf(parts: WalkParts): SelfCheck[] {
  return [
    ...spanBytes(parts),
    spansWhole(parts),
    objectTypes(parts),
    freeSlots(parts),
    stacks(parts),
    memoryWhole(parts),
  ];
}

function spanBytes({ image }: WalkParts): SelfCheck[] {
  const { addresses, layout } = image.target;
  if (addresses.gcController === undefined) return [];
  const counted = wordReaderOf(image.memory).word(addresses.gcController + layout.structs.gcController.heapInUse);
  let bytes = 0;
  for (let row = 0; row < image.spans.length; row++) bytes += image.spans.pages[row]! * pageBytes;
  return [
    {
      name: 'bytes in spans',
      ok: Math.abs(bytes - counted) <= Math.max(pageBytes * 16, counted * mostByteShare),
      detail: `the spans have ${bytes} bytes, the runtime counts ${counted}`,
    },
  ];
}

function spansWhole({ image, index }: WalkParts): SelfCheck {
  const { odd, length } = image.spans;
  return {
    name: 'spans',
    ok: odd <= length * mostBadShare && index.unknownSpans <= length * mostBadShare,
    detail: `${length} spans; ${odd} contradict themselves, of ${index.unknownSpans} it is not known what is free`,
  };
}

function objectTypes({ scanning, graph }: WalkParts): SelfCheck {
  const { good, bad } = scanning.masks.counts;
  return {
    name: 'types of objects',
    ok: bad <= Math.max(2, (good + bad) * mostBadShare),
    detail: `${good + bad} objects name their type, ${bad} of these are none; ${graph.length - graph.named} objects`,
  };
}

function freeSlots({ graph }: WalkParts): SelfCheck {
  return {
    name: 'pointers to free memory',
    ok: graph.toFreeSlots <= graph.pointers * mostFreeShare,
    detail: `${graph.toFreeSlots} of ${graph.pointers} pointers lead to memory that is free`,
  };
}

function stacks({ image, goroutines }: WalkParts): SelfCheck {
  const { length } = image.goroutines;
  // A thread that runs C code, or is being started, has no Go stack to be followed.
  const running = image.goroutines.onThread.reduce((sum, one) => sum + one, 0);
  return {
    name: 'stacks',
    ok: goroutines.broken <= running + Math.ceil(length * mostBadShare),
    detail: `${length} goroutines; the stacks of ${goroutines.broken} could not be followed to their end`,
  };
}

function memoryWhole({ image }: WalkParts): SelfCheck {
  const { missingBytes, leftOut, copiedBytes } = image.contents;
  return {
    name: 'memory',
    ok: missingBytes === 0 && leftOut === 0,
    detail: `${copiedBytes} bytes copied; ${missingBytes} could not be read, ${leftOut} spans were too large`,
  };
}

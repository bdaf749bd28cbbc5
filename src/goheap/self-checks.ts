// What a walk says of how right it is. Each check compares two things that come from different places in memory.
import { wordReaderOf } from '../base/memory-source.ts';
import type { SelfCheck } from '../model/heap-graph.ts';
import { bitmapPlace } from './bitmap-check.ts';
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
  /** The target ran on meanwhile: two counts of it are of two moments. */
  readonly ranOn: boolean;
}

interface Tolerance {
  readonly bytes: number;
  readonly bad: number;
  readonly free: number;
}

/**
 * Shares of what may differ while nothing is wrong. A stop can fall between two writes of the runtime; what is read while
 * the target runs is of many moments, and its newest objects are missed.
 */
const standing: Tolerance = { bytes: 0.001, bad: 0.001, free: 0.0001 };
const running: Tolerance = { bytes: 0.05, bad: 0.01, free: 0.01 };
const toleranceOf = ({ ranOn }: WalkParts): Tolerance => (ranOn ? running : standing);

export function selfChecksOf(parts: WalkParts): SelfCheck[] {
  return [
    ...spanBytes(parts),
    spansWhole(parts),
    ...bitmapPlace(parts.image),
    objectTypes(parts),
    freeSlots(parts),
    stacks(parts),
    memoryWhole(parts),
  ];
}

function spanBytes(parts: WalkParts): SelfCheck[] {
  const { image } = parts;
  const { addresses, layout } = image.target;
  if (addresses.gcController === undefined) return [];
  const counted = wordReaderOf(image.memory).word(addresses.gcController + layout.structs.gcController.heapInUse);
  let bytes = 0;
  for (let row = 0; row < image.spans.length; row++) bytes += image.spans.pages[row]! * pageBytes;
  return [
    {
      name: 'bytes in spans',
      ok: Math.abs(bytes - counted) <= Math.max(pageBytes * 16, counted * toleranceOf(parts).bytes),
      detail: `the spans have ${bytes} bytes, the runtime counts ${counted}`,
    },
  ];
}

function spansWhole(parts: WalkParts): SelfCheck {
  const { image, index } = parts;
  const { bad } = toleranceOf(parts);
  const { odd, length } = image.spans;
  return {
    name: 'spans',
    ok: odd <= length * bad && index.unknownSpans <= length * bad,
    detail: `${length} spans; ${odd} contradict themselves, of ${index.unknownSpans} it is not known what is free`,
  };
}

function objectTypes(parts: WalkParts): SelfCheck {
  const { scanning, graph } = parts;
  const { good, bad } = scanning.masks.counts;
  return {
    name: 'types of objects',
    ok: bad <= Math.max(2, (good + bad) * toleranceOf(parts).bad),
    detail: `${good + bad} objects name their type, ${bad} of these are none; ${graph.length - graph.named} objects`,
  };
}

function freeSlots(parts: WalkParts): SelfCheck {
  const { graph } = parts;
  return {
    name: 'pointers to free memory',
    ok: graph.toFreeSlots <= graph.pointers * toleranceOf(parts).free,
    detail: `${graph.toFreeSlots} of ${graph.pointers} pointers lead to memory that is free`,
  };
}

function stacks(parts: WalkParts): SelfCheck {
  const { image, goroutines } = parts;
  const { length } = image.goroutines;
  // A thread that runs C code, or is being started, has no Go stack to be followed.
  const running = image.goroutines.onThread.reduce((sum, one) => sum + one, 0);
  return {
    name: 'stacks',
    ok: goroutines.broken <= running + Math.ceil(length * toleranceOf(parts).bad),
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

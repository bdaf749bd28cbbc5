// Arrays of which nothing alive can see more than a part: the rest is paid for because a short string or slice keeps the whole
// (go101, "substrings" and "subslices"). For each array of plain values the union of all headers that lead into it is taken.
//
//   array  [················································]   9472 bytes held
//   header        [····]                                         14 bytes seen
//
// Said only where everything that leads to the array is a string or slice header: a plain pointer or a local variable (whose
// length may be anywhere) sees it whole. In objects of unknown type the numbers behind a pointer may say that it is one
// (part-by-numbers.ts); such arrays are marked, because that alone is no proof.
import type { CutObjects } from '../model/heap-graph.ts';
import { createNodeAt } from './node-at.ts';
import { partByNumbers } from './part-by-numbers.ts';
import { isMany, rowOf, type TypeTable, untyped } from './type-table.ts';
import { type HeaderSources, type HeaderVisitor, visitHeaders } from './visit-headers.ts';

/** Slots have some seventy sizes, and buffers grow ahead: less than this is no waste. */
const leastWastedBytes = 256;
const leastWastedShare = 0.5;
const mostNodes = 30_000_000;
const plainElement = /^(string data|u?int(8|16|32|64)?|uintptr|byte|float(32|64)|bool|complex(64|128))$/;

const seenWhole = 1;
const byString = 2;
const bySlice = 4;
const byNumbers = 8;

export function findCuts(sources: HeaderSources): CutObjects {
  const { walked, image, types } = sources;
  if (walked.length > mostNodes) return noCuts;
  const look = createLook(sources);
  visitHeaders(sources, look);
  const node: number[] = [];
  const kind: number[] = [];
  const guessed: number[] = [];
  const heldBytes: number[] = [];
  const visibleBytes: number[] = [];
  const visibleByLength: number[] = [];
  for (let at = walked.named; at < walked.length; at++) {
    const { flags, low, high, highByLength } = look;
    const how = flags[at]!;
    if ((how & seenWhole) !== 0 || how === 0) continue;
    const untold = (how & byNumbers) !== 0 && walked.target[at] === untyped;
    if (!untold && !isPlainArray(types, walked.target[at]!)) continue;
    const held = image.spans.elementBytes[walked.span[at]!]!;
    const seenByLength = highByLength[at]! - low[at]!;
    if (held - seenByLength < Math.max(leastWastedBytes, leastWastedShare * held)) continue;
    node.push(at);
    kind.push((how & bySlice) === 0 ? 0 : 1);
    guessed.push((how & byNumbers) === 0 ? 0 : 1);
    heldBytes.push(held);
    visibleBytes.push(high[at]! - low[at]!);
    visibleByLength.push(seenByLength);
  }
  return {
    length: node.length,
    node: Int32Array.from(node),
    isSlice: Uint8Array.from(kind),
    byNumbers: Uint8Array.from(guessed),
    heldBytes: Float64Array.from(heldBytes),
    visibleBytes: Float64Array.from(visibleBytes),
    visibleByLengthBytes: Float64Array.from(visibleByLength),
  };
}

const noCuts: CutObjects = {
  length: 0,
  node: new Int32Array(0),
  isSlice: new Uint8Array(0),
  byNumbers: new Uint8Array(0),
  heldBytes: new Float64Array(0),
  visibleBytes: new Float64Array(0),
  visibleByLengthBytes: new Float64Array(0),
};

const isPlainArray = (types: TypeTable, target: number): boolean =>
  target >= 0 && isMany(target) && plainElement.test(types.name(rowOf(target)));

interface Look extends HeaderVisitor {
  readonly flags: Uint8Array;
  /** Offsets in the slot: what any header can see, by capacity and by length. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  readonly highByLength: Float64Array;
}

function createLook(sources: HeaderSources): Look {
  const { image, walked, types } = sources;
  const flags = new Uint8Array(walked.length);
  const low = new Float64Array(walked.length).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(walked.length);
  const highByLength = new Float64Array(walked.length);
  const { elementBytes, spanClass } = image.spans;
  // Arrays with pointers, and those that could not waste enough, are none of ours.
  const nodeAt = createNodeAt(
    sources,
    (span) => (spanClass[span]! & 1) === 1 && elementBytes[span]! > leastWastedBytes,
  );
  const elementName = new Map<number, string>();
  const nameOf = (row: number): string => {
    let name = elementName.get(row);
    if (name === undefined) {
      name = types.name(row);
      elementName.set(row, name);
    }
    return name;
  };
  const offsetIn = (node: number, pointer: number): number => {
    const span = walked.span[node]!;
    return pointer - image.spans.start[span]! - walked.element[node]! * elementBytes[span]!;
  };
  const see = (node: number, how: number, offset: number, lengthBytes: number, capacityBytes: number): void => {
    flags[node]! |= how;
    low[node] = Math.min(low[node]!, offset);
    high[node] = Math.max(high[node]!, offset + capacityBytes);
    highByLength[node] = Math.max(highByLength[node]!, offset + lengthBytes);
  };
  return {
    flags,
    low,
    high,
    highByLength,
    whole(pointer) {
      flags[nodeAt(pointer)]! |= seenWhole;
    },
    header(pointer, target, length, capacity) {
      const node = nodeAt(pointer);
      if (node === 0) return;
      const row = rowOf(target);
      const name = nameOf(row);
      const slotBytes = elementBytes[walked.span[node]!]!;
      const offset = offsetIn(node, pointer);
      const isString = name === 'string data';
      const size = isString ? 1 : types.sizeBytes(row);
      const end = offset + (isString ? length : capacity) * size;
      // Numbers that do not fit are no length and capacity.
      if (!plainElement.test(name) || !(length >= 0 && end <= slotBytes) || (!isString && length > capacity)) {
        flags[node]! |= seenWhole;
        return;
      }
      see(node, isString ? byString : bySlice, offset, length * size, (isString ? length : capacity) * size);
    },
    untyped(pointer, length, capacity) {
      const node = nodeAt(pointer);
      if (node === 0) return;
      const slotBytes = elementBytes[walked.span[node]!]!;
      const offset = offsetIn(node, pointer);
      const part = partByNumbers(slotBytes, slotBytes - offset, length, capacity);
      if (part === undefined) {
        flags[node]! |= seenWhole;
        return;
      }
      const isString = part.kind === 'string';
      const size = part.elementBytes;
      see(
        node,
        byNumbers | (isString ? byString : bySlice),
        offset,
        length * size,
        (isString ? length : capacity) * size,
      );
    },
  };
}

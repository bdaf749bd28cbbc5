// How types travel from object to object during the walk. A type is taken for exact only when it fits what the allocator
// did: the size class that it would have been put into, and whether it has pointers. So a pointer to the first field of a
// struct, or to one element of an array, does not name the whole object wrongly.
import { wordReaderOf } from '../base/memory-source.ts';
import type { HeapImage } from './heap-image.ts';
import { sizeClassBelow } from './size-classes.ts';
import {
  closure,
  efaceData,
  ifaceData,
  isMany,
  many,
  mapDirectory,
  one,
  rowOf,
  scalar,
  type TypeTable,
  timerObject,
  untyped,
} from './type-table.ts';

/** Bytes of timeTimer in front of its timer. Source: runtime/time.go timeTimer (1.23). */
const timeTimerHead = 16;

export interface TypeSpread {
  /** What an object is, given what a pointer to byte `within` of it says; `untyped` when that does not fit. */
  accept(target: number, span: number, element: number, within: number): number;
  /** What the runtime wrote down about an object: the header of larger ones, from Go 1.22 on. */
  exactOf(span: number, element: number): number;
  /** The object that `targetOf` is about, and the slab that it lies in. */
  begin(target: number, span: number, words: Uint32Array): void;
  /** What word `word` of it refers to; the word stands at `words[at]`. */
  targetOf(word: number, at: number): number;
  /** Words in front of the value of an object: 1 where it has a header. */
  headerWords(span: number): number;
}

/** For walks without any types: the fastest, and what a damaged type table falls back to. */
export function createTypeSpread(image: HeapImage, types: TypeTable): TypeSpread {
  const { spans, contents } = image;
  const { elementBytes, spanClass, largeType, userArena } = spans;
  const { slabs, spanSlab, spanWord } = contents;
  const { layout } = image.target;
  const headers = layout.heapBitmap === 'in-span';
  const smallestWithHeader = layout.constants.minSizeForMallocHeader ?? 512;
  /** By span class: 1 where objects have a header in front. */
  const headerOf = new Uint8Array(256);
  for (let row = 0; row < spans.length; row++) {
    const isSized = spanClass[row]! > 1 && (spanClass[row]! & 1) === 0;
    if (headers && isSized && elementBytes[row]! > smallestWithHeader) headerOf[spanClass[row]!] = 1;
  }
  const hasHeader = (span: number): boolean => headerOf[spanClass[span]!] === 1;
  const reader = wordReaderOf(image.memory);
  const interfaceTargets = new Map<number, number>();
  const itabTargets = new Map<number, number>();
  const exactTargets = new Map<number, number>();
  const pointerful: (boolean | undefined)[] = [];

  const rowHasPointers = (row: number): boolean => {
    pointerful[row] ??= types.targets(row).some((word) => word !== scalar);
    return pointerful[row]!;
  };
  const remember = (known: Map<number, number>, key: number, make: () => number): number => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const made = make();
    known.set(key, made);
    return made;
  };
  const inInterface = (type: number): number =>
    type === 0 ? untyped : remember(interfaceTargets, type, () => types.targetInInterface(type));
  const inItab = (itab: number): number =>
    itab === 0 ? untyped : remember(itabTargets, itab, () => inInterface(reader.word(itab + 8) || 0));

  // From Go 1.23 on, what a *time.Timer points to is the head of the runtime's timeTimer {c, init, timer}.
  const { timer } = layout.structs;
  const timerBytes = timeTimerHead + timer.sizeBytes;
  const timerTargets = timer.isChan === undefined ? undefined : new Int32Array(timerBytes / 8).fill(scalar);
  timerTargets?.fill(untyped, 0, 1);
  timerTargets?.fill(closure, (timeTimerHead + timer.f) / 8, (timeTimerHead + timer.f) / 8 + 1);
  timerTargets?.fill(efaceData, (timeTimerHead + timer.arg) / 8 + 1, (timeTimerHead + timer.arg) / 8 + 2);
  const timerRows: (boolean | undefined)[] = [];
  const isTimer = (wanted: number): boolean =>
    (timerRows[wanted] ??= /^time\.(Timer|Ticker)$/.test(types.name(wanted)));
  const channelRows: (boolean | undefined)[] = [];
  const isChannel = (wanted: number): boolean => (channelRows[wanted] ??= /^(<-)?chan\b/.test(types.name(wanted)));

  let begun = untyped;
  let targets: Int32Array | undefined;
  let sizeWords = 1;
  let headerWords = 0;
  let row = -1;
  let words: Uint32Array = new Uint32Array(0);

  const closureAt = (span: number, element: number): number => {
    const slab = spanSlab[span]!;
    if (slab < 0) return untyped;
    const at = spanWord[span]! + element * (elementBytes[span]! / 4) + (hasHeader(span) ? 2 : 0);
    const found = types.rowOfClosure(wordIn(slabs[slab]!, at));
    return found < 0 ? untyped : one(found);
  };
  const nodeRows: (NodeKinds | false | undefined)[] = [];
  const nodeKindsOf = (wanted: number): NodeKinds | undefined => {
    nodeRows[wanted] ??= findNodeKinds(types, wanted) ?? false;
    return nodeRows[wanted] || undefined;
  };
  const nodeAt = ({ entry, indirect }: NodeKinds, span: number, element: number): number => {
    const slab = slabs[spanSlab[span]!];
    if (slab === undefined) return untyped;
    const isEntry =
      slab[spanWord[span]! + element * (elementBytes[span]! / 4) + headerOf[spanClass[span]!]! * 2]! & 0xff;
    const found = isEntry === 1 ? entry : indirect;
    return found < 0 ? untyped : one(found);
  };
  const answers = new Int32Array(4096);
  const answeredKey = new Float64Array(4096).fill(-1);
  const decide = (target: number, span: number, element: number, offset: number): number => {
    const header = hasHeader(span) ? 8 : 0;
    const within = offset - header;
    // A chunk with objects of many types is nothing in particular.
    if (userArena[span] === 1) return untyped;
    if (target === closure) return within === 0 ? closureAt(span, element) : untyped;
    if (target < 0) return untyped;
    const wanted = rowOf(target);
    const nodeKinds = nodeKindsOf(wanted);
    if (nodeKinds !== undefined) return within === 0 ? nodeAt(nodeKinds, span, element) : untyped;
    const size = types.sizeBytes(wanted);
    const slotBytes = elementBytes[span]!;
    if (size === 0 || size + header > slotBytes) return untyped;
    if (within === 0 && timerTargets !== undefined && isTimer(wanted) && slotBytes >= timerBytes) return timerObject;
    const noPointers = (spanClass[span]! & 1) === 1;
    // The tiny allocator puts several values into one slot of 16 bytes.
    const tiny = slotBytes === 16 && noPointers;
    if (tiny && within >= 0 && within + size <= slotBytes && !rowHasPointers(wanted)) return target;
    // A channel of elements without pointers is one object with its buffer, and counts as one without pointers.
    if (noPointers && within === 0 && isChannel(wanted)) return target;
    if (rowHasPointers(wanted) === noPointers) return untyped;
    if (isMany(target)) return within >= 0 && within % size === 0 ? target : untyped;
    if (within !== 0) return untyped;
    // Large objects are rounded up to pages.
    const least = spanClass[span]! > 1 ? sizeClassBelow(slotBytes) : slotBytes - 8192;
    return size + header > least ? target : untyped;
  };
  return {
    headerWords: (span) => (hasHeader(span) ? 1 : 0),
    accept(target, span, element, offset) {
      // Most answers depend on the type and the size class alone, and most pointers ask for the same few.
      if (
        target < 0 ||
        spanClass[span]! <= 1 ||
        nodeKindsOf(rowOf(target)) !== undefined ||
        offset !== headerOf[spanClass[span]!]! * 8
      )
        return decide(target, span, element, offset);
      const key = target * 256 + spanClass[span]!;
      const place = (key ^ (key >>> 12)) & (answers.length - 1);
      if (answeredKey[place] !== key) {
        answeredKey[place] = key;
        answers[place] = decide(target, span, element, offset);
      }
      return answers[place]!;
    },
    exactOf(span, element) {
      if (!headers || userArena[span] === 1) return untyped;
      let type = 0;
      let room = elementBytes[span]!;
      if (spanClass[span]! <= 1) type = largeType[span]!;
      else if (hasHeader(span)) {
        type = wordIn(slabs[spanSlab[span]!]!, spanWord[span]! + element * (room >> 2));
        room -= 8;
      }
      if (type === 0) return untyped;
      const single = remember(exactTargets, type, () => {
        const found = types.rowOfRuntimeType(type);
        return found < 0 ? untyped : one(found);
      });
      if (single === untyped) return untyped;
      const size = types.sizeBytes(rowOf(single));
      return size > 0 && size * 2 <= room ? many(rowOf(single)) : single;
    },
    begin(target, span, slab) {
      words = slab;
      headerWords = headerOf[spanClass[span]!]!;
      // Objects of one type come in rows: the lists of a type are looked up once for all of them.
      if (target === begun) return;
      begun = target;
      if (target < 0) {
        targets = target === timerObject ? timerTargets : undefined;
        sizeWords = targets?.length ?? 0;
        return;
      }
      row = rowOf(target);
      targets = types.targets(row);
      sizeWords = Math.max(1, Math.ceil(types.sizeBytes(row) / 8), targets.length);
    },
    targetOf(word, at) {
      if (targets === undefined || word < headerWords) return untyped;
      let position = word - headerWords;
      if (position >= sizeWords) position %= sizeWords;
      // The list ends with the last pointer of a value.
      if (position >= targets.length) return untyped;
      const found = targets[position]!;
      if (found >= 0 || found === untyped || found === scalar || found === closure) return found;
      if (found === efaceData) return inInterface(wordIn(words, at - 2));
      if (found === ifaceData) return inItab(wordIn(words, at - 2));
      if (found === mapDirectory) {
        const parts = types.mapParts(row);
        if (parts === undefined) return untyped;
        return wordIn(words, at + 2) === 0 ? one(parts.group) : many(parts.tablePointer);
      }
      return untyped;
    },
  };
}

const wordIn = (words: Uint32Array, at: number): number => words[at + 1]! * 0x1_0000_0000 + words[at]!;

interface NodeKinds {
  readonly entry: number;
  readonly indirect: number;
}

/** A node of sync.Map (Go 1.24 and later) is an entry or an inner node, as its first byte says. */
function findNodeKinds(types: TypeTable, row: number): NodeKinds | undefined {
  const match = /^(internal\/(?:sync|concurrent))\.node(\[.*\])$/.exec(types.name(row));
  if (match === null) return undefined;
  const [, path, parameters] = match;
  return {
    entry: types.rowNamed(`${path}.entry${parameters}`),
    indirect: types.rowNamed(`${path}.indirect${parameters}`),
  };
}

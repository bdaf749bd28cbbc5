// From the roots along every pointer to every object, breadth first. Nodes get their numbers in the order in which they are
// found, so the references of a node can be written as it is visited, and the first way to an object is a shortest one.
// Types travel along: what the type of an object says of a word is the type of what that word points to.
//
// Pointers are followed in batches, in rounds: ask for the objects, take the pointers out of them, find the slots that they
// lead to, make nodes of these. Each round waits for memory that has nothing to do with the pointer before, so the waits overlap: one
// pointer after the other took a quarter longer.
import { nodeKinds } from '../model/heap-graph.ts';
import type { HeapImage } from './heap-image.ts';
import type { ObjectIndex } from './object-index.ts';
import { type Scanning, scanBitmap, windowWords } from './pointer-scanner.ts';
import type { RootSet } from './root-set.ts';
import { fact, flag, packSpans, spanFacts } from './span-facts.ts';
import { pagesAnArena } from './span-table.ts';
import type { TypeSpread } from './type-spread.ts';
import { untyped } from './type-table.ts';

/** Rows below `named` are the named nodes; the columns about objects hold nothing for them. */
export interface WalkedGraph {
  readonly length: number;
  readonly named: number;
  readonly span: Int32Array;
  /** By slot: its node, or 0 or less when there is none. */
  readonly nodeOf: Int32Array;
  /** Number of the object in its span. */
  readonly element: Uint32Array;
  /** As type-table.ts writes it; `untyped` when it is not known. */
  readonly target: Int32Array;
  readonly parent: Int32Array;
  readonly referenceStart: Uint32Array;
  readonly referenceTo: Uint32Array;
  /** Words that must be pointers and lead into the heap, and those of them that lead to a free slot: there should be none. */
  readonly pointers: number;
  readonly toFreeSlots: number;
}

/** Node of the object in a slot; -1 when it was not found. */
export function nodeOfSlot({ nodeOf }: WalkedGraph, slot: number): number {
  const node = nodeOf[slot] ?? 0;
  return node > 0 ? node : -1;
}

const mostReferences = 2 ** 32 - 2;
const batchPointers = 1024;
const batchNodes = 512;
/** No slot. */
const nowhere = 0xffffffff;
/** Kinds of named nodes that may refer to what is kept. */
const keepers: ReadonlySet<number> = new Set([nodeKinds.indexOf('goroutine'), nodeKinds.indexOf('runtime')]);

/**
 * `opaque` are slots whose references are not followed: lists of what has a root of its own. `kept` are those that only a
 * named node of the runtime or of a goroutine refers to: the g of a goroutine is pointed at from threads, wait queues and
 * timers, none of which keeps it, and a graph that said so would share everything that goroutines defer.
 */
export function walkGraph(
  image: HeapImage,
  index: ObjectIndex,
  scanning: Scanning,
  roots: RootSet,
  types: TypeSpread,
  opaque: ReadonlySet<number>,
  kept: ReadonlySet<number>,
): WalkedGraph {
  const { spans, perByte } = index;
  const { firstArena, arenaRow, spanOfPage } = spans.pageIndex;
  const { slabs } = image.contents;
  const { scan } = scanning;
  const facts = packSpans(image, index, opaque, kept);
  const named = roots.named.length;
  const room = named + index.allocatedObjects;
  const nodeOf = freeSlots(index);
  const span = new Int32Array(room);
  const element = new Uint32Array(room);
  const target = new Int32Array(room).fill(untyped, 0, named);
  const parent = new Int32Array(room).fill(-1, 0, named);
  const referenceStart = new Uint32Array(room + 1);
  let referenceTo = new Uint32Array(Math.max(1024, Math.ceil(room * 1.2)));
  let references = 0;
  let length = named;
  let pointers = 0;
  let toFreeSlots = 0;
  let visitedUpTo = 0;
  const late: number[] = [];

  const refer = (to: number): void => {
    if (references === referenceTo.length) {
      if (references > mostReferences / 2) throw new RangeError('more references than can be numbered');
      const wider = new Uint32Array(references * 2);
      wider.set(referenceTo);
      referenceTo = wider;
    }
    referenceTo[references++] = to;
  };

  // The batch: who has the pointer, the pointer, what its type says, where it leads.
  const batch = batchPointers + windowWords + 64;
  const from = new Int32Array(batch);
  const lows = new Uint32Array(batch);
  const highs = new Uint32Array(batch);
  const kinds = new Int32Array(batch);
  const toSpan = new Int32Array(batch);
  const toElement = new Int32Array(batch);
  const toSlot = new Uint32Array(batch);
  let count = 0;
  const window = new Int32Array(windowWords + 64);

  /** Round one: puts the pointers of words `first` … of a node into the batch; returns the next word, or -1 at the end. */
  const take = (node: number, first: number): number => {
    const at = span[node]! * spanFacts;
    const number = element[node]!;
    const total = facts[at + fact.words]!;
    const words = slabs[facts[at + fact.slab]!]!;
    const base = (facts[at + fact.slabWord]! >>> 0) + number * total * 2;
    types.begin(target[node]!, span[node]!, words);
    const bitmap = facts[at + fact.bitmap]! >>> 0;
    const answer =
      bitmap === 0
        ? scan(span[node]!, number, first, window)
        : scanBitmap(words, bitmap, number * total, total, window);
    const found = answer < 0 ? -1 - answer : answer;
    // Before the loop: what stands behind it and was never reached makes V8 leave the compiled loop again and again.
    const after = first + windowWords;
    const following = answer < 0 || after >= total ? -1 : after;
    for (let i = 0; i < found; i++) {
      const word = window[i]!;
      const place = base + word * 2;
      const low = words[place]!;
      const high = words[place + 1]!;
      if ((low | high) === 0) continue;
      from[count] = node;
      lows[count] = low;
      highs[count] = high;
      kinds[count++] = types.targetOf(word, place);
    }
    return following;
  };
  /** Round two. The sum is there so that the memory is asked for: nobody reads it. */
  const find = (): number => {
    let touched = 0;
    for (let i = 0; i < count; i++) {
      toSlot[i] = nowhere;
      const low = lows[i]!;
      const arena = highs[i]! * 64 + (low >>> 26) - firstArena;
      if (!(arena >= 0 && arena < arenaRow.length)) continue;
      const row = arenaRow[arena]!;
      if (row < 0) continue;
      const found = spanOfPage[row * pagesAnArena + ((low >>> 13) & (pagesAnArena - 1))]!;
      if (found < 0) continue;
      const at = found * spanFacts;
      const place = ((((low - facts[at + fact.startLow]!) >>> 0) + 0.5) * perByte[found]!) | 0;
      if (place >= facts[at + fact.elements]!) continue;
      const number = (facts[at + fact.firstSlot]! + place) >>> 0;
      toSpan[i] = found;
      toElement[i] = place;
      toSlot[i] = number;
      touched = (touched + nodeOf[number]!) | 0;
    }
    return touched;
  };
  /** Round three: the node that pointer `i` of the batch leads to, made when it is new; 0 when there is none. */
  const arrive = (i: number, visited: number, guess: boolean, mayKeep: boolean): number => {
    const number = toSlot[i]!;
    if (number === nowhere) return 0;
    if (!guess) pointers++;
    const found = toSpan[i]!;
    const at = found * spanFacts;
    if ((facts[at + fact.flags]! & flag.kept) !== 0 && !mayKeep && kept.has(number)) return 0;
    let node = nodeOf[number]!;
    if (node < 0) {
      if (!guess) toFreeSlots++;
      return 0;
    }
    if (node === 0) {
      node = length++;
      nodeOf[number] = node;
      span[node] = found;
      element[node] = toElement[i]!;
      parent[node] = visited;
      target[node] = untyped;
    }
    const kind = kinds[i]!;
    if (kind !== untyped && target[node] === untyped) {
      const offset = (lows[i]! - facts[at + fact.startLow]!) >>> 0;
      const within = offset - toElement[i]! * facts[at + fact.words]! * 8;
      const accepted = types.accept(kind, found, toElement[i]!, within);
      if (accepted !== untyped) {
        target[node] = accepted;
        // Its words were already followed, without a type: that is made up for in the end.
        if (node < visitedUpTo) late.push(node);
      }
    }
    return node;
  };

  const ownedBy = groupByOwner(roots.owner);
  for (let node = 0; node < named; node++) {
    referenceStart[node] = references;
    const mayKeep = keepers.has(roots.named.kind[node]!);
    for (let i = ownedBy.start[node]!; i < ownedBy.start[node + 1]!; i++) {
      refer(ownedBy.rows[i]!);
      parent[ownedBy.rows[i]!] = node;
    }
    let last = 0;
    const end = roots.pointerStart[node + 1]!;
    for (let start = roots.pointerStart[node]!; start < end; start += count) {
      count = Math.min(batchPointers, end - start);
      for (let i = 0; i < count; i++) {
        lows[i] = roots.pointer[start + i]! >>> 0;
        highs[i] = Math.floor(roots.pointer[start + i]! / 0x1_0000_0000);
        kinds[i] = roots.target[start + i]!;
      }
      find();
      for (let i = 0; i < count; i++) {
        const to = arrive(i, node, roots.conservative[start + i] === 1, mayKeep);
        if (to !== 0 && to !== last) refer(to);
        last = to;
      }
    }
  }

  /** Whether there is anything to follow in it. What the runtime itself says of its type is noted. */
  const prepare = (node: number): boolean => {
    const at = span[node]! * spanFacts;
    const flags = facts[at + fact.flags]!;
    if ((flags & flag.plain) !== 0) return false;
    if ((flags & flag.opaque) !== 0 && opaque.has((facts[at + fact.firstSlot]! >>> 0) + element[node]!)) return false;
    if ((flags & flag.typed) !== 0) {
      const exact = types.exactOf(span[node]!, element[node]!);
      if (exact !== untyped) target[node] = exact;
    }
    return true;
  };
  /** Round zero: asks for the memory of the nodes that come next, and for their bitmaps. */
  const touch = (first: number, end: number): number => {
    let touched = 0;
    for (let node = first; node < end; node++) {
      const at = span[node]! * spanFacts;
      if ((facts[at + fact.flags]! & flag.plain) !== 0) continue;
      const words = slabs[facts[at + fact.slab]!]!;
      const first32 = element[node]! * facts[at + fact.words]!;
      touched = (touched + words[(facts[at + fact.slabWord]! >>> 0) + first32 * 2]!) | 0;
      const bitmap = facts[at + fact.bitmap]! >>> 0;
      if (bitmap !== 0) touched = (touched + words[bitmap + (first32 >>> 5)]!) | 0;
    }
    return touched;
  };
  let next = named;
  let word = -1;
  let started = named;
  let last = 0;
  /** Round three for all of the batch. A function of its own is compiled on its own, and much sooner than this one. */
  const arriveAll = (): void => {
    for (let i = 0; i < count; i++) {
      const node = from[i]!;
      if (node >= started) {
        while (started <= node) referenceStart[started++] = references;
        last = 0;
      }
      const to = arrive(i, node, false, false);
      if (to !== 0 && to !== last) refer(to);
      last = to;
    }
  };
  while (next < length || word >= 0) {
    count = 0;
    const stop = Math.min(length, next + batchNodes);
    touch(next, stop);
    while (count < batchPointers) {
      if (word < 0) {
        if (next >= stop) break;
        word = prepare(next) ? 0 : -1;
      }
      if (word >= 0) word = take(next, word);
      if (word < 0) next++;
    }
    visitedUpTo = word < 0 ? next : next + 1;
    find();
    arriveAll();
    while (started < next) {
      referenceStart[started++] = references;
      last = 0;
    }
  }
  visitedUpTo = length;
  const counted = { pointers, toFreeSlots };
  for (let node = late.pop(); node !== undefined; node = late.pop()) {
    if ((facts[span[node]! * spanFacts + fact.flags]! & flag.plain) !== 0) continue;
    for (let at = 0; at >= 0; ) {
      count = 0;
      at = take(node, at);
      find();
      for (let i = 0; i < count; i++) arrive(i, node, false, false);
    }
  }
  referenceStart[length] = references;
  // Views: what is behind them was never touched, and takes no memory.
  return {
    length,
    named,
    span: span.subarray(0, length),
    nodeOf,
    element: element.subarray(0, length),
    target: target.subarray(0, length),
    parent: parent.subarray(0, length),
    referenceStart: referenceStart.subarray(0, length + 1),
    referenceTo: referenceTo.subarray(0, references),
    ...counted,
  };
}

/** By slot: 0 for objects that may be found, -1 for free memory. */
function freeSlots({ slots, allocated }: ObjectIndex): Int32Array {
  const nodeOf = new Int32Array(slots);
  for (let i = 0; i < allocated.length; i++) {
    const bits = allocated[i]!;
    if (bits === 0xff) continue;
    for (let bit = 0; bit < 8; bit++) if (((bits >> bit) & 1) === 0) nodeOf[i * 8 + bit] = -1;
  }
  return nodeOf;
}

/** Nodes that each named node refers to, as CSR. */
function groupByOwner(owner: Int32Array): { readonly start: Uint32Array; readonly rows: Uint32Array } {
  const start = new Uint32Array(owner.length + 1);
  for (const one of owner) if (one >= 0) start[one + 1]!++;
  for (let i = 0; i < owner.length; i++) start[i + 1]! += start[i]!;
  const next = start.slice();
  const rows = new Uint32Array(start[owner.length]!);
  for (let node = 0; node < owner.length; node++) if (owner[node]! >= 0) rows[next[owner[node]!]!++] = node;
  return { start, rows };
}

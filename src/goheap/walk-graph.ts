// From the roots along every pointer to every object, breadth first. Nodes get their numbers in the order in which they are
// found, so the references of a node can be written as it is visited, and the first way to an object is a shortest one.
// Types travel along: what the type of an object says of a word is the type of what that word points to.
import { nodeKinds } from '../model/heap-graph.ts';
import type { HeapImage } from './heap-image.ts';
import type { ObjectIndex } from './object-index.ts';
import { type Scanning, windowWords } from './pointer-scanner.ts';
import type { RootSet } from './root-set.ts';
import { pagesAnArena } from './span-table.ts';
import type { TypeSpread } from './type-spread.ts';
import { untyped } from './type-table.ts';

/** Rows below `named` are the named nodes; the columns about objects hold nothing for them. */
export interface WalkedGraph {
  readonly length: number;
  readonly named: number;
  readonly span: Int32Array;
  readonly slot: Uint32Array;
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

const mostReferences = 2 ** 32 - 2;
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
  const { spans, firstSlot, startLow, perByte, allocated } = index;
  const { elementBytes, elements, spanClass } = spans;
  const { firstArena, arenaRow, spanOfPage } = spans.pageIndex;
  const { slabs, spanSlab, spanWord } = image.contents;
  const { scan } = scanning;
  const named = roots.named.length;
  const room = named + index.allocatedObjects;
  const nodeOf = new Int32Array(index.slots);
  const span = new Int32Array(room);
  const slot = new Uint32Array(room);
  const target = new Int32Array(room).fill(untyped);
  const parent = new Int32Array(room).fill(-1);
  const referenceStart = new Uint32Array(room + 1);
  let referenceTo = new Uint32Array(Math.max(1024, Math.ceil(room * 1.2)));
  let references = 0;
  let length = named;
  let pointers = 0;
  let toFreeSlots = 0;
  let visitedUpTo = 0;
  const late: number[] = [];
  const opaqueSpan = new Uint8Array(spans.length);
  for (const one of opaque) opaqueSpan[spanOfSlot(firstSlot, one)] = 1;
  const keptSpan = new Uint8Array(spans.length);
  for (const one of kept) keptSpan[spanOfSlot(firstSlot, one)] = 1;
  let fromKeeper = false;

  const refer = (to: number): void => {
    if (references === referenceTo.length) {
      if (references > mostReferences / 2) throw new RangeError('more references than can be numbered');
      const wider = new Uint32Array(references * 2);
      wider.set(referenceTo);
      referenceTo = wider;
    }
    referenceTo[references++] = to;
  };
  /** Node of the object that a word leads to, made when it is new; 0 when there is none. `visited` is the node in work. */
  const follow = (low: number, high: number, kind: number, visited: number, guess: boolean): number => {
    const arena = high * 64 + (low >>> 26) - firstArena;
    if (!(arena >= 0 && arena < arenaRow.length)) return 0;
    const row = arenaRow[arena]!;
    if (row < 0) return 0;
    const found = spanOfPage[row * pagesAnArena + ((low >>> 13) & (pagesAnArena - 1))]!;
    if (found < 0) return 0;
    const offset = (low - startLow[found]!) >>> 0;
    const element = ((offset + 0.5) * perByte[found]!) | 0;
    if (element >= elements[found]!) return 0;
    const number = firstSlot[found]! + element;
    if (!guess) pointers++;
    if (((allocated[number >>> 3]! >> (number & 7)) & 1) === 0) {
      if (!guess) toFreeSlots++;
      return 0;
    }
    if (keptSpan[found] === 1 && !fromKeeper && kept.has(number)) return 0;
    let node = nodeOf[number]!;
    if (node === 0) {
      node = length++;
      nodeOf[number] = node;
      span[node] = found;
      slot[node] = number;
      parent[node] = visited;
    }
    if (kind !== untyped && target[node] === untyped) {
      const within = element === 0 ? offset : offset - element * elementBytes[found]!;
      const accepted = types.accept(kind, found, element, within);
      if (accepted !== untyped) {
        target[node] = accepted;
        // Its words were already followed, without a type: that is made up for in the end.
        if (node <= visitedUpTo) late.push(node);
      }
    }
    return node;
  };

  const ownedBy = groupByOwner(roots.owner);
  for (let node = 0; node < named; node++) {
    referenceStart[node] = references;
    fromKeeper = keepers.has(roots.named.kind[node]!);
    for (let i = ownedBy.start[node]!; i < ownedBy.start[node + 1]!; i++) {
      refer(ownedBy.rows[i]!);
      parent[ownedBy.rows[i]!] = node;
    }
    let last = 0;
    for (let i = roots.pointerStart[node]!; i < roots.pointerStart[node + 1]!; i++) {
      const pointer = roots.pointer[i]!;
      const high = Math.floor(pointer / 0x1_0000_0000);
      const to = follow(pointer >>> 0, high, roots.target[i]!, node, roots.conservative[i] === 1);
      if (to !== 0 && to !== last) refer(to);
      last = to;
    }
  }

  fromKeeper = false;
  const window = new Int32Array(windowWords + 64);
  const visit = (node: number, write: boolean): void => {
    const from = span[node]!;
    const element = slot[node]! - firstSlot[from]!;
    const words = slabs[spanSlab[from]!]!;
    const base = spanWord[from]! + element * (elementBytes[from]! / 4);
    const total = elementBytes[from]! / 8;
    types.begin(target[node]!, from, words);
    let last = 0;
    for (let first = 0; first < total; first += windowWords) {
      const answer = scan(from, element, first, window);
      const count = answer < 0 ? -1 - answer : answer;
      for (let i = 0; i < count; i++) {
        const word = window[i]!;
        const at = base + word * 2;
        const low = words[at]!;
        const high = words[at + 1]!;
        if ((low | high) === 0) continue;
        const to = follow(low, high, types.targetOf(word, at), node, false);
        if (write && to !== 0 && to !== last) refer(to);
        last = to;
      }
      if (answer < 0) break;
    }
  };
  for (let node = named; node < length; node++) {
    referenceStart[node] = references;
    visitedUpTo = node;
    const from = span[node]!;
    if ((spanClass[from]! & 1) === 1 || spanSlab[from]! < 0) continue;
    if (opaqueSpan[from] === 1 && opaque.has(slot[node]!)) continue;
    const exact = types.exactOf(from, slot[node]! - firstSlot[from]!);
    if (exact !== untyped) target[node] = exact;
    visit(node, true);
  }
  const end = references;
  visitedUpTo = length;
  const counted = { pointers, toFreeSlots };
  for (let node = late.pop(); node !== undefined; node = late.pop()) {
    const from = span[node]!;
    if ((spanClass[from]! & 1) === 0 && spanSlab[from]! >= 0) visit(node, false);
  }
  referenceStart[length] = end;
  const element = new Uint32Array(length);
  for (let node = named; node < length; node++) element[node] = slot[node]! - firstSlot[span[node]!]!;
  return {
    length,
    named,
    span: span.slice(0, length),
    slot: slot.slice(0, length),
    element,
    target: target.slice(0, length),
    parent: parent.slice(0, length),
    referenceStart: referenceStart.slice(0, length + 1),
    referenceTo: referenceTo.slice(0, end),
    ...counted,
  };
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

/** Row of the last span that begins at or before a slot. */
function spanOfSlot(firstSlot: Uint32Array, slot: number): number {
  let low = 0;
  let high = firstSlot.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (firstSlot[middle]! <= slot) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

// Objects that only slots lead to which no slice shows (go101, "not resetting pointers in lost slice elements"):
//
//   array    [ a  b  c  d  e  f ]
//   header         [··len··]            c and d are in use
//   capacity       [··cap·······]       e can be had by s[:3], and the next append overwrites it
//                                       a, b and f: no expression leads there any more
//
// An array counts where everything that leads to it is a slice header; a plain pointer or a local variable sees it whole. In
// objects of unknown type the numbers behind a pointer may say that it is a header (part-by-numbers.ts); such arrays are
// marked, because that alone is no proof. Then everything is reached as the collector does, but through what slices show only: what
// stays unreached is kept by lost slots alone.
import { type LostObjects, rootNode } from '../model/heap-graph.ts';
import { createNodeAt } from './node-at.ts';
import { partByNumbers } from './part-by-numbers.ts';
import { windowWords } from './pointer-scanner.ts';
import { isMany, rowOf, untyped } from './type-table.ts';
import { type HeaderSources, visitHeaders } from './visit-headers.ts';

const mostNodes = 30_000_000;

interface PartlySeen {
  /** What slots show that are in use; in reach of a longer slice; and in reach of none. Nodes. */
  readonly used: readonly number[];
  readonly spare: readonly number[];
  readonly gone: readonly number[];
  readonly byNumbers: boolean;
}

export function findLostElements(sources: HeaderSources): LostObjects {
  const graph = sources.walked;
  const arrays = graph.length > mostNodes ? new Map<number, PartlySeen>() : partlySeenArrays(sources);
  const seen = new Uint8Array(graph.length);
  const open = new Uint32Array(graph.length);
  let count = 0;
  const add = (node: number): void => {
    if (node <= 0 || seen[node] === 1) return;
    seen[node] = 1;
    open[count++] = node;
  };
  const addReferences = (node: number): void => {
    for (let i = graph.referenceStart[node]!; i < graph.referenceStart[node + 1]!; i++) add(graph.referenceTo[i]!);
  };
  const node: number[] = [];
  const array: number[] = [];
  const isSpare: number[] = [];
  const byNumbers: number[] = [];
  if (arrays.size > 0) addReferences(rootNode);
  for (let at = 0; at < count; at++) {
    const partly = arrays.get(open[at]!);
    if (partly === undefined) addReferences(open[at]!);
    else partly.used.forEach(add);
  }
  const reached = [...arrays].filter(([at]) => seen[at] === 1);
  // What a longer slice could reach is not beyond reach, even where a slot that is leads to it, too.
  for (const reach of ['spare', 'gone'] as const) {
    for (const [holder, partly] of reached) {
      let at = count;
      partly[reach].forEach(add);
      for (; at < count; at++) {
        node.push(open[at]!);
        array.push(holder);
        isSpare.push(reach === 'spare' ? 1 : 0);
        byNumbers.push(partly.byNumbers ? 1 : 0);
        addReferences(open[at]!);
      }
    }
  }
  return {
    length: node.length,
    node: Int32Array.from(node),
    array: Int32Array.from(array),
    isSpare: Uint8Array.from(isSpare),
    byNumbers: Uint8Array.from(byNumbers),
  };
}

/** By node: arrays with pointers in slots that no slice shows. */
function partlySeenArrays(sources: HeaderSources): Map<number, PartlySeen> {
  const { image, walked, types } = sources;
  const { spans } = image;
  const whole = new Uint8Array(walked.length);
  const low = new Float64Array(walked.length).fill(Number.POSITIVE_INFINITY);
  const usedEnd = new Float64Array(walked.length);
  const spareEnd = new Float64Array(walked.length);
  /** Bytes of an element, where only numbers say that it is an array. */
  const stride = new Uint8Array(walked.length);
  const nodeAt = createNodeAt(sources, (span) => (spans.spanClass[span]! & 1) === 0);
  const elementAt = createNodeAt(sources, () => true);
  const isOwnWord = createOwnWords(sources);
  const offsetIn = (node: number, pointer: number): number => {
    const span = walked.span[node]!;
    return pointer - spans.start[span]! - walked.element[node]! * spans.elementBytes[span]!;
  };
  const see = (node: number, offset: number, lengthBytes: number, capacityBytes: number): void => {
    low[node] = Math.min(low[node]!, offset);
    usedEnd[node] = Math.max(usedEnd[node]!, offset + lengthBytes);
    spareEnd[node] = Math.max(spareEnd[node]!, offset + capacityBytes);
  };
  visitHeaders(sources, {
    whole(pointer) {
      whole[nodeAt(pointer)] = 1;
    },
    header(pointer, target, length, capacity, from) {
      const node = nodeAt(pointer);
      if (node < walked.named || walked.target[node] !== target || isOwnWord(from)) {
        whole[node] = 1;
        return;
      }
      const slotBytes = spans.elementBytes[walked.span[node]!]!;
      const offset = offsetIn(node, pointer);
      const size = types.sizeBytes(rowOf(target));
      // Numbers that do not fit are no length and capacity.
      if (!(length >= 0 && length <= capacity && size > 0 && offset + capacity * size <= slotBytes)) {
        whole[node] = 1;
        return;
      }
      see(node, offset, length * size, capacity * size);
    },
    untyped(pointer, length, capacity) {
      const node = nodeAt(pointer);
      if (node < walked.named) return;
      const target = walked.target[node]!;
      const slotBytes = spans.elementBytes[walked.span[node]!]!;
      const offset = offsetIn(node, pointer);
      const part = partByNumbers(slotBytes, slotBytes - offset, length, capacity);
      // The array may have a type, which tells the size of its elements; else it is one for all that lead to it.
      const size = target >= 0 && isMany(target) ? types.sizeBytes(rowOf(target)) : (part?.elementBytes ?? 0);
      const isArray = target === untyped || (target >= 0 && isMany(target));
      const fits = part?.kind === 'slice' && size % 8 === 0 && size === part.elementBytes && offset % size === 0;
      if (!isArray || !fits || (stride[node]! > 0 && stride[node] !== size)) {
        whole[node] = 1;
        return;
      }
      stride[node] = size;
      see(node, offset, length * size, capacity * size);
    },
  });
  const found = new Map<number, PartlySeen>();
  const visit = createPointerVisits(sources);
  for (let node = walked.named; node < walked.length; node++) {
    if (whole[node] === 1 || low[node] === Number.POSITIVE_INFINITY) continue;
    if (stride[node]! > 0 && !repeats(sources, node, stride[node]!, spareEnd[node]!)) continue;
    const used: number[] = [];
    const spare: number[] = [];
    const gone: number[] = [];
    const isRead = visit(node, (offset, pointer) => {
      const inside = offset >= low[node]!;
      const list = inside && offset < usedEnd[node]! ? used : inside && offset < spareEnd[node]! ? spare : gone;
      list.push(elementAt(pointer));
    });
    if (isRead && spare.length + gone.length > 0) found.set(node, { used, spare, gone, byNumbers: stride[node]! > 0 });
  }
  return found;
}

/** The words that are pointers are the same in each element, as far as slices reach. Larger arrays are not looked at. */
function repeats({ image, scanning, walked }: HeaderSources, node: number, elementBytes: number, end: number): boolean {
  const span = walked.span[node]!;
  if (image.spans.elementBytes[span]! > windowWords * 8) return false;
  const window = new Int32Array(windowWords + 64);
  const answer = scanning.scan(span, walked.element[node]!, 0, window);
  const words = elementBytes / 8;
  const pointers = [...window.subarray(0, answer < 0 ? -1 - answer : answer)].filter((word) => word < end / 8);
  const first = new Set(pointers.filter((word) => word < words));
  return pointers.length === (first.size * end) / elementBytes && pointers.every((word) => first.has(word % words));
}

/** Words of maps and channels lead to arrays, too, without a length behind them. */
function createOwnWords({ image, walked, types }: HeaderSources): (from: number) => boolean {
  const { hmap, hchan } = image.target.layout.structs;
  const known: (boolean | undefined)[] = [];
  const isOwn = (row: number): boolean =>
    types.mapParts(row) !== undefined ||
    /^(table of |overflow buckets of |map\[|chan )/.test(types.name(row)) ||
    (hmap?.buckets !== undefined && types.fieldAt(row, hmap.buckets) === '.buckets') ||
    types.fieldAt(row, hchan.buf) === '.buf';
  return (from) => {
    const target = from < walked.named ? -1 : walked.target[from]!;
    if (target < 0 || isMany(target)) return false;
    const row = rowOf(target);
    known[row] ??= isOwn(row);
    return known[row];
  };
}

/** Calls with the offset in the slot of each pointer of an object; false when it was not copied. */
function createPointerVisits({ image, scanning, walked }: HeaderSources) {
  const { spans, contents } = image;
  const window = new Int32Array(windowWords + 64);
  return (node: number, found: (offset: number, pointer: number) => void): boolean => {
    const span = walked.span[node]!;
    const slab = contents.slabs[contents.spanSlab[span]!];
    if ((spans.spanClass[span]! & 1) === 1 || slab === undefined) return false;
    const words = spans.elementBytes[span]! / 8;
    const base = contents.spanWord[span]! + walked.element[node]! * words * 2;
    for (let first = 0; first < words; first += windowWords) {
      const answer = scanning.scan(span, walked.element[node]!, first, window);
      const count = answer < 0 ? -1 - answer : answer;
      for (let i = 0; i < count; i++) {
        const place = base + window[i]! * 2;
        const pointer = slab[place + 1]! * 0x1_0000_0000 + slab[place]!;
        if (pointer !== 0) found(window[i]! * 8, pointer);
      }
      if (answer < 0) break;
    }
    return true;
  };
}

// Every pointer of the copied heap and its roots, told apart by what its type says: the first word of a string or slice,
// with the length and capacity behind it, or anything else.
import { wordReaderOf } from '../base/memory-source.ts';
import { nodeKinds } from '../model/heap-graph.ts';
import type { HeapImage } from './heap-image.ts';
import type { ObjectIndex } from './object-index.ts';
import { type Scanning, windowWords } from './pointer-scanner.ts';
import type { RootSet } from './root-set.ts';
import type { TypeSpread } from './type-spread.ts';
import { isMany, type TypeTable, untyped } from './type-table.ts';
import type { WalkedGraph } from './walk-graph.ts';

export interface HeaderSources {
  readonly image: HeapImage;
  readonly index: ObjectIndex;
  readonly scanning: Scanning;
  readonly roots: RootSet;
  readonly walked: WalkedGraph;
  readonly spread: TypeSpread;
  readonly types: TypeTable;
}

export interface HeaderVisitor {
  /** A plain pointer, a word of unknown type, a local variable: may see all of what it leads to. */
  whole(pointer: number): void;
  /**
   * Perhaps a header: `target` is `many`. The numbers are what stands in the two words behind the pointer, of any value;
   * -1 where there is none. `from` is the node that it was found in: maps and channels have such pointers without being slices.
   */
  header(pointer: number, target: number, length: number, capacity: number, from: number): void;
  /**
   * Found in an object of unknown type, with a number behind it, as a string or slice would have. -1: the second word behind
   * it is a pointer, or outside of the object.
   */
  untyped(pointer: number, length: number, capacity: number): void;
}

export function visitHeaders(sources: HeaderSources, visitor: HeaderVisitor): void {
  visitRoots(sources, visitor);
  visitObjects(sources, visitor);
}

function visitRoots({ image, roots }: HeaderSources, visitor: HeaderVisitor): void {
  const reader = wordReaderOf(image.memory);
  const global = nodeKinds.indexOf('global');
  for (let node = 0; node < roots.named.length; node++) {
    for (let i = roots.pointerStart[node]!; i < roots.pointerStart[node + 1]!; i++) {
      const target = roots.target[i]!;
      const at = roots.foundAt[i]!;
      const pointer = roots.pointer[i]!;
      const isHeader = target >= 0 && isMany(target) && roots.named.kind[node] === global && at > 0;
      if (isHeader) visitor.header(pointer, target, reader.word(at + 8), reader.word(at + 16), node);
      else visitor.whole(pointer);
    }
  }
}

function visitObjects({ image, scanning, walked, spread }: HeaderSources, visitor: HeaderVisitor): void {
  const { spans, contents } = image;
  const window = new Int32Array(windowWords + 64);
  for (let node = walked.named; node < walked.length; node++) {
    const span = walked.span[node]!;
    if ((spans.spanClass[span]! & 1) === 1) continue;
    const slab = contents.slabs[contents.spanSlab[span]!];
    if (slab === undefined) continue;
    const words = spans.elementBytes[span]! / 8;
    const base = contents.spanWord[span]! + walked.element[node]! * words * 2;
    const word = (at: number): number => slab[at + 1]! * 0x1_0000_0000 + slab[at]!;
    spread.begin(walked.target[node]!, span, slab);
    const isUnknown = walked.target[node] === untyped;
    for (let first = 0; first < words; first += windowWords) {
      const answer = scanning.scan(span, walked.element[node]!, first, window);
      const count = answer < 0 ? -1 - answer : answer;
      for (let i = 0; i < count; i++) {
        const place = base + window[i]! * 2;
        const pointer = word(place);
        if (pointer === 0) continue;
        const target = spread.targetOf(window[i]!, place);
        const behind = words - window[i]! - 1;
        if (target >= 0 && isMany(target) && behind >= 1) {
          visitor.header(pointer, target, word(place + 2), behind >= 2 ? word(place + 4) : -1, node);
        } else if (isUnknown) {
          const numbers = numbersBehind(window, i, count, Math.min(behind, first + windowWords - window[i]! - 1));
          if (numbers === 0) visitor.whole(pointer);
          else visitor.untyped(pointer, word(place + 2), numbers === 2 ? word(place + 4) : -1);
        } else visitor.whole(pointer);
      }
      if (answer < 0) break;
    }
  }
}

/** How many of the two words behind the pointer in row `i` are no pointers, as far as this window shows. */
function numbersBehind(window: Int32Array, i: number, count: number, words: number): number {
  const next = i + 1 < count ? window[i + 1]! - window[i]! - 1 : 2;
  return Math.min(2, next, words);
}

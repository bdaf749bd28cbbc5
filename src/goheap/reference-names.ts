// How one node refers to another, in words: found again in the copied memory when it is asked for, because a heap has
// millions of references and a report shows a few dozen.
import { type HeapNames, nodeKinds } from '../model/heap-graph.ts';
import type { GlobalNames } from './global-roots.ts';
import type { GoroutineRoots, LocalNames } from './goroutine-roots.ts';
import type { HeapImage } from './heap-image.ts';
import { type PointerScanner, windowWords } from './pointer-scanner.ts';
import type { RootSet } from './root-set.ts';
import { closure, isMany, rowOf, type TypeTable } from './type-table.ts';
import type { WalkedGraph } from './walk-graph.ts';

export interface NameSources {
  readonly image: HeapImage;
  readonly scan: PointerScanner;
  readonly roots: RootSet;
  /** Only what names need: the rest of a walk is large. */
  readonly walked: Pick<WalkedGraph, 'length' | 'named' | 'span' | 'element' | 'target'>;
  readonly types: TypeTable;
  readonly globals: GlobalNames;
  readonly locals: LocalNames;
  readonly goroutines: GoroutineRoots;
  /** Words between the start of a slot and its value: a header. */
  readonly headerWords: (span: number) => number;
}

export function createReferenceNames(sources: NameSources): HeapNames {
  const { image, walked, roots } = sources;
  const { spans } = image;
  const kindOf = (node: number) => nodeKinds[roots.named.kind[node]!]!;
  const start = (node: number): number =>
    spans.start[walked.span[node]!]! + walked.element[node]! * spans.elementBytes[walked.span[node]!]!;
  return {
    referenceLabel(from, to) {
      if (to < walked.named || from >= walked.length || to >= walked.length) return '';
      const low = start(to);
      const high = low + spans.elementBytes[walked.span[to]!]!;
      if (from >= walked.named) return labelInObject(sources, from, low, high);
      for (let i = roots.pointerStart[from]!; i < roots.pointerStart[from + 1]!; i++) {
        if (roots.pointer[i]! >= low && roots.pointer[i]! < high) {
          return labelOfRoot(sources, kindOf(from), from, i);
        }
      }
      return '';
    },
  };
}

function labelOfRoot(sources: NameSources, kind: (typeof nodeKinds)[number], node: number, pointer: number): string {
  const { roots, goroutines, locals, globals } = sources;
  const at = roots.foundAt[pointer]!;
  if (kind === 'global') return globals.fieldAt(at);
  if (kind === 'special' || kind === 'goroutine') return roots.target[pointer] === closure ? 'function' : '';
  if (kind !== 'frame' || roots.conservative[pointer] === 1 || at === 0) return '';
  const frame = node - goroutines.firstFrameNode;
  const fp = goroutines.frameFp[frame]!;
  const word = locals.wordAt(goroutines.framePc[frame]!, goroutines.frameCalled[frame] === 1, at - fp);
  return word === undefined ? '' : `var ${word.name}`;
}

function labelInObject(sources: NameSources, from: number, low: number, high: number): string {
  const { image, scan, walked, types, headerWords } = sources;
  const span = walked.span[from]!;
  const slab = image.contents.slabs[image.contents.spanSlab[span]!];
  const target = walked.target[from]!;
  if (slab === undefined || target < 0 || (image.spans.spanClass[span]! & 1) === 1) return '';
  const words = image.spans.elementBytes[span]! / 8;
  const base = image.contents.spanWord[span]! + walked.element[from]! * words * 2;
  const window = new Int32Array(windowWords + 64);
  for (let first = 0; first < words; first += windowWords) {
    const answer = scan(span, walked.element[from]!, first, window);
    const count = answer < 0 ? -1 - answer : answer;
    for (let i = 0; i < count; i++) {
      const at = base + window[i]! * 2;
      const pointer = slab[at + 1]! * 0x1_0000_0000 + slab[at]!;
      if (pointer >= low && pointer < high) return labelOfWord(types, target, (window[i]! - headerWords(span)) * 8);
    }
    if (answer < 0) break;
  }
  return '';
}

/** The field that holds byte `offset` of an object; an index first where the object is an array. */
function labelOfWord(types: TypeTable, target: number, offset: number): string {
  const row = rowOf(target);
  const size = types.sizeBytes(row);
  if (size === 0 || offset < 0) return '';
  const name = types.name(row);
  const field = types.fieldAt(row, offset % size);
  if (name.startsWith('map.group[') || name.startsWith('map.bucket[')) return partOfMap(field);
  // Tables and directories of maps are how a map is built, and nothing that a program wrote.
  if (/^(table of |\*table of |map\[|(\[\])?\*?bucket of |overflow buckets of )/.test(name)) return '';
  return isMany(target) ? `[${Math.floor(offset / size)}]${field}` : field;
}

/** `.slots[3].elem` (swiss), `.elems[3]` or `.values[3]` (buckets): what a map holds, and where in the value. */
function partOfMap(field: string): string {
  const match = /^\.(?:slots\[\d+\]\.(elem|key)|(elem|value|key)s\[\d+\])(.*)$/.exec(field);
  if (match === null) return '';
  return `map ${(match[1] ?? match[2]) === 'key' ? 'key' : 'value'}${match[3]}`;
}

// Who leads to one value where several share an object: the allocator puts small values without pointers side by side into
// blocks of 16 bytes, so that a lock may lie beside somebody's text. A pointer of known type sees the bytes of that type and
// no others. Source: runtime/malloc.go mallocgcTiny.

import { wordReaderOf } from '../base/memory-source.ts';
import { nodeKinds } from '../model/heap-graph.ts';
import { slotOfAddress } from './object-index.ts';
import { windowWords } from './pointer-scanner.ts';
import { spanOfAddress } from './span-table.ts';
import { isMany, rowOf, untyped } from './type-table.ts';
import type { HeaderSources } from './visit-headers.ts';
import { nodeOfSlot } from './walk-graph.ts';

const blockBytes = 16;

/** Nodes by address, for those of `addresses` that lie in such a block and in an object that was found. */
export function usersOf(sources: HeaderSources, addresses: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const { index, walked } = sources;
  const users = new Map<number, number[]>();
  const byNode = new Map<number, number[]>();
  for (const address of new Set(addresses)) {
    if (!isInBlock(sources, address)) continue;
    const slot = slotOfAddress(index, address);
    const node = slot < 0 ? -1 : nodeOfSlot(walked, slot);
    if (node < 0) continue;
    users.set(address, []);
    byNode.set(node, [...(byNode.get(node) ?? []), address]);
  }
  if (byNode.size === 0) return users;
  const isWanted = new Uint8Array(walked.length);
  for (const node of byNode.keys()) isWanted[node] = 1;
  for (let node = 0; node < walked.length; node++) {
    for (let i = walked.referenceStart[node]!; i < walked.referenceStart[node + 1]!; i++) {
      const to = walked.referenceTo[i]!;
      if (isWanted[to] === 0) continue;
      const seen = seenBy(sources, node, byNode.get(to)!);
      for (const address of seen) if (users.get(address)!.at(-1) !== node) users.get(address)!.push(node);
    }
  }
  return users;
}

function isInBlock({ image: { spans } }: HeaderSources, address: number): boolean {
  const span = spanOfAddress(spans.pageIndex, address);
  return span >= 0 && spans.elementBytes[span] === blockBytes && (spans.spanClass[span]! & 1) === 1;
}

/** Which of some addresses in one block a node may use. */
function seenBy(sources: HeaderSources, node: number, addresses: readonly number[]): readonly number[] {
  const low = addresses[0]! - (addresses[0]! % blockBytes);
  const seen = new Set<number>();
  visitPointers(sources, node, (pointer, target, behind) => {
    if (pointer < low || pointer >= low + blockBytes) return;
    const bytes = bytesSeen(sources, target, behind);
    for (const address of addresses) {
      if (bytes === undefined || (address >= pointer && address < pointer + bytes)) seen.add(address);
    }
  });
  return [...seen];
}

/** Undefined when nobody can tell. */
function bytesSeen({ types }: HeaderSources, target: number, behind: (words: number) => number): number | undefined {
  if (target < 0) return undefined;
  const bytes = types.sizeBytes(rowOf(target));
  if (bytes === 0 || !isMany(target)) return bytes || undefined;
  // A slice, with its capacity behind the length, or a string, with anything there: then more is assumed than it shows.
  const length = behind(1);
  const capacity = behind(2);
  if (!(length >= 0 && length * bytes <= blockBytes)) return undefined;
  return Math.max(length, capacity * bytes <= blockBytes ? capacity : 0) * bytes;
}

function visitPointers(
  { image, scanning, roots, walked, spread }: HeaderSources,
  node: number,
  visit: (pointer: number, target: number, behind: (words: number) => number) => void,
): void {
  if (node < walked.named) {
    const reader = wordReaderOf(image.memory);
    const isGlobal = nodeKinds[roots.named.kind[node]!] === 'global';
    for (let i = roots.pointerStart[node]!; i < roots.pointerStart[node + 1]!; i++) {
      const at = roots.foundAt[i]!;
      // A place in a frame may have held something else before, whatever its variable says.
      const isTold = isGlobal && roots.conservative[i] !== 1 && !(at === 0 && isMany(roots.target[i]!));
      const target = isTold ? roots.target[i]! : untyped;
      visit(roots.pointer[i]!, target, (words) => reader.word(at + words * 8));
    }
    return;
  }
  const { spans, contents } = image;
  const span = walked.span[node]!;
  const slab = contents.slabs[contents.spanSlab[span]!];
  if (slab === undefined) return;
  const words = spans.elementBytes[span]! / 8;
  const base = contents.spanWord[span]! + walked.element[node]! * words * 2;
  const window = new Int32Array(windowWords + 64);
  spread.begin(walked.target[node]!, span, slab);
  for (let first = 0; first < words; first += windowWords) {
    const answer = scanning.scan(span, walked.element[node]!, first, window);
    const count = answer < 0 ? -1 - answer : answer;
    for (let i = 0; i < count; i++) {
      const at = base + window[i]! * 2;
      const word = (place: number): number => slab[place + 1]! * 0x1_0000_0000 + slab[place]!;
      visit(word(at), spread.targetOf(window[i]!, at), (behind) =>
        window[i]! + behind < words ? word(at + behind * 2) : -1,
      );
    }
    if (answer < 0) return;
  }
}

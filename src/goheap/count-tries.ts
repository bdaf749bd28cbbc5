// Entries of sync.Map from Go 1.24 on, and of what else keeps them in a hash trie (unique.Make): nobody counts them, so the trie is
// gone through from its top. Only where types are exact, and only tries of which every node is known.
// Source: internal/sync/hashtriemap.go HashTrieMap.root, indirect.parent, indirect.children, entry.overflow.
import { wordReaderOf } from '../base/memory-source.ts';
import { slotOfAddress } from './object-index.ts';
import { isMany, rowOf, type TypeTable } from './type-table.ts';
import type { HeaderSources } from './visit-headers.ts';
import { nodeOfSlot } from './walk-graph.ts';

const mostTrieNodes = 1 << 24;

/** Offsets in bytes of what leads on. */
type Part =
  | { readonly kind: 'indirect'; readonly parent: number; readonly children: readonly number[] }
  | { readonly kind: 'entry'; readonly overflow: number };

export interface TrieCount {
  /** The indirect node at the top, which the map keeps for as long as it is not cleared. */
  readonly node: number;
  readonly entries: number;
}

export function countTries(sources: HeaderSources): readonly TrieCount[] {
  const { image, index, walked, spread, types } = sources;
  const { spans } = image;
  const reader = wordReaderOf(image.memory);
  const partOfRow: (Part | null)[] = [];
  const partAt = (node: number): Part | null => {
    const target = walked.target[node]!;
    if (target < 0 || isMany(target)) return null;
    const row = rowOf(target);
    const known = partOfRow[row];
    if (known !== undefined) return known;
    const part = partOf(types, row);
    partOfRow[row] = part;
    return part;
  };
  const addressOf = (node: number): number => {
    const span = walked.span[node]!;
    return spans.start[span]! + walked.element[node]! * spans.elementBytes[span]! + spread.headerWords(span) * 8;
  };
  const nodeAt = (pointer: number): number => {
    const slot = slotOfAddress(index, pointer);
    return slot < 0 ? -1 : nodeOfSlot(walked, slot);
  };

  /** Undefined when something in it is no part of a trie. */
  const countBelow = (top: number): number | undefined => {
    let entries = 0;
    const open = [top];
    for (let looked = 0; open.length > 0; looked++) {
      const node = open.pop()!;
      const part = node < walked.named || looked > mostTrieNodes ? null : partAt(node);
      if (part === null) return undefined;
      if (part.kind === 'entry') entries++;
      const leadsOn = part.kind === 'entry' ? [part.overflow] : part.children;
      const start = addressOf(node);
      for (const offset of leadsOn) {
        const pointer = reader.word(start + offset);
        if (pointer !== 0) open.push(nodeAt(pointer));
      }
    }
    return entries;
  };

  const found: TrieCount[] = [];
  for (let node = walked.named; node < walked.length; node++) {
    const part = partAt(node);
    if (part?.kind !== 'indirect' || reader.word(addressOf(node) + part.parent) !== 0) continue;
    const entries = countBelow(node);
    if (entries !== undefined) found.push({ node, entries });
  }
  return found;
}

function partOf(types: TypeTable, row: number): Part | null {
  const kind = /^internal\/sync\.(indirect|entry)\[/.exec(types.name(row))?.[1];
  if (kind === undefined) return null;
  const offsets = Array.from({ length: types.sizeBytes(row) / 8 }, (_, word) => word * 8);
  const at = (field: RegExp): readonly number[] => offsets.filter((offset) => field.test(types.fieldAt(row, offset)));
  if (kind === 'entry') {
    const [overflow] = at(/^\.overflow\b/);
    return overflow === undefined ? null : { kind, overflow };
  }
  const [parent] = at(/^\.parent$/);
  const children = at(/^\.children\b/);
  return parent === undefined || children.length !== 16 ? null : { kind: 'indirect', parent, children };
}

// Which node an address belongs to, for passes over every pointer of the heap: spans that a pass does not care about are left
// out before anything else is computed.
import { slotOfAddress } from './object-index.ts';
import { spanOfAddress } from './span-table.ts';
import type { HeaderSources } from './visit-headers.ts';
import { nodeOfSlot } from './walk-graph.ts';

/** 0, the root, for what is no object of such a span. */
export function createNodeAt(
  { image: { spans }, index, walked }: HeaderSources,
  wanted: (span: number) => boolean,
): (pointer: number) => number {
  const isWanted = Uint8Array.from({ length: spans.length }, (_, span) => (wanted(span) ? 1 : 0));
  return (pointer) => {
    const span = spanOfAddress(spans.pageIndex, pointer);
    if (span < 0 || isWanted[span] === 0) return 0;
    const slot = slotOfAddress(index, pointer);
    return slot < 0 ? 0 : Math.max(0, nodeOfSlot(walked, slot));
  };
}

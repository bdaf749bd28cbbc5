// Whether the bitmaps of small objects are where the layout says. Green Tea keeps marks behind them, whose last byte is the
// class of the span; without it that byte is the end of the bitmap itself. An experiment that the version string does not name
// would shift every bitmap, and still give a graph. Source: runtime/mgcmark_greenteagc.go spanInlineMarkBits.
import type { SelfCheck } from '../model/heap-graph.ts';
import type { HeapImage } from './heap-image.ts';
import { pageBytes } from './span-table.ts';

const smallestBytes = 16;
const largestBytes = 512;
const fewestSpans = 8;
/** With marks all spans have the byte; without them it equals the class by chance, or where the bitmap looks like it. */
const leastWithMarks = 0.9;
const mostWithout = 0.5;

export function bitmapPlace({ spans, contents, target }: HeapImage): SelfCheck[] {
  const { heapBitmap, inlineMarkBytes } = target.layout;
  if (heapBitmap !== 'in-span') return [];
  let seen = 0;
  let classes = 0;
  for (let row = 0; row < spans.length; row++) {
    const slab = contents.slabs[contents.spanSlab[row]!];
    const bytes = spans.elementBytes[row]!;
    if (slab === undefined || spans.spanClass[row]! <= 1 || bytes < smallestBytes || bytes > largestBytes) continue;
    const last = contents.spanWord[row]! + (spans.pages[row]! * pageBytes) / 4 - 1;
    seen++;
    if (slab[last]! >>> 24 === spans.spanClass[row]) classes++;
  }
  if (seen < fewestSpans) return [];
  const ok = inlineMarkBytes > 0 ? classes >= seen * leastWithMarks : classes <= seen * mostWithout;
  return [
    {
      name: 'bitmaps of small objects',
      ok,
      detail: `${classes} of ${seen} spans end in marks; the Go version says ${inlineMarkBytes > 0 ? 'all' : 'none'}`,
    },
  ];
}

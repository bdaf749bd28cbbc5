// Stacks that have grown, and the function that stands on each most often. A goroutine begins with 2 to 8 KiB; the runtime
// doubles its stack when it is full, and halves it at a collection when less than a quarter is used. Source: runtime/stack.go.
import { none } from '../../model/heap-graph.ts';
import type { LargeStack } from '../../model/heap-proofs.ts';
import { type Frame, frameAt, framesOf } from '../../model/stacks.ts';
import type { ProofSources } from './proof-sources.ts';

const leastBytes = 64 * 1024;
const mostStacks = 100;
const unknown = { at: { functionName: '', file: '', line: 0 }, count: 0 };

/** The largest first. */
export function readLargeStacks({ graph, image, roots }: ProofSources): LargeStack[] {
  const { goroutines } = graph;
  return Array.from({ length: goroutines.length }, (_, row) => row)
    .filter((row) => goroutines.stackBytes[row]! >= leastBytes)
    .sort((a, b) => goroutines.stackBytes[b]! - goroutines.stackBytes[a]!)
    .slice(0, mostStacks)
    .map((row) => {
      const counts = new Map<string, { at: Frame; count: number }>();
      // The innermost frame comes first.
      for (const at of framesOf(goroutines.stacks, goroutines.stack[row]!)) {
        const known = counts.get(at.functionName) ?? { at, count: 0 };
        known.count++;
        counts.set(at.functionName, known);
      }
      const deepest = [...counts.values()].reduce((most, one) => (one.count > most.count ? one : most), unknown);
      const created = goroutines.createdAt[row]!;
      const used = image.goroutines.stackHigh[row]! - image.goroutines.sp[row]!;
      return {
        goroutine: goroutines.id[row]!,
        startFunction: goroutines.startFunction[row]!,
        createdAt: created === none ? undefined : frameAt(goroutines.stacks.frames, created),
        state: goroutines.state[row]!,
        stackBytes: goroutines.stackBytes[row]!,
        usedBytes: Math.max(0, Math.min(goroutines.stackBytes[row]!, used)),
        frames: roots.frames[row]!,
        deepest,
      };
    });
}

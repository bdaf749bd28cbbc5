// Stacks that have grown, and the function that stands on each most often. A goroutine begins with 2 to 8 KiB; the runtime
// doubles its stack when it is full, and halves it at a collection when less than a quarter is used. Source: runtime/stack.go.
import { none } from '../../model/heap-graph.ts';
import type { LargeStack } from '../../model/heap-proofs.ts';
import { frameAt, framesOf } from '../../model/stacks.ts';
import type { ProofSources } from './proof-sources.ts';

const leastBytes = 64 * 1024;
const mostStacks = 100;

/** The largest first. */
export function readLargeStacks({ graph, image, roots }: ProofSources): LargeStack[] {
  const { goroutines } = graph;
  return Array.from({ length: goroutines.length }, (_, row) => row)
    .filter((row) => goroutines.stackBytes[row]! >= leastBytes)
    .sort((a, b) => goroutines.stackBytes[b]! - goroutines.stackBytes[a]!)
    .slice(0, mostStacks)
    .map((row) => {
      const counts = new Map<string, number>();
      for (const { functionName } of framesOf(goroutines.stacks, goroutines.stack[row]!)) {
        counts.set(functionName, (counts.get(functionName) ?? 0) + 1);
      }
      const [functionName, count] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), ['', 0]);
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
        deepest: { functionName, count },
      };
    });
}

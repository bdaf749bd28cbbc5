// The goroutines that are proven stuck, by stack and state.
import { type Captured, captured } from '../base/captured.ts';
import type { StuckStack } from '../model/heap-facts.ts';
import type { HeapWalk } from '../model/heap-graph.ts';
import { framesOf } from '../model/stacks.ts';
import { stuckGoroutines } from './stuck-goroutines.ts';

export function stuckStacksOf(walk: HeapWalk): Captured<readonly StuckStack[]> {
  const stuck = stuckGoroutines(walk);
  if (stuck.kind === 'not-captured') return stuck;
  const { goroutines } = walk.graph;
  const counts = new Map<string, { stack: number; state: string; count: number }>();
  for (let row = 0; row < goroutines.length; row++) {
    if (stuck.value[row] !== 1) continue;
    const stack = goroutines.stack[row]!;
    const state = goroutines.state[row]!;
    const known = counts.get(`${stack} ${state}`);
    if (known === undefined) counts.set(`${stack} ${state}`, { stack, state, count: 1 });
    else known.count++;
  }
  return captured(
    [...counts.values()]
      .sort((a, b) => b.count - a.count)
      .map(({ stack, state, count }) => ({ frames: framesOf(goroutines.stacks, stack), state, count })),
  );
}

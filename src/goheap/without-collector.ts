// Samples that the collector makes in somebody's name. The allocation that starts a collection, or helps with it, has the
// runtime make small objects of its own (what a goroutine waits with) below the program's line:
//
//   runtime.acquireSudog < runtime.semacquire < runtime.gcStart < runtime.mallocgc < main.load
//
// They are not what the line makes, and nothing that is true of its objects is true of them.
// Source: runtime/mgc.go gcStart, gcMarkDone, gcBgMarkStartWorkers; runtime/mgcmark.go gcAssistAlloc.
import type { SampledObjects } from '../model/heap-graph.ts';
import { noStack, type StackTable } from '../model/stacks.ts';

export function withoutCollector(sampled: SampledObjects): SampledObjects {
  const isOwn = collectorStacks(sampled.stacks);
  const rows = Array.from(sampled.stack, (_, row) => row).filter((row) => isOwn[sampled.stack[row]!] === 0);
  return {
    ...sampled,
    length: rows.length,
    node: Int32Array.from(rows, (row) => sampled.node[row]!),
    stack: Int32Array.from(rows, (row) => sampled.stack[row]!),
  };
}

function collectorStacks(stacks: StackTable): Uint8Array {
  const own = Uint8Array.from(stacks.frames.functionName, (name) => (/^runtime\.gc[A-Z]/.test(name) ? 1 : 0));
  const result = new Uint8Array(stacks.length);
  // Callers come first, so that a mark is carried down in one pass.
  for (let row = 0; row < stacks.length; row++) {
    const caller = stacks.prefix[row]!;
    result[row] = own[stacks.frame[row]!] === 1 || (caller !== noStack && result[caller] === 1) ? 1 : 0;
  }
  return result;
}

// The goroutines of a walk as the model shows them: words for their states, where they were created, what they wait for.
import type { HeapGoroutines } from '../model/heap-graph.ts';
import { createStackTableBuilder, noStack } from '../model/stacks.ts';
import type { CodeLines } from './code-lines.ts';
import type { GoroutineRoots } from './goroutine-roots.ts';
import type { HeapImage } from './heap-image.ts';

export interface GoroutineSources {
  readonly image: HeapImage;
  readonly roots: GoroutineRoots;
  readonly framesAt: CodeLines;
  /** runtime.nanotime() of the moment; undefined when nobody can tell. */
  readonly nowNs: number | undefined;
  readonly startFunction: (row: number) => string;
  /** By goroutine, as CSR: nodes of the graph, or -1. */
  readonly waitStart: Uint32Array;
  readonly waitsFor: Int32Array;
}

export async function describeGoroutines(sources: GoroutineSources): Promise<HeapGoroutines> {
  const { image, roots, framesAt, waitStart, waitsFor } = sources;
  const { goroutines } = image;
  const builder = createStackTableBuilder();
  const stack = new Int32Array(goroutines.length).fill(noStack);
  const createdAt = new Int32Array(goroutines.length).fill(-1);
  const state: string[] = [];
  const waitedNs = new Float64Array(goroutines.length);
  const stackBytes = new Float64Array(goroutines.length);
  // Without a clock, the latest stamp is the least that "now" can be.
  const now = sources.nowNs ?? goroutines.waitSince.reduce((latest, one) => Math.max(latest, one), 0);
  for (let row = 0; row < goroutines.length; row++) {
    const first = roots.firstFrame[row]! - roots.firstFrameNode;
    let leaf = noStack;
    for (let depth = roots.frames[row]! - 1; depth >= 0; depth--) {
      const frames = await framesAt(roots.framePc[first + depth]!, roots.frameCalled[first + depth] === 1);
      for (let i = frames.length - 1; i >= 0; i--) {
        const { functionName, file, line } = frames[i]!;
        leaf = builder.internStack(leaf, builder.internFrame(functionName, file, line));
      }
    }
    stack[row] = leaf;
    // Goroutine 1 is started by the runtime's first instructions.
    const [created] = goroutines.id[row] === 1 ? [] : await framesAt(goroutines.goPc[row]!, true);
    if (created !== undefined) createdAt[row] = builder.internFrame(created.functionName, created.file, created.line);
    state.push(stateOf(image, row));
    const since = goroutines.waitSince[row]!;
    waitedNs[row] = since > 0 && now > since ? now - since : 0;
    stackBytes[row] = goroutines.stackHigh[row]! - goroutines.stackLow[row]!;
  }
  return {
    length: goroutines.length,
    node: roots.node,
    id: goroutines.id,
    state,
    waitedNs,
    startFunction: Array.from({ length: goroutines.length }, (_, row) => sources.startFunction(row)),
    createdAt,
    stack,
    stacks: builder.finish(),
    stackBytes,
    deferred: roots.deferred,
    blockedOn: Int32Array.from(stack, (_, row) =>
      waitStart[row] === waitStart[row + 1] ? -1 : waitsFor[waitStart[row]!]!,
    ),
    waitStart,
    waitsFor,
  };
}

function stateOf(image: HeapImage, row: number): string {
  const { goroutineStates, waitReasons } = image.target.layout;
  const status = goroutineStates[image.goroutines.status[row]!] ?? 'unknown';
  if (status !== 'waiting' && status !== 'leaked') return status;
  return waitReasons[image.goroutines.waitReason[row]!] || status;
}

// Objects that the runtime's memory profiler caught: where each was allocated, and which node of the graph it is. In them who
// allocated and who holds meet. Source: runtime/mprof.go setprofilebucket, runtime/mheap.go specialprofile.
import { type GoSymbols, goFramesAt } from '../decode/pclntab/go-frames.ts';
import type { SampledObjects } from '../model/heap-graph.ts';
import { createStackTableBuilder, type FrameIndex, noStack, type StackIndex } from '../model/stacks.ts';
import { calledBefore } from './called-before.ts';
import { bucketOfSpecial, type HeapBuckets, readHeapBuckets } from './heap-buckets.ts';
import type { HeapImage } from './heap-image.ts';
import { memoryOf } from './memory-of-source.ts';
import type { ObjectIndex } from './object-index.ts';
import { nodeOfSlot, type WalkedGraph } from './walk-graph.ts';
import { withoutCollector } from './without-collector.ts';

const isAllocator = /^(runtime|internal\/bytealg)\./;

export interface SampledSources {
  readonly image: HeapImage;
  readonly index: ObjectIndex;
  readonly graph: WalkedGraph;
  readonly code: GoSymbols;
  readonly loadBias: number;
}

/** Undefined when the runtime keeps no profile, or its place is not known. Objects that nothing reaches are left out. */
export async function readSampledObjects(sources: SampledSources): Promise<SampledObjects | undefined> {
  const { image } = sources;
  const { addresses, layout } = image.target;
  if (addresses.mbuckets === undefined) return undefined;
  const memory = memoryOf(image.memory);
  const buckets = readHeapBuckets(memory, layout, { mbuckets: addresses.mbuckets, mProfCycle: addresses.mProfCycle });
  const bucketOf = bucketOfSpecial(memory, layout, buckets);
  const nodes = nodesOfSamples(sources);
  const node: number[] = [];
  const bucket: number[] = [];
  for (let row = 0; row < image.specials.length; row++) {
    if (image.specials.kind[row] !== layout.constants.specialProfile) continue;
    const found = nodes.get(slotOf(sources, row));
    const allocation = found === undefined ? -1 : bucketOf(image.specials.address[row]!);
    if (found === undefined || allocation < 0) continue;
    node.push(found);
    bucket.push(allocation);
  }
  const stacks = await nameStacks(sources, buckets, new Set(bucket));
  return withoutCollector({
    length: node.length,
    node: Int32Array.from(node),
    stack: Int32Array.from(bucket, (row) => stacks.rowOf.get(row)!),
    stacks: stacks.table,
  });
}

function slotOf({ image, index }: SampledSources, special: number): number {
  const span = image.specials.span[special]!;
  return index.firstSlot[span]! + Math.floor(image.specials.offset[special]! / image.spans.elementBytes[span]!);
}

function nodesOfSamples(sources: SampledSources): ReadonlyMap<number, number> {
  const { image, graph } = sources;
  const nodes = new Map<number, number>();
  for (let row = 0; row < image.specials.length; row++) {
    if (image.specials.kind[row] !== image.target.layout.constants.specialProfile) continue;
    const slot = slotOf(sources, row);
    const node = nodeOfSlot(graph, slot);
    if (node >= 0) nodes.set(slot, node);
  }
  return nodes;
}

async function nameStacks(
  { image, code, loadBias }: SampledSources,
  buckets: HeapBuckets,
  wanted: ReadonlySet<number>,
) {
  const builder = createStackTableBuilder();
  const rowOf = new Map<number, StackIndex>();
  const frameOf = new Map<number, FrameIndex>();
  const memory = memoryOf(image.memory);
  /** The runtime's function that the innermost one calls, where the stack leaves it out. */
  const askedFor = async (pc: number): Promise<FrameIndex | undefined> => {
    const leaf = (await goFramesAt(code, pc - loadBias - 1)).at(-1);
    const target = leaf === undefined || isAllocator.test(leaf.functionName) ? undefined : calledBefore(memory, pc);
    const asked = target === undefined ? undefined : (await goFramesAt(code, target - loadBias)).at(-1);
    if (asked === undefined || !isAllocator.test(asked.functionName)) return undefined;
    return builder.internFrame(asked.functionName, asked.file, asked.line);
  };
  for (const row of wanted) {
    let stack = noStack as StackIndex;
    for (let at = buckets.pcStart[row + 1]! - 1; at >= buckets.pcStart[row]!; at--) {
      const pc = buckets.pc[at]!;
      let frame = frameOf.get(pc);
      if (frame === undefined) {
        const named = (await goFramesAt(code, pc - loadBias - 1))[0];
        frame = builder.internFrame(named?.functionName ?? '', named?.file ?? '', named?.line ?? 0);
        frameOf.set(pc, frame);
      }
      stack = builder.internStack(stack, frame);
    }
    const asked = await askedFor(buckets.pc[buckets.pcStart[row]!] ?? 0);
    if (asked !== undefined) stack = builder.internStack(stack, asked);
    rowOf.set(row, stack);
  }
  return { rowOf, table: builder.finish() };
}

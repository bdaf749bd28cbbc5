// Where objects were allocated, as far as the runtime's memory profiler caught them: in a sampled object, who allocated and
// who holds meet.
import type { HeapWalk } from '../model/heap-graph.ts';
import { ownershipBy } from '../model/ownership.ts';
import { type AllocationSite, type PlainTypes, plainTypeOf } from '../model/retention.ts';
import { type Frame, framesOf } from '../model/stacks.ts';

/** By plain type: the lines that allocate it, the most frequent first. Types without a sampled object are missing. */
export function allocationSitesOf({ graph, sampled }: HeapWalk, types: PlainTypes): Map<number, AllocationSite[]> {
  const byType = new Map<number, Map<string, { frame: Frame; samples: number }>>();
  if (sampled === undefined) return new Map();
  const blamed = new Map<number, Frame | undefined>();
  for (let row = 0; row < sampled.length; row++) {
    const stack = sampled.stack[row]!;
    if (!blamed.has(stack)) blamed.set(stack, blamedFrame(framesOf(sampled.stacks, stack)));
    const frame = blamed.get(stack);
    if (frame === undefined) continue;
    const type = plainTypeOf(types, graph.type[sampled.node[row]!]!);
    const sites = byType.get(type) ?? new Map<string, { frame: Frame; samples: number }>();
    byType.set(type, sites);
    const key = `${frame.functionName}\n${frame.file}:${frame.line}`;
    const site = sites.get(key) ?? { frame, samples: 0 };
    sites.set(key, site);
    site.samples++;
  }
  return new Map([...byType].map(([type, sites]) => [type, [...sites.values()].sort((a, b) => b.samples - a.samples)]));
}

const ownership = ownershipBy(undefined);

/** The innermost frame that the reader can change: the program's own, else a library's, else whatever is innermost. */
function blamedFrame(frames: readonly Frame[]): Frame | undefined {
  return (
    frames.find((frame) => ownership(frame) === 'main') ??
    frames.find((frame) => ownership(frame) === 'dependency') ??
    frames[0]
  );
}

/** Sampled objects whose allocation passed a function or a line; `says` is asked about names and about `file:line`. */
export function sampledAt({ sampled }: Pick<HeapWalk, 'sampled'>, says: (text: string) => boolean): number[] {
  if (sampled === undefined) return [];
  const { frames, length, prefix, frame } = sampled.stacks;
  const hit = new Uint8Array(frames.length);
  for (let row = 0; row < frames.length; row++) {
    if (says(frames.functionName[row]!) || says(`${frames.file[row]}:${frames.line[row]}`)) hit[row] = 1;
  }
  // Prefixes come first: a stack has the frame when it, or what it continues, does.
  const stackHit = new Uint8Array(length);
  for (let stack = 0; stack < length; stack++) {
    stackHit[stack] = hit[frame[stack]!] === 1 || (prefix[stack]! >= 0 && stackHit[prefix[stack]!] === 1) ? 1 : 0;
  }
  const nodes: number[] = [];
  for (let row = 0; row < sampled.length; row++)
    if (stackHit[sampled.stack[row]!] === 1) nodes.push(sampled.node[row]!);
  return nodes;
}

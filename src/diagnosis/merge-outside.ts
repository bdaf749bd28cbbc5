// Memory outside the Go heap that something of Go keeps: handles in a map each hold a block of C memory, threads each hold
// a stack. The map or the threads are the leak, the memory is what it costs: one finding.
import type { Story } from './arbitrate.ts';
import { outerFunction } from './sites.ts';

type Mergeable = Story & { outside: Story[] };

/** Blocks an object may own. */
const mostBlocksPerObject = 30;
/** A thread's stack, arena and control blocks, at most. */
const bytesPerThread = 1024 * 1024;
const leastBytesPerThread = 24 * 1024;
const classesOfThreads: ReadonlySet<string> = new Set(['class:thread-stacks', 'class:malloc', 'class:other-native']);

export function mergeOutside(stories: readonly Mergeable[]): readonly Story[] {
  const left: Mergeable[] = [];
  for (const story of stories) {
    const { outside } = story.candidate;
    const owner = outside === undefined ? undefined : stories.find((other) => other !== story && owns(other, story));
    if (owner === undefined) left.push(story);
    else owner.outside.push(story);
  }
  return left;
}

function owns(owner: Story, story: Story): boolean {
  const { outside } = story.candidate;
  if (outside === undefined) return false;
  if (owner.candidate.kind === 'threads')
    return classesOfThreads.has(outside.key) && story.growth.delta <= threadsOf(owner) * bytesPerThread;
  if (owner.candidate.outside !== undefined) return false;
  // Only a cause that says who keeps the objects can keep what hangs on them.
  if (owner.candidate.specificity === 0) return false;
  const objects = Math.max(
    0,
    ...owner.heap.map((suspect) => suspect.site.objects.perSecond),
    ...owner.goroutines.map((suspect) => suspect.group.count.perSecond),
  );
  if (objects <= 0) return false;
  // Page faults count no blocks: then only the very function that also allocates the object speaks for it.
  if (outside.blocksPerSecond === undefined) return sharesFunction(owner, outside.frames, 1);
  const ratio = outside.blocksPerSecond / objects;
  return ratio > 1 / 3 && ratio < mostBlocksPerObject && sharesFunction(owner, outside.frames, 3);
}

/** Those of goroutines are counted; the others are told in bytes, and each costs at least a page of its stack. */
function threadsOf({ candidate, goroutines, growth }: Story): number {
  if (candidate.measured !== undefined) return growth.delta / leastBytesPerThread;
  return goroutines.reduce((sum, suspect) => sum + Math.max(0, suspect.group.count.delta), 0);
}

function sharesFunction(owner: Story, frames: readonly { readonly functionName: string }[], depth: number): boolean {
  const functions = new Set([
    ...owner.candidate.sites.map((site) => outerFunction(site.function)),
    ...owner.heap.flatMap((suspect) =>
      suspect.userFrames.slice(0, 2).map((frame) => outerFunction(frame.functionName)),
    ),
    ...owner.goroutines.flatMap((suspect) =>
      suspect.stack.slice(0, 6).map((frame) => outerFunction(frame.functionName)),
    ),
  ]);
  for (const common of ['main.main', '']) functions.delete(common);
  return frames
    .filter((frame) => !/^runtime\.|\._Cfunc_/.test(frame.functionName))
    .slice(0, depth)
    .some((frame) => functions.has(outerFunction(frame.functionName)));
}

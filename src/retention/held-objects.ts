// Who holds the objects of each allocation stack: the runtime's samples tie a stack to objects, the graph ties objects to
// holders. One sample speaks for half a megabyte, so a few of them speak for the stack.

import type { CountedContainer, HeldObjects, HolderStep } from '../model/heap-facts.ts';
import { type HeapWalk, none, type SampledObjects } from '../model/heap-graph.ts';
import type { HeapProofs, SpecialCycle } from '../model/heap-proofs.ts';
import type { PathStep, Retention } from '../model/retention.ts';
import { framesOf } from '../model/stacks.ts';
import { createCutShare } from './cut-share.ts';
import { findWays } from './find-ways.ts';
import { forsakenContexts } from './forsaken-contexts.ts';
import { createHeldByPools } from './held-by-pools.ts';
import { createHeldByTimers } from './held-by-timers.ts';
import { createLostShare } from './lost-share.ts';
import { pathTo } from './path-to.ts';

/** Objects of one stack that are looked at, and stacks. */
const mostExamples = 12;
const mostStacks = 400;
const rootKinds = new Set(['global', 'goroutine', 'frame', 'special', 'timer', 'runtime']);

/** The stacks with most sampled objects first. */
export function heldObjectsOf(
  walk: HeapWalk,
  retention: Retention,
  { finalizers, pendingTimers, doubts }: Pick<HeapProofs, 'finalizers' | 'pendingTimers' | 'doubts'>,
  /** By node. */
  counted: ReadonlyMap<number, CountedContainer> = new Map(),
): readonly HeldObjects[] {
  const { sampled } = walk;
  if (sampled === undefined) return [];
  // What a walk has not seen may lead anywhere: then it tells who holds, and proves nothing.
  const mayProve = doubts.length === 0;
  const { parent } = findWays(walk.graph, retention.tree.groups);
  const cuts = walk.cuts();
  const shareOfCuts = createCutShare(cuts);
  const pooledOf = createHeldByPools(walk.graph, retention, cuts);
  const shareOfLost = createLostShare(walk.lost());
  const forsaken = forsakenContexts(walk.graph, retention);
  const timersOf = createHeldByTimers(walk.graph, retention, pendingTimers);
  return [...byStack(sampled)]
    .sort((a, b) => b[1].length - a[1].length)
    .slice(0, mostStacks)
    .flatMap(([stack, nodes]) => {
      const ways = new Map<string, { path: PathStep[]; forsaken: number; count: number }>();
      const examples = spread(nodes, mostExamples);
      for (const node of examples) {
        const path = pathTo(walk.graph, walk.names, retention, parent, node);
        const key = path.map((step) => `${alike(step.name)} ${step.label.replace(/\d+/g, '#')}`).join(' > ');
        const way = ways.get(key) ?? { path, forsaken: Number.POSITIVE_INFINITY, count: 0 };
        ways.set(key, way);
        way.count++;
        way.forsaken = Math.min(way.forsaken, forsakenAbove(path, forsaken));
      }
      const best = [...ways.values()].sort((a, b) => b.count - a.count)[0];
      if (best === undefined || best.path.length === 0) return [];
      const group = rootGroupOf(retention, best.path);
      const frames = framesOf(sampled.stacks, stack);
      return [
        {
          ...describe(retention, best.path, group, mayProve ? finalizers.cycles : [], counted),
          frames,
          sampledObjects: nodes.length,
          share: best.count / examples.length,
          cut: mayProve ? shareOfCuts(nodes, frames) : undefined,
          lost: mayProve ? shareOfLost(nodes) : undefined,
          forsaken: mayProve ? best.forsaken : 0,
          timers: mayProve ? timersOf(nodes) : undefined,
          pooled: mayProve ? pooledOf(nodes) : undefined,
        },
      ];
    });
}

/** Objects of unknown type are named after their size, which differs where the way does not: `4096 bytes with pointers`. */
const alike = (name: string): string => name.replace(/^\d+ bytes /, '');

function byStack({ length, node, stack }: SampledObjects): ReadonlyMap<number, number[]> {
  const nodes = new Map<number, number[]>();
  for (let row = 0; row < length; row++) {
    const known = nodes.get(stack[row]!);
    if (known === undefined) nodes.set(stack[row]!, [node[row]!]);
    else known.push(node[row]!);
  }
  return nodes;
}

/**
 * Contexts in the children's map that is on every way to an object. One that is on some ways says nothing: what a request
 * under way holds hangs there, too, until it is done.
 */
function forsakenAbove(path: readonly PathStep[], forsaken: ReadonlyMap<number, number>): number {
  return Math.max(0, ...path.map((step) => (step.onEveryPath === true ? (forsaken.get(step.node) ?? 0) : 0)));
}

/** Evenly over the list, its end included: the newest objects are the ones that pile up. */
function spread(nodes: readonly number[], most: number): readonly number[] {
  if (nodes.length <= most) return nodes;
  return Array.from({ length: most }, (_, i) => nodes[Math.floor(((i + 1) * nodes.length) / most) - 1]!);
}

function rootGroupOf({ tree }: Retention, path: readonly PathStep[]): number {
  const root = path[0]!.node;
  return root < tree.groups.groupOf.length ? tree.groups.groupOf[root]! : none;
}

/** `finalizer of *main.Sheet` keeps cycles of main.Sheet. */
const selfKeptBy = (special: string, cycles: readonly SpecialCycle[]): number =>
  cycles.reduce(
    (sum, { type, count }) => (type !== '' && special.endsWith(type.replace(/^\*/, '')) ? sum + count : sum),
    0,
  );

type Way = Omit<HeldObjects, 'frames' | 'sampledObjects' | 'share' | 'cut' | 'lost' | 'forsaken' | 'timers' | 'pooled'>;

function describe(
  retention: Retention,
  path: readonly PathStep[],
  group: number,
  cycles: readonly SpecialCycle[],
  counted: ReadonlyMap<number, CountedContainer>,
): Way {
  const [root, ...steps] = path;
  const members = group === none ? 1 : retention.tree.groups.members[group]!;
  const outermost = path.find((step) => step.onEveryPath === true);
  const ofGroup = group !== none && outermost === root;
  return {
    root: `${root!.kind} ${root!.name}${members > 1 ? ` (one of ${members})` : ''}`,
    rootKind: rootKinds.has(root!.kind) ? (root!.kind as HeldObjects['rootKind']) : 'other',
    steps: steps.map(
      (step): HolderStep => ({
        label: step.label,
        name: step.name,
        kind: step.kind === 'object' ? 'object' : 'root',
        retainedBytes: step.retainedBytes,
        repeats: step.again?.times ?? 0,
        counted: counted.get(step.node),
      }),
    ),
    retainedBytes: ofGroup
      ? retention.tops.retainedBytes[group]!
      : (outermost?.retainedBytes ?? path.at(-1)!.retainedBytes),
    selfKept: root!.kind === 'special' ? selfKeptBy(root!.name, cycles) : 0,
  };
}

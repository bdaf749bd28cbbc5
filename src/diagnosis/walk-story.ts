// What a heap walk says of growth: the container on the way from a root to the objects, and whether a cause that was read
// from stacks or source agrees with it.
import type { HeapFacts, HeldObjects, HolderStep } from '../model/heap-facts.ts';
import type { Frame } from '../model/stacks.ts';
import type { Evidence, Holder } from './finding.ts';
import type { HeapSuspect } from './suspects.ts';

export type ContainerKind =
  | 'map'
  | 'sync-map'
  | 'slice'
  | 'chan'
  | 'list'
  | 'registry' // of functions or channels
  | 'context' // children of a context
  | 'chain' // each link holds the one before
  | 'pool'
  | 'timer'
  | 'finalizer'
  | 'goroutine'; // of many, each holds its own

export interface HeldContainer {
  readonly kind: ContainerKind;
  /** `.sessions map[string]*main.Session`, or the root. */
  readonly name: string;
  /** Where it stands in the steps; -1 for the root. */
  readonly step: number;
}

/** A chain of so many equal links is a chain and no accident of nesting. */
const leastLinks = 20;
/** What holds at least so many times what its next step holds, holds many of them. */
const leastFanOut = 4;

/** The way on which most sampled objects of a suspect's stacks are held; undefined when the walk met none of them. */
export function heldOf(facts: HeapFacts, suspect: HeapSuspect): HeldObjects | undefined {
  const wanted = new Set(suspect.stacks.map(keyOf));
  const exact = facts.held.filter((held) => wanted.has(keyOf(held.frames)));
  if (exact.length > 0) return most(exact);
  const { blamed } = suspect.site;
  return most(
    facts.held.filter(({ frames }) =>
      frames.some((frame) => frame.functionName === blamed.functionName && frame.line === blamed.line),
    ),
  );
}

/** Profiles leave out the runtime's frames in front; the samples in memory have them. */
const keyOf = (frames: readonly Frame[]): string =>
  frames
    .filter((frame) => !frame.functionName.startsWith('runtime.'))
    .map((frame) => `${frame.functionName}:${frame.line}`)
    .join(' < ');

function most(held: readonly HeldObjects[]): HeldObjects | undefined {
  return [...held].sort((a, b) => b.sampledObjects - a.sampledObjects)[0];
}

/** What piles up: the step that holds many times what the next one holds. Undefined when nothing does. */
export function containerOf(held: HeldObjects): HeldContainer | undefined {
  const { steps } = held;
  // Nothing but finalizers leads there: what the objects are made of holds nothing by itself.
  if (held.rootKind === 'special') {
    // One that is queued runs when its turn comes, and lets go of them.
    if (isQueued(held, 'finalizer') || isQueued(held, 'cleanup')) return undefined;
    return { kind: 'finalizer', name: held.root, step: -1 };
  }
  const chain = steps.findIndex((step) => step.repeats >= leastLinks && kindOf(step, steps) === undefined);
  if (chain >= 0) return { kind: 'chain', name: textOf(steps[chain]!), step: chain };
  let best: HeldContainer | undefined;
  let bestFanOut = leastFanOut;
  for (let i = 0; i + 1 < steps.length; i++) {
    const kind = kindOf(steps[i]!, steps.slice(0, i));
    // The nodes of one trie are one map: its top stands for it.
    if (kind === 'sync-map' && best?.kind === 'sync-map') continue;
    const fanOut = steps[i]!.retainedBytes / Math.max(1, steps[i + 1]!.retainedBytes);
    if (kind !== undefined && fanOut >= bestFanOut) {
      best = { kind, name: textOf(steps[i]!), step: i };
      bestFanOut = fanOut;
    }
  }
  if (best !== undefined) return best;
  if (held.rootKind === 'timer') return { kind: 'timer', name: held.root, step: -1 };
  const ofMany = held.rootKind === 'goroutine' && / \(one of \d+\)$/.test(held.root);
  return ofMany ? { kind: 'goroutine', name: held.root, step: -1 } : undefined;
}

/** Nothing but calls that wait for their turn leads there. */
export const isQueued = ({ root, rootKind }: HeldObjects, call: 'finalizer' | 'cleanup'): boolean =>
  rootKind === 'special' && root.startsWith(`special queued ${call}`);

/** Go's own name of a type tells what may hold many. `before`: the steps above it. */
function kindOf({ name }: HolderStep, before: readonly HolderStep[]): ContainerKind | undefined {
  if (/^\*?(internal\/sync\.(HashTrieMap|indirect)|sync\.Map|sync\.readOnly)\b/.test(name)) return 'sync-map';
  if (/^(probably )?\*?(\[\d*\])?sync\.(Pool|poolLocal|poolChain|poolChainElt|poolDequeue|eface)$/.test(name))
    return 'pool';
  if (/^\*?container\/(list\.(List|Element)|ring\.Ring)$/.test(name)) return 'list';
  if (name.startsWith('chan ')) return 'chan';
  if (name.startsWith('map[')) {
    if (/^map\[context\.canceler\]/.test(name)) return 'context';
    if (/^\*?context\.cancelCtx$/.test(before.at(-1)?.name ?? '')) return 'context';
    return /\](func\(|chan |<-chan )/.test(name) ? 'registry' : 'map';
  }
  if (name.startsWith('[]')) return /^\[\](func\(|chan |<-chan )/.test(name) ? 'registry' : 'slice';
  return undefined;
}

const textOf = ({ label, name }: HolderStep): string => (label === '' ? name : `${label} ${name}`);

/** In the words of a finding: from the root to what piles up and one of its entries. */
export function holderBy(held: HeldObjects, container: HeldContainer | undefined): Holder {
  const end = container === undefined ? held.steps.length : container.step + 2;
  const shown = held.steps.slice(0, Math.max(1, end));
  const more = held.steps.length - shown.length;
  // A goroutine's first frame has its name.
  const first = shown[0]?.kind === 'root' && held.root.startsWith(`goroutine ${shown[0].name}`) ? 1 : 0;
  const rest = more > 1 ? [`… ${more - 1} more`] : [];
  return {
    root: held.root,
    path: [...shown.slice(first).map(linkText), ...(more > 0 ? [...rest, linkText(held.steps.at(-1)!)] : [])],
    retainedBytes: held.retainedBytes,
  };
}

const linkText = (step: HolderStep): string =>
  step.repeats > 0 ? `${textOf(step)} (${step.repeats} more like it)` : textOf(step);

export function walkEvidence(held: HeldObjects, container: HeldContainer | undefined, supports: boolean): Evidence {
  const where = container === undefined ? held.root : container.name;
  return {
    kind: 'heap-walk',
    supports,
    what: supports ? `the heap itself: ${where} holds them` : `the heap itself says otherwise: ${where} holds them`,
    root: held.root,
    path: held.steps.map(linkText),
    retainedBytes: held.retainedBytes,
    sampledObjects: held.sampledObjects,
    share: held.share,
  };
}

export function forsakenEvidence(rule: string, { forsaken }: HeldObjects): readonly Evidence[] {
  if (rule !== 'context-not-cancelled' || forsaken === 0) return [];
  const what = `nobody can cancel ${forsaken} of these contexts any more: only their parent's list of children leads to them`;
  return [{ kind: 'runtime-proof', supports: true, what, count: forsaken }];
}

/** Kinds of containers that a cause may be about; causes that are not listed say nothing of their holder. */
const kindsOfCause: Readonly<Record<string, readonly ContainerKind[]>> = {
  'unbounded-map': ['map', 'sync-map', 'registry'],
  'unbounded-slice': ['slice', 'list', 'registry'],
  'unbounded-queue': ['chan', 'slice', 'list', 'map'],
  'callback-not-unregistered': ['registry', 'map', 'slice', 'list'],
  'context-not-cancelled': ['context'],
  'linked-chain': ['chain', 'list'],
  'finalizer-cycle': ['finalizer'],
  'sync-pool-oversized': ['pool'],
};

/** undefined: this cause says nothing that a walk could confirm or deny. */
export function agrees(rule: string, held: HeldObjects, container: HeldContainer | undefined): boolean | undefined {
  const kinds = kindsOfCause[rule];
  if (kinds === undefined || container === undefined) return undefined;
  if (kinds.includes(container.kind)) return true;
  // What was taken from a pool is in the hands of who uses it.
  if (rule === 'sync-pool-oversized' && container.kind === 'goroutine') return undefined;
  return held.steps.some((step, i) => {
    const kind = kindOf(step, held.steps.slice(0, i));
    return kind !== undefined && kinds.includes(kind);
  });
}

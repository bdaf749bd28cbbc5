// Goroutines that wait for something that only another goroutine can give: channels, locks, wait groups, conditions; and
// which of them nothing can wake. Source: runtime/mgc.go isMaybeRunnable, findGoroutineLeaks (Go 1.26 and later); the same
// for older versions, whose wait reasons say less.
import { type HeapGraph, nodeKinds } from '../../model/heap-graph.ts';
import { type NodesByAddress, notInHeap, type ProofSources, unreached } from './proof-sources.ts';
import { createReach, type Reach } from './reach.ts';
import { forEachRunningWord } from './running-words.ts';

export interface BlockedGoroutine {
  readonly row: number;
  /** Addresses of what it waits for; none for nil channels and `select {}`. */
  readonly objects: readonly number[];
  /** Their nodes, as NodesByAddress answers. */
  readonly nodes: readonly number[];
  /** Nodes that lead to the very lock, where its object holds other small values as well; undefined where it does not. */
  readonly users: readonly number[] | undefined;
  /** Nobody can say what it waits for, or it is about to run: it was taken off the queue of a lock, or waited no more later. */
  readonly unclear: boolean;
}

export interface Liveness {
  readonly blocked: readonly BlockedGoroutine[];
  /** Row of the goroutine table, of those that nothing can wake. */
  readonly leaked: ReadonlySet<number>;
  /** Everything that can still be used. */
  readonly live: Reach;
  /** Records of wait queues: they lead to everybody that waits, and keep nobody. */
  readonly cut: Uint8Array;
}

const channelWaits: ReadonlySet<string> = new Set(['chan receive', 'chan send', 'select']);
const endlessWaits: ReadonlySet<string> = new Set([
  'chan receive (nil chan)',
  'chan send (nil chan)',
  'select (no cases)',
]);
const lockWaits: ReadonlySet<string> = new Set([
  'sync.Mutex.Lock',
  'sync.RWMutex.RLock',
  'sync.RWMutex.Lock',
  'sync.WaitGroup.Wait',
  'sync.Cond.Wait',
]);
const startKinds: ReadonlySet<number> = new Set(
  (['global', 'special', 'timer', 'runtime'] as const).map((kind) => nodeKinds.indexOf(kind)),
);

/** `movedOn`: see WalkSources. */
export function judgeGoroutines(sources: ProofSources, nodes: NodesByAddress, movedOn: ReadonlySet<number>): Liveness {
  const { image, graph, waits } = sources;
  const cut = new Uint8Array(graph.length);
  for (const record of waits.records) {
    const node = nodes.at(record);
    if (node >= 0) cut[node] = 1;
  }
  const blocked = blockedGoroutines(sources, nodes, movedOn, cut);
  const live = createReach(graph, cut);
  const waiting = new Set(blocked.map(({ row }) => row));
  for (let node = 0; node < graph.named.length; node++) if (startKinds.has(graph.named.kind[node]!)) live.add(node);
  for (let row = 0; row < graph.goroutines.length; row++) {
    if (!waiting.has(row)) live.add(graph.goroutines.node[row]!);
  }
  // Whoever has a name is told rather than a thread that happens to use the same thing.
  live.drain();
  forEachRunningWord(image, (word) => {
    const node = nodes.at(word);
    if (node >= 0) live.add(node);
  });
  let rest: readonly BlockedGoroutine[] = blocked;
  for (let before = -1; before !== rest.length; ) {
    before = rest.length;
    live.drain();
    rest = rest.filter((one) => {
      if (!mayWake(one, live.via)) return true;
      live.add(graph.goroutines.node[one.row]!);
      return false;
    });
  }
  return { blocked, leaked: new Set(rest.map(({ row }) => row)), live, cut };
}

export const mayWake = ({ nodes, users, unclear }: BlockedGoroutine, via: Int32Array): boolean =>
  unclear ||
  (users === undefined
    ? nodes.some((node) => node === notInHeap || (node !== unreached && via[node] !== -1))
    : // Who runs has a word that leads there: nobody knows what it sees of it.
      via[nodes[0]!] === nodes[0] || users.some((node) => via[node] !== -1));

function blockedGoroutines(
  sources: ProofSources,
  nodes: NodesByAddress,
  movedOn: ReadonlySet<number>,
  cut: Uint8Array,
): BlockedGoroutine[] {
  const { graph, image, waits } = sources;
  const { goroutines } = graph;
  const result: BlockedGoroutine[] = [];
  const users = sources.usersOf([...waits.address]);
  for (let row = 0; row < goroutines.length; row++) {
    const state = goroutines.state[row]!;
    const status = image.target.layout.goroutineStates[image.goroutines.status[row]!];
    if (status !== 'waiting' && status !== 'leaked') continue;
    if (endlessWaits.has(state)) result.push({ row, objects: [], nodes: [], users: undefined, unclear: false });
    const isSync = lockWaits.has(state) || (state === 'semacquire' && waitsInSync(sources, row));
    if (!channelWaits.has(state) && !isSync) continue;
    const objects = [...waits.address.subarray(waits.start[row]!, waits.start[row + 1]!)];
    const found = objects.map((address) => nodes.at(address));
    if (found.length === 0 && state === 'sync.Cond.Wait') found.push(...conditionOf(sources, row));
    const unclear = found.length === 0 || movedOn.has(image.goroutines.address[row]!);
    const [only] = objects.length === 1 && found.length === 1 ? objects : [];
    const leading = only === undefined ? undefined : users.get(only)?.filter((node) => cut[node] === 0);
    result.push({ row, objects, nodes: found, users: leading, unclear });
  }
  return result;
}

/** The runtime and package poll take semaphores, too: whoever gives those back is no goroutine of the program. */
function waitsInSync({ graph, roots }: ProofSources, row: number): boolean {
  return framesNamed(graph, roots, row, /^(?:internal\/)?sync\.runtime_Semacquire/).length > 0;
}

/** Before 1.26 nothing but its own frame says which condition a goroutine waits for. Source: sync/cond.go Wait. */
function conditionOf({ graph, roots }: ProofSources, row: number): number[] {
  return framesNamed(graph, roots, row, /^sync\.\(\*Cond\)\.Wait$/).flatMap((frame) => [
    ...graph.referenceTo.subarray(graph.referenceStart[frame]!, graph.referenceStart[frame + 1]!),
  ]);
}

function framesNamed(graph: HeapGraph, roots: ProofSources['roots'], row: number, name: RegExp): number[] {
  const first = roots.firstFrame[row]!;
  const frames = first < 0 ? [] : Array.from({ length: roots.frames[row]! }, (_, depth) => first + depth);
  return frames.filter((frame) => name.test(graph.named.name[frame]!));
}

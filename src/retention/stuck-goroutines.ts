// Goroutines that can never run again: each waits for a channel or a lock that nothing which still runs can reach. It is what
// the goroutineleak profile of Go 1.26 proves, for any version and from a core, too. Source of the idea: V. Saioc et al.,
// "Dynamic Partial Deadlock Detection and Recovery via Garbage Collection", ASPLOS 2025.
//
// Everything starts from what may act: globals, timers, finalizers, goroutines that run or wait for something else (time,
// the network, the collector). What they reach may be used by them; a goroutine that waits for one of those things may be
// woken, and then acts, too. Those that are left have nobody.
import type { Captured } from '../base/captured.ts';
import { captured, notCaptured } from '../base/captured.ts';
import { type HeapGraph, type HeapWalk, nodeKinds, none, rootNode } from '../model/heap-graph.ts';

/** Waits that only another goroutine can end, and of which the runtime says for what. */
const waits = /^(?:chan (?:receive|send)|select|semacquire|sync\.(?:Mutex\.Lock|RWMutex\.R?Lock|WaitGroup\.Wait))$/;
/** Nothing can end these. */
const endless = /^(?:chan (?:receive|send) \(nil chan\)|select \(no cases\))$/;
/** The runtime's own list of who waits for which lock: it wakes nobody by itself. */
const waitTable = 'runtime.semtable';

/** `select {}` is how a program waits on purpose, and so is a main that waits for a channel of its own: true, and no news. */
const onPurpose = (state: string, startFunction: string): boolean =>
  state === 'select (no cases)' || startFunction === 'runtime.main';

/** By row of the goroutine table: 1 for those that are proven to be stuck. Not a proof when the walk itself is in doubt. */
export function stuckGoroutines(walk: HeapWalk): Captured<Uint8Array> {
  if (walk.stopped === 'not-stopped') return notCaptured('the process ran while it was read');
  const failed = walk.selfChecks.find((check) => !check.ok);
  if (failed !== undefined) return notCaptured(`the walk contradicts itself: ${failed.name}`);
  return captured(findStuck(walk.graph));
}

function findStuck(graph: HeapGraph): Uint8Array {
  const { goroutines, named, referenceStart, referenceTo } = graph;
  const stuck = new Uint8Array(goroutines.length);
  const waitersOf = new Map<number, number[]>();
  const isWaiting = new Uint8Array(named.length);
  for (let row = 0; row < goroutines.length; row++) {
    const state = goroutines.state[row]!;
    const blockers = endless.test(state) ? [] : waits.test(state) ? blockersOf(graph, row) : undefined;
    if (blockers === undefined) continue;
    stuck[row] = 1;
    isWaiting[goroutines.node[row]!] = 1;
    for (const blocker of blockers) {
      const rows = waitersOf.get(blocker);
      if (rows === undefined) waitersOf.set(blocker, [row]);
      else rows.push(row);
    }
  }
  const reached = new Uint8Array(graph.length);
  const queue = createQueue();
  const reach = (node: number): void => {
    if (reached[node] === 1) return;
    reached[node] = 1;
    queue.push(node);
  };
  for (let edge = 0; edge < referenceStart[rootNode + 1]!; edge++) {
    const node = referenceTo[edge]!;
    if (node < named.length && (isWaiting[node] === 1 || isWaitTable(graph, node))) continue;
    reach(node);
  }
  for (let node = queue.next(); node !== none; node = queue.next()) {
    for (const row of waitersOf.get(node) ?? []) {
      stuck[row] = 0;
      reach(goroutines.node[row]!);
    }
    for (let edge = referenceStart[node]!; edge < referenceStart[node + 1]!; edge++) reach(referenceTo[edge]!);
  }
  for (let row = 0; row < goroutines.length; row++) {
    if (onPurpose(goroutines.state[row]!, goroutines.startFunction[row]!)) stuck[row] = 0;
  }
  return stuck;
}

const isWaitTable = ({ named }: HeapGraph, node: number): boolean =>
  nodeKinds[named.kind[node]!] === 'global' && named.name[node] === waitTable;

/** Everything that a goroutine waits for; undefined when some of it is not known. */
function blockersOf({ goroutines }: HeapGraph, row: number): readonly number[] | undefined {
  const blockers = goroutines.waitsFor.subarray(goroutines.waitStart[row]!, goroutines.waitStart[row + 1]!);
  return blockers.length === 0 || blockers.includes(none) ? undefined : [...blockers];
}

function createQueue() {
  let nodes = new Int32Array(1024);
  let length = 0;
  return {
    /** The last that was pushed: the order does not matter, and a stack stays short. */
    next: (): number => (length === 0 ? none : nodes[--length]!),
    push(node: number): void {
      if (length === nodes.length) {
        const wider = new Int32Array(length * 2);
        wider.set(nodes);
        nodes = wider;
      }
      nodes[length++] = node;
    },
  };
}

// The named nodes of a graph and the pointers that they hold, before anything is followed. Rows in the order in which they
// are added; node 0 is the root. Frames come last: their goroutine refers to them, the root refers to all others.
import { type NamedNodes, type NodeKind, nodeKinds, none } from '../model/heap-graph.ts';
import { untyped } from './type-table.ts';

export interface RootSet {
  readonly named: NamedNodes;
  /** Pointers of node n: rows pointerStart[n] … pointerStart[n + 1] - 1. */
  readonly pointerStart: Uint32Array;
  readonly pointer: Float64Array;
  /** What it points to, as type-table.ts writes it. */
  readonly target: Int32Array;
  /** 1: it may be no pointer; it counts only when an allocated object is there. */
  readonly conservative: Uint8Array;
  /** Node that refers to node n; -1 for the root. */
  readonly owner: Int32Array;
  /** Where each pointer was found in memory; 0 when it is in no memory. */
  readonly foundAt: Float64Array;
}

export interface NewNode {
  readonly kind: NodeKind;
  readonly name: string;
  readonly address?: number;
  readonly owner?: number;
  readonly goroutine?: number;
  readonly frameDepth?: number;
}

export interface RootSetBuilder {
  /** Pointers that are added next belong to it. */
  addNode(node: NewNode): number;
  addPointer(pointer: number, target?: number, foundAt?: number, conservative?: boolean): void;
  finish(): RootSet;
}

export function createRootSetBuilder(): RootSetBuilder {
  const kind: number[] = [];
  const name: string[] = [];
  const goroutine: number[] = [];
  const frameDepth: number[] = [];
  const address: number[] = [];
  const owner: number[] = [];
  const starts: number[] = [];
  let count = 0;
  let pointer = new Float64Array(1024);
  let foundAt = new Float64Array(1024);
  let target = new Int32Array(1024);
  let conservative = new Uint8Array(1024);
  const addNode = (node: NewNode): number => {
    kind.push(nodeKinds.indexOf(node.kind));
    name.push(node.name);
    goroutine.push(node.goroutine ?? none);
    frameDepth.push(node.frameDepth ?? none);
    address.push(node.address ?? 0);
    owner.push(node.owner ?? 0);
    starts.push(count);
    return name.length - 1;
  };
  addNode({ kind: 'root', name: 'root', owner: none });
  return {
    addNode,
    addPointer(value, to = untyped, at = 0, guess = false) {
      if (!(value > 0)) return;
      if (count === pointer.length) {
        pointer = widen(pointer, new Float64Array(count * 2));
        foundAt = widen(foundAt, new Float64Array(count * 2));
        target = widen(target, new Int32Array(count * 2));
        conservative = widen(conservative, new Uint8Array(count * 2));
      }
      pointer[count] = value;
      foundAt[count] = at;
      target[count] = to;
      conservative[count++] = guess ? 1 : 0;
    },
    finish() {
      return {
        named: {
          length: name.length,
          kind: Uint8Array.from(kind),
          name,
          goroutine: Int32Array.from(goroutine),
          frameDepth: Int32Array.from(frameDepth),
          address: Float64Array.from(address),
        },
        pointerStart: Uint32Array.from([...starts, count]),
        pointer: pointer.slice(0, count),
        target: target.slice(0, count),
        conservative: conservative.slice(0, count),
        foundAt: foundAt.slice(0, count),
        owner: Int32Array.from(owner),
      };
    },
  };
}

function widen<Column extends Float64Array | Int32Array | Uint8Array>(from: Column, into: Column): Column {
  into.set(from as never);
  return into;
}

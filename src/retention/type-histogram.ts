// How many objects and bytes there are of each type, what they retain, and who holds them.
import { createPairTable } from '../base/pair-table.ts';
import { type HeapGraph, rootNode } from '../model/heap-graph.ts';
import {
  type HoldTree,
  type PlainTypes,
  plainTypeOf,
  type TopHolders,
  type TypeHistogram,
  type TypeOwners,
} from '../model/retention.ts';

export function typeHistogramOf(graph: HeapGraph, tree: HoldTree, types: PlainTypes): TypeHistogram {
  const length = types.length + 1;
  const objects = new Float64Array(length);
  const bytes = new Float64Array(length);
  for (let node = graph.named.length; node < graph.length; node++) {
    const row = rowOfType(graph, types, node);
    objects[row]!++;
    bytes[row]! += graph.bytes[node]!;
  }
  return { length, objects, bytes, retainedBytes: retainedByType(graph, tree, types) };
}

const rowOfType = (graph: HeapGraph, types: PlainTypes, node: number): number => {
  const type = plainTypeOf(types, graph.type[node]!);
  return type < 0 ? types.length : type;
};

/**
 * Objects are lined up so that what an object retains follows it directly. An object then lies inside another of its type
 * exactly when that one's stretch has not ended: one pass, without a stack. Lining up needs one pass, too, since holders
 * come before what they hold and know how many objects that is.
 */
function retainedByType(graph: HeapGraph, tree: HoldTree, types: PlainTypes): Float64Array {
  const { holder, retainedObjects } = tree;
  const nextPlace = new Uint32Array(tree.length);
  const order = new Int32Array(retainedObjects[rootNode]!);
  for (let at = 1; at < tree.length; at++) {
    const node = tree.order[at]!;
    const above = holder[node]!;
    const place = nextPlace[above]!;
    nextPlace[above] = place + retainedObjects[node]!;
    if (node >= graph.named.length && node < graph.length) {
      order[place] = node;
      nextPlace[node] = place + 1;
    } else nextPlace[node] = place;
  }
  const retainedBytes = new Float64Array(types.length + 1);
  const endOf = new Float64Array(types.length + 1);
  for (let place = 0; place < order.length; place++) {
    const node = order[place]!;
    const row = rowOfType(graph, types, node);
    if (place < endOf[row]!) continue;
    endOf[row] = place + retainedObjects[node]!;
    retainedBytes[row]! += tree.retainedBytes[node]!;
  }
  return retainedBytes;
}

export function typeOwnersOf(graph: HeapGraph, tops: TopHolders, types: PlainTypes): TypeOwners {
  const pairs = createPairTable();
  const objects: number[] = [];
  const bytes: number[] = [];
  for (let node = graph.named.length; node < graph.length; node++) {
    const pair = pairs.rowOf(rowOfType(graph, types, node), tops.topOf[node]!);
    if (pair === objects.length) {
      objects.push(0);
      bytes.push(0);
    }
    objects[pair]!++;
    bytes[pair]! += graph.bytes[node]!;
  }
  const order = Array.from(bytes, (_, pair) => pair).sort((a, b) => bytes[b]! - bytes[a]! || objects[b]! - objects[a]!);
  return {
    length: order.length,
    type: Int32Array.from(order, (pair) => pairs.first(pair)),
    top: Int32Array.from(order, (pair) => pairs.second(pair)),
    objects: Float64Array.from(order, (pair) => objects[pair]!),
    bytes: Float64Array.from(order, (pair) => bytes[pair]!),
  };
}

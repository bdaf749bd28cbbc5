// Objects that have a finalizer, a cleanup or a weak handle. The runtime keeps their addresses; here they become nodes.
import { type HeapGraph, nodeKinds, none } from '../model/heap-graph.ts';

const filterBits = 1 << 16;

/** By named node: the object that a special belongs to; -1 for other kinds, and when nothing reaches that object. */
export function ownersOfSpecials(graph: HeapGraph): Int32Array {
  const { named, addressOf } = graph;
  const owners = new Int32Array(named.length).fill(none);
  const rowsByAddress = new Map<number, number[]>();
  // Most objects have no special: a few bits of the address say so faster than the map.
  const filter = new Uint8Array(filterBits);
  for (let row = 1; row < named.length; row++) {
    if (nodeKinds[named.kind[row]!] !== 'special' || named.address[row] === 0) continue;
    const at = named.address[row]!;
    const rows = rowsByAddress.get(at);
    if (rows === undefined) rowsByAddress.set(at, [row]);
    else rows.push(row);
    filter[filterOf(at)] = 1;
  }
  if (rowsByAddress.size === 0) return owners;
  for (let node = named.length; node < graph.length; node++) {
    if (filter[filterOf(addressOf(node))] === 0) continue;
    for (const row of rowsByAddress.get(addressOf(node)) ?? []) owners[row] = node;
  }
  return owners;
}

const filterOf = (address: number): number => (address / 8) & (filterBits - 1);

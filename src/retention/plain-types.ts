// Types as the program's author knows them. A map is one thing to its author and up to five types to the runtime: header,
// directory, tables, groups (Go 1.24+) or buckets and their overflow (before). All of them count as the map.
import type { HeapTypes } from '../model/heap-graph.ts';
import type { PlainTypes } from '../model/retention.ts';

export function plainTypesOf(types: HeapTypes): PlainTypes {
  const name = [...types.name];
  const certainty = [...types.certainty];
  const rowOfName = new Map<string, number>();
  for (const [row, one] of types.name.entries()) if (!rowOfName.has(one)) rowOfName.set(one, row);
  const plainOf = new Int32Array(types.length);
  const isInner = new Uint8Array(types.length);
  for (let row = 0; row < types.length; row++) {
    const map = mapOfPart(types.name[row]!);
    plainOf[row] = row;
    if (map === undefined) continue;
    isInner[row] = 1;
    let plain = rowOfName.get(map);
    if (plain === undefined) {
      plain = name.length;
      rowOfName.set(map, plain);
      name.push(map);
      certainty.push(types.certainty[row]!);
    }
    plainOf[row] = plain;
  }
  return { length: name.length, name, certainty, plainOf, isInner };
}

/** `[]map.group[string]int`, `[]*table of map[string]int`, `overflow buckets of map[string]int` → `map[string]int`. */
function mapOfPart(name: string): string | undefined {
  // A map whose header is on a stack has nobody who says what it is a map of.
  if (/^(?:\[\])?\*?internal\/runtime\/maps\.(?:table|Map)$/.test(name)) return 'map of unknown type';
  const described = /^(?:\[\])?\*?(?:table|bucket|overflow buckets) of (map\[.+)$/.exec(name)?.[1];
  if (described !== undefined) return described;
  const typed = /^(?:\[\])?map\.(?:group|bucket)(\[.+)$/.exec(name)?.[1];
  return typed === undefined ? undefined : `map${typed}`;
}

// What changed between two walks of one process: objects and bytes by type and holder, what holders retain, how many
// goroutines there are of each kind. Addresses may be used again, so rows are joined by name.
import type { HeapWalk } from '../model/heap-graph.ts';
import {
  type Change,
  keyOfTop,
  type Retention,
  type TopName,
  topNameOf,
  type WalkDiff,
  type WalkTable,
  type WalkTableRow,
} from '../model/retention.ts';

export interface MeasuredWalk {
  readonly walk: HeapWalk;
  readonly retention: Retention;
}

export const diffWalks = (before: MeasuredWalk, after: MeasuredWalk): WalkDiff =>
  diffTables(tableOfWalk(before), tableOfWalk(after));

export function tableOfWalk({ walk, retention }: MeasuredWalk): WalkTable {
  return {
    takenAtMs: walk.stopped === 'core' ? undefined : walk.takenAtMs,
    objects: retention.tree.retainedObjects[0]!,
    bytes: retention.tree.retainedBytes[0]!,
    types: ownerRows(retention),
    holders: holderRows(retention),
  };
}

export function diffTables(before: WalkTable, after: WalkTable): WalkDiff {
  const change = (of: (one: WalkTable) => number): Change => ({ before: of(before), after: of(after) });
  const isTimed = before.takenAtMs !== undefined && after.takenAtMs !== undefined;
  return {
    spanMs: isTimed ? after.takenAtMs - before.takenAtMs : undefined,
    objects: change(({ objects }) => objects),
    bytes: change(({ bytes }) => bytes),
    types: join(before.types, after.types).map(({ one, was, is }) => ({
      type: one.type,
      holder: one.holder,
      objects: { before: was?.objects ?? 0, after: is?.objects ?? 0 },
      bytes: { before: was?.bytes ?? 0, after: is?.bytes ?? 0 },
    })),
    holders: join(before.holders, after.holders).map(({ one, was, is }) => ({
      holder: one.holder,
      members: { before: was?.members ?? 0, after: is?.members ?? 0 },
      retainedObjects: { before: was?.objects ?? 0, after: is?.objects ?? 0 },
      retainedBytes: { before: was?.bytes ?? 0, after: is?.bytes ?? 0 },
    })),
  };
}

function ownerRows(retention: Retention): WalkTable['types'] {
  const { owners, tops } = retention;
  const holders = holderNames(retention);
  return Array.from({ length: owners.length }, (_, row) => {
    const type = retention.types.name[owners.type[row]!] ?? '';
    const holder = holders[owners.top[row]!]!;
    return {
      key: `${type}\n${keyOfTop(holder)}`,
      type,
      holder,
      members: tops.members[owners.top[row]!]!,
      objects: owners.objects[row]!,
      bytes: owners.bytes[row]!,
    };
  });
}

function holderRows(retention: Retention): WalkTableRow[] {
  const { tops } = retention;
  return holderNames(retention).map((holder, top) => ({
    key: keyOfTop(holder),
    holder,
    members: tops.members[top]!,
    objects: tops.retainedObjects[top]!,
    bytes: tops.retainedBytes[top]!,
  }));
}

const holderNames = ({ types, tops }: Retention): TopName[] =>
  Array.from({ length: tops.length }, (_, top) => topNameOf(types, tops, top));

/** Pairs of rows with one key, where something changed; rows of one key within a walk are one. */
function join<R extends WalkTableRow>(before: readonly R[], after: readonly R[]) {
  const was = byKey(before);
  const is = byKey(after);
  const weight = (key: string): number => Math.abs((is.get(key)?.bytes ?? 0) - (was.get(key)?.bytes ?? 0));
  const count = (key: string): number => Math.abs((is.get(key)?.members ?? 0) - (was.get(key)?.members ?? 0));
  return [...new Set([...is.keys(), ...was.keys()])]
    .filter((key) => {
      const [a, b] = [was.get(key), is.get(key)];
      return a?.bytes !== b?.bytes || a?.objects !== b?.objects || a?.members !== b?.members;
    })
    .sort((a, b) => weight(b) - weight(a) || count(b) - count(a) || (a < b ? -1 : 1))
    .map((key) => ({ one: (is.get(key) ?? was.get(key))!, was: was.get(key), is: is.get(key) }));
}

function byKey<R extends WalkTableRow>(rows: readonly R[]): Map<string, R> {
  const found = new Map<string, R>();
  for (const row of rows) {
    const other = found.get(row.key);
    if (other === undefined) found.set(row.key, row);
    else {
      found.set(row.key, { ...other, objects: other.objects + row.objects, bytes: other.bytes + row.bytes });
    }
  }
  return found;
}

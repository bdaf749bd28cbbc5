// Ids of a profile's locations and functions → rows. Go numbers them 1, 2, 3 …, other writers may use any 64-bit
// number; a dense column serves the first, a map the second.
import { DecodeError } from '../../base/errors.ts';

export interface RowOfId {
  /** Rows by id, -1 where there is none; ids at or beyond its length are only in `sparse`. */
  readonly dense: Int32Array;
  readonly sparse: ReadonlyMap<number, number>;
}

export function rowsOfIds(ids: readonly number[], format: string, what: string): RowOfId {
  const limit = ids.length * 4 + 1024;
  let highest = 0;
  for (const id of ids) if (id < limit && id > highest) highest = id;
  const dense = new Int32Array(highest + 1).fill(-1);
  const sparse = new Map<number, number>();
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    const taken = id <= highest ? dense[id]! >= 0 : sparse.has(id);
    if (taken) throw new DecodeError(format, 0, `different ids (${what} id ${id} comes twice)`);
    if (id <= highest) dense[id] = row;
    else sparse.set(id, row);
  }
  return { dense, sparse };
}

/** The row, or -1. */
export function rowOf(rows: RowOfId, id: number): number {
  return id < rows.dense.length ? rows.dense[id]! : (rows.sparse.get(id) ?? -1);
}

// Types of what maps and channels point to: no descriptor of the runtime's says which elements a header leads to, so there is
// a row for the header of each map and channel type. Sources: internal/runtime/maps/map.go, table.go (swiss, from Go 1.24 on),
// runtime/map.go (buckets), runtime/chan.go.
import type { MapParts, TypeRow } from './go-types.ts';
import type { RuntimeLayout } from './runtime-layout.ts';
import type { TypeShape, TypeShapes } from './type-shapes.ts';
import { many, mapDirectory, one, scalar, untyped } from './type-table.ts';

export interface HeaderTypes {
  /** Row of what a map's word points to; -1 when the map's type cannot be read. */
  mapHeader(map: TypeShape): number;
  /** Row of what a channel's word points to. */
  channel(chan: TypeShape): number;
}

interface Context {
  readonly layout: RuntimeLayout;
  readonly shapes: TypeShapes;
  readonly addRow: (row: TypeRow) => number;
  readonly rowOf: (reference: number) => number;
  readonly targets: (row: number) => Int32Array;
  readonly fieldAt: (row: number, byteOffset: number) => string;
}

interface Part {
  readonly name: string;
  readonly sizeBytes: number;
  /** Field, offset, and what it refers to. */
  readonly words: readonly (readonly [field: string, offset: number, target: number])[];
  readonly mapParts?: MapParts;
}

export function createHeaderTypes(context: Context): HeaderTypes {
  const { layout, shapes, addRow, rowOf } = context;
  const known = new Map<number, number>();
  const remember = (reference: number, make: () => number): number => {
    const row = known.get(reference) ?? make();
    known.set(reference, row);
    return row;
  };
  const add = (part: Part): number => addRow(rowOfPart(part));
  const { swissMap, swissTable, hmap, mapextra, hchan, sudog } = layout.structs;

  const swissHeader = (name: string, group: number): number => {
    if (swissMap === undefined || swissTable === undefined || group < 0) return -1;
    const table = add({
      name: `table of ${name}`,
      sizeBytes: swissTable.sizeBytes,
      words: [['.groups', swissTable.groups, many(group)]],
    });
    const tablePointer = add({ name: `*table of ${name}`, sizeBytes: 8, words: [['', 0, one(table)]] });
    return add({
      name,
      sizeBytes: swissMap.sizeBytes,
      words: [['.dirPtr', swissMap.dirPtr, mapDirectory]],
      mapParts: { group, table, tablePointer },
    });
  };
  const bucketHeader = (name: string, bucketType: number): number => {
    const shape = shapes.shapeOf(bucketType);
    if (hmap === undefined || mapextra === undefined || shape === undefined) return -1;
    const bucket = addBucket(shape, rowOf(bucketType));
    const pointer = add({ name: `*bucket of ${name}`, sizeBytes: 8, words: [['', 0, one(bucket)]] });
    const list = add({ name: `[]*bucket of ${name}`, sizeBytes: 24, words: [['', 0, many(pointer)]] });
    const extra = add({
      name: `overflow buckets of ${name}`,
      sizeBytes: mapextra.sizeBytes,
      words: [
        ['.overflow', mapextra.overflow, one(list)],
        ['.oldoverflow', mapextra.oldoverflow, one(list)],
        ['.nextOverflow', mapextra.nextOverflow, one(bucket)],
      ],
    });
    return add({
      name,
      sizeBytes: hmap.sizeBytes,
      words: [
        ['.buckets', hmap.buckets, many(bucket)],
        ['.oldbuckets', hmap.oldbuckets, many(bucket)],
        ['.extra', hmap.extra, one(extra)],
      ],
    });
  };
  /** The last word of a bucket leads to the bucket that it flows over into; its type does not say so. */
  const addBucket = (shape: TypeShape, plain: number): number => {
    const overflow = shape.sizeBytes / 8 - 1;
    let row = plain;
    row = addRow({
      name: () => shapes.nameOf(shape.reference),
      sizeBytes: shape.sizeBytes,
      targets: () => {
        const targets = new Int32Array(overflow + 1).fill(scalar);
        targets.set(context.targets(plain).subarray(0, overflow));
        targets[overflow] = one(row);
        return targets;
      },
      fieldAt: (at) => context.fieldAt(plain, at),
    });
    return row;
  };

  let waiting = -1;
  const waiter = (): number => {
    if (waiting >= 0) return waiting;
    waiting = addRow({
      name: () => 'runtime.sudog',
      sizeBytes: sudog.sizeBytes,
      targets: () =>
        targetsOfWords(sudog.sizeBytes, [
          ['.g', sudog.g, untyped],
          ['.next', sudog.next, one(waiting)],
          ['.prev', sudog.prev, one(waiting)],
          ['.elem', sudog.elem, untyped],
          ['.waitlink', sudog.waitlink, one(waiting)],
        ]),
      fieldAt: () => '',
    });
    return waiting;
  };
  return {
    mapHeader: (map) =>
      remember(map.reference, () => {
        const name = shapes.nameOf(map.reference);
        if (map.group < 0) return -1;
        return layout.maps === 'swiss' ? swissHeader(name, rowOf(map.group)) : bucketHeader(name, map.group);
      }),
    channel: (chan) =>
      remember(chan.reference, () => {
        const element = rowOf(chan.element);
        return add({
          name: shapes.nameOf(chan.reference),
          sizeBytes: hchan.sizeBytes,
          words: [
            ['.buf', hchan.buf, element < 0 ? untyped : many(element)],
            ['.recvq', hchan.recvqFirst, one(waiter())],
            ['.recvq', hchan.recvqFirst + 8, one(waiter())],
            ['.sendq', hchan.sendqFirst, one(waiter())],
            ['.sendq', hchan.sendqFirst + 8, one(waiter())],
          ],
        });
      }),
  };
}

function rowOfPart({ name, sizeBytes, words, mapParts }: Part): TypeRow {
  return {
    name: () => name,
    sizeBytes,
    targets: () => targetsOfWords(sizeBytes, words),
    fieldAt: (at) => words.find(([, offset]) => offset === at - (at % 8))?.[0] ?? '',
    ...(mapParts === undefined ? {} : { mapParts }),
  };
}

function targetsOfWords(sizeBytes: number, words: Part['words']): Int32Array {
  const targets = new Int32Array(sizeBytes / 8).fill(scalar);
  for (const [, offset, target] of words) targets[offset / 8] = target;
  return targets;
}

// How many entries the containers of a heap have. Only from what was copied at the moment of the walk: a channel of elements
// without pointers is not, so nothing is said about it.
// Sources: internal/runtime/maps/map.go Map.used, table.go table.capacity (Go 1.24 and later); runtime/map.go hmap.count, B;
// runtime/chan.go hchan.qcount, dataqsiz; container/list/list.go List.len; tries of sync.Map: count-tries.ts.
import { type MemorySource, wordReaderOf } from '../base/memory-source.ts';
import { type ContainerKind, type ContainerTable, containerKinds } from '../model/heap-containers.ts';
import { countTries } from './count-tries.ts';
import { slotOfAddress } from './object-index.ts';
import { isMany, rowOf } from './type-table.ts';
import { type HeaderSources, visitHeaders } from './visit-headers.ts';
import { nodeOfSlot } from './walk-graph.ts';

const slotsOfGroup = 8;
/** 2^B buckets: more would be no map that fits into memory. */
const mostBucketBits = 40;
const mostTables = 1 << 20;
const mostNodes = 30_000_000;

interface Size {
  readonly entries: number;
  readonly capacity: number;
}

export function findContainers(sources: HeaderSources): ContainerTable {
  const { walked } = sources;
  const node: number[] = [];
  const kind: number[] = [];
  const entries: number[] = [];
  const capacity: number[] = [];
  const add = (at: number, which: ContainerKind, size: Size | undefined): void => {
    if (size === undefined || !(size.entries >= 0 && size.entries <= size.capacity)) return;
    node.push(at);
    kind.push(containerKinds.indexOf(which));
    entries.push(size.entries);
    capacity.push(size.capacity);
  };
  if (walked.length <= mostNodes) {
    const kindOf = createKinds(sources);
    addHeaders(sources, kindOf, add);
    addArrays(sources, kindOf, add);
    for (const { node: top, entries: count } of countTries(sources))
      add(top, 'sync-map', { entries: count, capacity: count });
  }
  return {
    length: node.length,
    node: Int32Array.from(node),
    kind: Uint8Array.from(kind),
    entries: Float64Array.from(entries),
    capacity: Float64Array.from(capacity),
  };
}

/** inner: part of a map. other: no container. */
type RowKind = 'swiss' | 'buckets' | 'chan' | 'list' | 'inner' | 'other';
type KindOf = (row: number) => RowKind;

/** What a row is, by its fields: a map may have a name of its own. */
function createKinds({ image, types }: HeaderSources): KindOf {
  const { hmap, hchan } = image.target.layout.structs;
  const known: (RowKind | undefined)[] = [];
  const has = (row: number, sizeBytes: number, fields: readonly (readonly [string, number])[]): boolean =>
    types.sizeBytes(row) === sizeBytes && fields.every(([field, offset]) => types.fieldAt(row, offset) === field);
  const find = (row: number): RowKind => {
    if (types.mapParts(row) !== undefined) return 'swiss';
    const name = types.name(row);
    if (name === 'container/list.List') return 'list';
    if (/^(table of |overflow buckets of )/.test(name)) return 'inner';
    if (
      hmap !== undefined &&
      has(row, hmap.sizeBytes, [
        ['.buckets', hmap.buckets],
        ['.oldbuckets', hmap.oldbuckets],
      ])
    )
      return 'buckets';
    const isChannel = has(row, hchan.sizeBytes, [
      ['.buf', hchan.buf],
      ['.recvq', hchan.recvqFirst],
      ['.sendq', hchan.sendqFirst],
    ]);
    return isChannel ? 'chan' : 'other';
  };
  return (row) => (known[row] ??= find(row));
}

type Add = (node: number, kind: ContainerKind, size: Size | undefined) => void;

function addHeaders(sources: HeaderSources, kindOf: KindOf, add: Add): void {
  const { image, walked, spread, types } = sources;
  const { spans, contents } = image;
  const { hchan } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  for (let node = walked.named; node < walked.length; node++) {
    const target = walked.target[node]!;
    if (target < 0 || isMany(target)) continue;
    const row = rowOf(target);
    const kind = kindOf(row);
    if (kind === 'other' || kind === 'inner') continue;
    const span = walked.span[node]!;
    if (contents.spanSlab[span]! < 0 || (spans.spanClass[span]! & 1) === 1) continue;
    const start = spans.start[span]! + walked.element[node]! * spans.elementBytes[span]! + spread.headerWords(span) * 8;
    if (kind === 'swiss') add(node, 'map', sizeOfSwiss(sources, start));
    else if (kind === 'buckets') add(node, 'map', sizeOfBuckets(sources, start));
    else if (kind === 'chan') {
      const capacity = reader.word(start + hchan.dataqsiz);
      add(node, 'chan', { entries: reader.word(start + hchan.qcount), capacity });
    } else {
      const at = types.sizeBytes(row) - 8;
      const entries = types.fieldAt(row, at) === '.len' ? reader.word(start + at) : -1;
      add(node, 'list', { entries, capacity: entries });
    }
  }
}

function sizeOfSwiss({ image }: HeaderSources, map: number): Size | undefined {
  const { swissMap, swissTable } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  if (swissMap?.used === undefined || swissMap.dirPtr === undefined || swissMap.dirLen === undefined) return undefined;
  const entries = reader.word(map + swissMap.used);
  const tables = reader.word(map + swissMap.dirLen);
  const directory = reader.word(map + swissMap.dirPtr);
  if (directory === 0) return { entries, capacity: entries };
  if (tables === 0) return { entries, capacity: slotsOfGroup };
  if (swissTable?.capacity === undefined || !(tables <= mostTables)) return undefined;
  let capacity = 0;
  let last = 0;
  for (let i = 0; i < tables; i++) {
    // A table that has not been split as often as others stands in several places, side by side.
    const table = reader.word(directory + i * 8);
    if (table === last) continue;
    capacity += smallNumber(image.memory, table + swissTable.capacity, 2);
    last = table;
  }
  return { entries, capacity };
}

function sizeOfBuckets({ image }: HeaderSources, map: number): Size | undefined {
  const { hmap } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  if (hmap?.count === undefined || hmap.B === undefined || hmap.buckets === undefined) return undefined;
  const entries = reader.word(map + hmap.count);
  if (reader.word(map + hmap.buckets) === 0) return { entries, capacity: entries };
  const bits = smallNumber(image.memory, map + hmap.B, 1);
  return !(bits <= mostBucketBits) ? undefined : { entries, capacity: slotsOfGroup * 2 ** bits };
}

/** Of one or two bytes: words lose their lowest bits above 2^53. NaN when it cannot be read. */
function smallNumber(memory: MemorySource, address: number, size: 1 | 2): number {
  const bytes = new Uint8Array(size);
  if (memory.readInto(address, bytes) < size) return Number.NaN;
  return bytes[0]! + (bytes[1] ?? 0) * 0x100;
}

/** Arrays of which a slice in an object or a global shows how many elements are in use. */
function addArrays(sources: HeaderSources, kindOf: KindOf, add: Add): void {
  const { image, index, walked, types } = sources;
  const { spans } = image;
  const longest = new Float64Array(walked.length).fill(-1);
  const capacityOf = new Float64Array(walked.length);
  visitHeaders(sources, {
    whole() {},
    untyped() {},
    header(pointer, target, length, capacity, from) {
      const holder = from < walked.named ? -1 : walked.target[from]!;
      // Words of maps and channels lead to arrays, too, without a length behind them.
      if (holder >= 0 && kindOf(rowOf(holder)) !== 'other' && !isMany(holder)) return;
      const slot = slotOfAddress(index, pointer);
      const node = slot < 0 ? -1 : nodeOfSlot(walked, slot);
      if (node < walked.named || walked.target[node] !== target || types.name(rowOf(target)) === 'string data') return;
      const span = walked.span[node]!;
      const slotBytes = spans.elementBytes[span]!;
      const offset = pointer - spans.start[span]! - walked.element[node]! * slotBytes;
      const fits = offset + capacity * types.sizeBytes(rowOf(target)) <= slotBytes;
      if (!fits || !(length >= 0 && length <= capacity) || length <= longest[node]!) return;
      longest[node] = length;
      capacityOf[node] = capacity;
    },
  });
  for (let node = walked.named; node < walked.length; node++) {
    if (longest[node]! >= 0) add(node, 'slice', { entries: longest[node]!, capacity: capacityOf[node]! });
  }
}

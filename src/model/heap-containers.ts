// Containers of one heap: how many entries each has, for how many it has room, and what it retains. The node of a container is
// the header of a map, channel or list, the array behind slices, and the top of the trie of a sync.Map (Go 1.24 and later; before,
// its two maps are containers of their own).

export const containerKinds = ['map', 'slice', 'chan', 'list', 'sync-map'] as const;
export type ContainerKind = (typeof containerKinds)[number];

/** One row a container whose entries are known; those whose numbers do not fit together are left out. */
export interface ContainerTable {
  readonly length: number;
  readonly node: Int32Array;
  /** Index into `containerKinds`. */
  readonly kind: Uint8Array;
  /** Slice: the longest of those that lie on the array. */
  readonly entries: Float64Array;
  /**
   * Map: its slots, of which it fills seven in eight (swiss) or 6.5 in eight (buckets) before it grows. Slice: capacity of the
   * longest. List, sync.Map: as many as entries.
   */
  readonly capacity: Float64Array;
}

export interface ContainerFact {
  readonly kind: ContainerKind;
  readonly node: number;
  /** The same in two walks while it is the same container; that of a slice changes when it grows. */
  readonly address: number;
  /** Go's own name; of an array behind a slice that of the slice: `[]*main.Job`. */
  readonly typeName: string;
  readonly entries: number;
  readonly capacity: number;
  /** What would be free without it. */
  readonly retainedBytes: number;
  /** Its header and what it keeps its entries in, without what they refer to: the tables of a map, the array of a slice. */
  readonly ownBytes: number;
  /** `global main.cache`. */
  readonly root: string;
  /** Root and path: `global main.cache .sessions [3]`. */
  readonly name: string;
}

/** One container in two walks. */
export interface ContainerGrowth {
  readonly before: ContainerFact;
  readonly after: ContainerFact;
  readonly entriesPerSecond: number;
  readonly retainedBytesPerSecond: number;
}

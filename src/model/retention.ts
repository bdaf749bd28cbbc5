// Who holds what in one heap graph. Immutable columns beside those of the graph.
//
//   row:    0 … graph.length - 1     graph.length + g
//   means:  the nodes of the graph   root group g: roots that are one thing to a person, above their members
//
// Above every node stands its holder: with `dominators`, the last node that every path from the root to it passes, so
// that what a node retains is what would be free without it. Groups stand right under the root, so that "the hundred
// goroutines of main.worker" retain what only they together hold.
import type { HeapTypes, NodeKind } from './heap-graph.ts';
import type { Frame } from './stacks.ts';

/** Globals and specials of one name; goroutines with one start function that one line created. */
export interface RootGroups {
  readonly length: number;
  readonly kind: readonly NodeKind[];
  readonly name: readonly string[];
  /** The go statement, for goroutines that have one and say it. */
  readonly createdAt: readonly (Frame | undefined)[];
  /** How many nodes the root refers to are in it. */
  readonly members: Int32Array;
  /** By named node: the object that a special belongs to; -1 for others, and when nothing reaches that object. */
  readonly ownerOf: Int32Array;
  /** Group of each node that the root refers to; -1 for all others. As long as `named`, or longer. */
  readonly groupOf: Int32Array;
}

/**
 * Roots that keep something only until its owner dies: a finalizer, a cleanup. They do not share what anything else holds;
 * otherwise every file's buffer would be "shared with its finalizer".
 */
export const isWeakRoot = (kind: NodeKind): boolean => kind === 'special';

/**
 * dominators  exact: all paths were looked at.
 * first-found each object is held by the node through which it was found first, one shortest path of perhaps many. Needs a
 *             third of the memory, and attributes what is shared to one of its holders.
 */
export type HoldMethod = 'dominators' | 'first-found';

export interface HoldTree {
  readonly method: HoldMethod;
  /** graph.length + groups.length */
  readonly length: number;
  readonly groups: RootGroups;
  /** Row above each row; -1 for the root. */
  readonly holder: Int32Array;
  /** All rows, holders first. */
  readonly order: Int32Array;
  /** Place in `order` from which on stands what only weak roots reach. */
  readonly weakFrom: number;
  /** Bytes of the row and of everything below it. */
  readonly retainedBytes: Float64Array;
  /** Objects of the heap, itself included; named nodes do not count. */
  readonly retainedObjects: Uint32Array;
}

/** Types as the program's author knows them: what a map is made of inside counts as the map. Rows are those of `name`. */
export interface PlainTypes extends Pick<HeapTypes, 'length' | 'name' | 'certainty'> {
  /** Row of each type of the graph. */
  readonly plainOf: Int32Array;
  /** 1 for types of the graph that are the inside of another. */
  readonly isInner: Uint8Array;
}

/** Row of a node's type, or -1. */
export function plainTypeOf(types: PlainTypes, type: number): number {
  return type < 0 ? type : types.plainOf[type]!;
}

/**
 * A tree of nodes, folded until it can be read: nodes of one type whose rows above are one row become one row, and a type
 * that comes again close below itself (a list, a tree) joins its first appearance. Row 0 is the root; rows above come
 * first. `bytes` and `objects` include everything below, `own…` only the row.
 */
export interface FoldedTree {
  readonly length: number;
  readonly above: Int32Array;
  readonly kind: Uint8Array;
  /** Group, frame name or type, by `kind`; see `foldedRowKinds`. */
  readonly what: Int32Array;
  readonly frameNames: readonly string[];
  /** Nodes that are the row, the inside of a map left out. */
  readonly count: Float64Array;
  readonly ownObjects: Float64Array;
  readonly ownBytes: Float64Array;
  readonly objects: Float64Array;
  readonly bytes: Float64Array;
  /** A node of the row that stands for it: the one that was found first. */
  readonly example: Int32Array;
  /** Row of each node of the graph. */
  readonly rowOf: Int32Array;
  /** Nodes that joined the row above them because there were too many rows; 0 nearly always. */
  readonly crowdedOut: number;
}

/** What `FoldedTree.what` counts: groups, `frameNames`, types. */
export const foldedRowKinds = ['root', 'group', 'frame', 'type', 'unknown'] as const;
export type FoldedRowKind = (typeof foldedRowKinds)[number];

/**
 * What stands right under the root of a hold tree: one row for each root group (same rows as the groups), then one for each
 * type of which there are objects that several of them hold and none alone.
 */
export interface TopHolders {
  readonly length: number;
  readonly groups: RootGroups;
  /** Plain type of the shared objects; -1 for groups and for objects without a type. */
  readonly type: Int32Array;
  /** Members of the group; shared objects that are held from several sides. */
  readonly members: Int32Array;
  readonly retainedBytes: Float64Array;
  readonly retainedObjects: Float64Array;
  /** The member that retains most. */
  readonly example: Int32Array;
  /** Top holder of each node of the graph, -1 for the root. */
  readonly topOf: Int32Array;
  /** Groups that hold a shared row, directly or through other shared rows, those with most references first. */
  readonly heldBy: readonly (readonly number[])[];
}

/** One row a plain type, the last row for objects without one. */
export interface TypeHistogram {
  readonly length: number;
  readonly objects: Float64Array;
  readonly bytes: Float64Array;
  /** What would be free without all objects of the type; nested ones are counted once. */
  readonly retainedBytes: Float64Array;
}

/** Who holds the objects of a type: a row for each pair of a type and a top holder, those with most bytes first. */
export interface TypeOwners {
  readonly length: number;
  /** Row of the histogram. */
  readonly type: Int32Array;
  readonly top: Int32Array;
  readonly objects: Float64Array;
  readonly bytes: Float64Array;
}

/** Everything that is computed of one walk, for every later question. */
export interface Retention {
  readonly types: PlainTypes;
  readonly tree: HoldTree;
  readonly tops: TopHolders;
  readonly histogram: TypeHistogram;
  readonly owners: TypeOwners;
  readonly folded: FoldedTree;
  /** What was left out because memory is short. */
  readonly gaps: readonly string[];
}

/** One node of a way from a root to an object. */
export interface PathStep {
  readonly kind: NodeKind;
  /** Type of an object, name of a root or frame. */
  readonly name: string;
  /** How the step before refers to it: `.sessions`, `[17]`, `var buf`; '' when that is not known. */
  readonly label: string;
  readonly node: number;
  readonly address: number;
  readonly retainedBytes: number;
  /** Without it the object would be free; undefined when only first ways were looked at. */
  readonly onEveryPath: boolean | undefined;
  /** This step and the `steps - 1` before it come `times` times more in a row (a list, a chain), left out here. */
  readonly again: { readonly steps: number; readonly times: number } | undefined;
}

/** Objects that are held in the same way: through the same types from the same root. */
export interface HoldingWay {
  readonly objects: number;
  readonly bytes: number;
  /** Root first, the object last: the shortest way to the one among them that retains most. */
  readonly path: readonly PathStep[];
  /** Root group through which the way goes. */
  readonly group: number;
}

/** A line that allocates objects of a type. */
export interface AllocationSite {
  readonly frame: Frame;
  /** Objects of the type that the memory profiler caught there. */
  readonly samples: number;
}

/** Why objects are still there. */
export interface Explanation {
  readonly objects: number;
  readonly bytes: number;
  /** What would be free without them all. */
  readonly retainedBytes: number;
  /** Those with most bytes first. */
  readonly ways: readonly HoldingWay[];
  /** Ways that are not among `ways`, and what they hold. */
  readonly otherWays: { readonly ways: number; readonly objects: number; readonly bytes: number };
}

/** What a question means in one heap. */
export type Subject =
  | { readonly kind: 'types' /** Plain types. */; readonly types: readonly number[]; readonly names: readonly string[] }
  /** `sampled`: not all objects that were allocated there, but those that the memory profiler caught. */
  | { readonly kind: 'objects'; readonly nodes: readonly number[]; readonly basis: 'address' | 'sampled' }
  | { readonly kind: 'groups'; readonly groups: readonly number[] };

/** Goroutines of one root group. */
export interface GoroutineHolding {
  /** Row of the groups, and of the top holders. */
  readonly group: number;
  readonly startFunction: string;
  readonly createdAt: Frame | undefined;
  readonly count: number;
  /** The most frequent first. */
  readonly states: readonly { readonly state: string; readonly count: number }[];
  /** Of the one that waits longest, as far as the runtime knows; 0 when unknown. */
  readonly longestWaitNs: number;
  readonly stackBytes: number;
  /** Heap that only this group holds. */
  readonly retainedBytes: number;
  readonly retainedObjects: number;
  /** Goroutines that are proven to wait for ever: nothing that runs can reach what they wait for. Undefined: no proof was possible. */
  readonly stuck: number | undefined;
  /** Calls deferred by the goroutine with most of them. */
  readonly mostDeferred: number;
  /** Stack of the goroutine that retains most, innermost frame first. */
  readonly stack: readonly Frame[];
}

/** A top holder in words that mean the same in another walk of the program. */
export interface TopName {
  /** `shared`: objects of one type that several roots hold. */
  readonly kind: NodeKind | 'shared';
  /** Of the root; of the type, for what is shared. */
  readonly name: string;
  readonly createdAt: Frame | undefined;
}

export function topNameOf(types: PlainTypes, tops: TopHolders, top: number): TopName {
  const { groups } = tops;
  if (top < groups.length) {
    return { kind: groups.kind[top]!, name: groups.name[top]!, createdAt: groups.createdAt[top] };
  }
  return { kind: 'shared', name: types.name[tops.type[top]!] ?? '', createdAt: undefined };
}

/** Same name, same value: for joining two walks. */
export const keyOfTop = ({ kind, name, createdAt }: TopName): string =>
  `${kind}\n${name}\n${createdAt === undefined ? '' : `${createdAt.file}:${createdAt.line}`}`;

export interface Change {
  readonly before: number;
  readonly after: number;
}

/** A walk by type and holder, as `diffWalks` compares it. */
export interface WalkTable {
  /** Undefined for a core, which does not say when it was written. */
  readonly takenAtMs: number | undefined;
  readonly objects: number;
  readonly bytes: number;
  readonly types: readonly (WalkTableRow & { readonly type: string })[];
  readonly holders: readonly WalkTableRow[];
}

export interface WalkTableRow {
  /** Of rows that are one thing in two walks. */
  readonly key: string;
  readonly holder: TopName;
  readonly members: number;
  readonly objects: number;
  /** Type and holder: its own. Holder: what it retains. */
  readonly bytes: number;
}

/** What changed between two walks of one process. Rows without any change are left out; the largest change in bytes first. */
export interface WalkDiff {
  /** Undefined when it is not known: a core does not say when it was written. */
  readonly spanMs: number | undefined;
  readonly objects: Change;
  readonly bytes: Change;
  readonly types: readonly {
    readonly type: string;
    readonly holder: TopName;
    readonly objects: Change;
    readonly bytes: Change;
  }[];
  readonly holders: readonly {
    readonly holder: TopName;
    readonly members: Change;
    readonly retainedObjects: Change;
    readonly retainedBytes: Change;
  }[];
}

/** Memory that is paid for and not used, as far as sizes tell; contents are not looked at. */
export interface HeapWaste {
  /** Dead objects that the collector has not freed yet. */
  readonly uncollectedBytes: number;
  readonly uncollectedObjects: number;
  /** Objects of exact types in slots that are larger: Go has some seventy sizes. */
  readonly roundingBytes: number;
  readonly rounding: readonly { readonly type: string; readonly objects: number; readonly bytes: number }[];
  /** Objects of at most 16 bytes, each behind a pointer of 8. */
  readonly tinyObjects: number;
  readonly tinyBytes: number;
}

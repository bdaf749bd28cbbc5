// Stacks with values → the tree that a flame graph draws, as columns.
//
//   row:       0    1     2     3          rows stand in drawing order: a row, then everything above it in the picture,
//   name:      all  main  read  parse      the widest child first
//   end:       4    4     3     4          first row that is not part of the row
//   start:     0    0     0     6          where the row begins, in the unit of the value
//   width:     10   10    6     4
//
// So zooming is a linear map and leaving out what is too thin is a jump: nothing is computed again.
import { packageOf } from '../../model/ownership.ts';
import type { StackSeries } from '../../report/stack-series.ts';

/** Own values of each stack of a series, at the two ends of a span. */
export interface StackChange {
  readonly stacks: Pick<StackSeries, 'frames' | 'prefix' | 'frame'>;
  /** Undefined: there is nothing to compare with. */
  readonly before: ArrayLike<number> | undefined;
  readonly after: ArrayLike<number>;
}

/**
 * callers   from the entry of the goroutine to the line that allocates
 * inverted  from the function that allocates back to its callers
 * packages  callers, neighbours of one package as one
 */
export type FlameOrder = 'callers' | 'inverted' | 'packages';

/** growth: as wide as what was added; size: as wide as what is there at the end. */
export type FlameWidth = 'growth' | 'size';

export interface FlameWish {
  readonly order: FlameOrder;
  readonly width: FlameWidth;
  /** Only stacks with this function (or package), seen from it. */
  readonly focus?: string;
}

export interface FlameTree {
  readonly length: number;
  /** Row below it in the picture; -1 for the first. */
  readonly parent: Int32Array;
  /** Row in `names`. */
  readonly name: Int32Array;
  readonly names: readonly string[];
  /** 1 for names of the program itself. */
  readonly own: Uint8Array;
  readonly depth: Uint16Array;
  readonly end: Int32Array;
  readonly start: Float64Array;
  readonly width: Float64Array;
  /** With everything above the row. */
  readonly before: Float64Array;
  readonly after: Float64Array;
  /** Of the row alone: where stacks end. */
  readonly ownBefore: Float64Array;
  readonly ownAfter: Float64Array;
  readonly deepest: number;
}

export const allName = 'all';
export const smallName = '(small stacks)';

export function buildFlameTree(change: StackChange, wish: FlameWish): FlameTree {
  const naming = nameFrames(change.stacks.frames, wish.order);
  const growing = wish.order === 'inverted' ? plantInverted(change, naming, wish.focus) : plant(change, naming, wish);
  return inDrawingOrder(growing, naming, wish.width);
}

interface Naming {
  readonly names: readonly string[];
  readonly own: readonly boolean[];
  /** Name of each frame; the last one stands for frame -1. */
  readonly ofFrame: Int32Array;
}

function nameFrames(frames: StackSeries['frames'], order: FlameOrder): Naming {
  const rows = new Map<string, number>([[allName, 0]]);
  const ofFrame = new Int32Array(frames.function.length + 1);
  const rowOf = (name: string): number => {
    const known = rows.get(name);
    if (known !== undefined) return known;
    rows.set(name, rows.size);
    return rows.size - 1;
  };
  frames.function.forEach((functionName, frame) => {
    ofFrame[frame] = rowOf(order === 'packages' ? packageOf(functionName) : functionName);
  });
  ofFrame[frames.function.length] = rowOf(smallName);
  const own = Array.from({ length: rows.size }, () => false);
  for (const frame of frames.own) own[ofFrame[frame]!] = true;
  return { names: [...rows.keys()], own, ofFrame };
}

/** A tree under construction: a row for each different way of names, parents first. */
interface GrowingTree {
  readonly parent: number[];
  readonly name: number[];
  readonly ownBefore: number[];
  readonly ownAfter: number[];
  child(parent: number, name: number): number;
}

function createTree(names: number): GrowingTree {
  const rows = new Map<number, number>();
  const tree = { parent: [-1], name: [0], ownBefore: [0], ownAfter: [0] };
  return {
    ...tree,
    child(parent, name) {
      const key = parent * names + name;
      const known = rows.get(key);
      if (known !== undefined) return known;
      const row = tree.parent.length;
      rows.set(key, row);
      tree.parent.push(parent);
      tree.name.push(name);
      tree.ownBefore.push(0);
      tree.ownAfter.push(0);
      return row;
    },
  };
}

/** Stacks are a prefix tree already: one step for each of its rows. */
function plant({ stacks, before, after }: StackChange, naming: Naming, { order, focus }: FlameWish): GrowingTree {
  const tree = createTree(naming.names.length);
  const focused = focus === undefined ? -1 : naming.names.indexOf(focus);
  /** Row of each stack; -1: not in focus. */
  const place = new Int32Array(stacks.prefix.length);
  for (let stack = 0; stack < place.length; stack++) {
    const above = stacks.prefix[stack]!;
    const name = nameOf(naming, stacks.frame[stack]!);
    let under = above < 0 ? (focus === undefined ? 0 : -1) : place[above]!;
    if (under < 0) {
      if (name !== focused) {
        place[stack] = -1;
        continue;
      }
      under = 0;
    }
    const same = order === 'packages' && under > 0 && tree.name[under] === name;
    const row = same ? under : tree.child(under, name);
    place[stack] = row;
    tree.ownBefore[row]! += before?.[stack] ?? 0;
    tree.ownAfter[row]! += after[stack]!;
  }
  return tree;
}

/** From the leaf, or from the innermost call of the function in focus, outwards. */
function plantInverted({ stacks, before, after }: StackChange, naming: Naming, focus: string | undefined): GrowingTree {
  const tree = createTree(naming.names.length);
  const focused = focus === undefined ? -1 : naming.names.indexOf(focus);
  const least = leastWholeStack(before, after);
  for (let stack = 0; stack < stacks.prefix.length; stack++) {
    const was = before?.[stack] ?? 0;
    const is = after[stack]!;
    if (was === 0 && is === 0) continue;
    let from = stack;
    if (focus !== undefined) {
      while (from >= 0 && nameOf(naming, stacks.frame[from]!) !== focused) from = stacks.prefix[from]!;
      if (from < 0) continue;
    }
    let row = 0;
    const mostFrames = Math.max(was, is) > least ? Number.POSITIVE_INFINITY : smallFrames;
    let frames = 0;
    for (let at = from; at >= 0 && frames < mostFrames; at = stacks.prefix[at]!) {
      row = tree.child(row, nameOf(naming, stacks.frame[at]!));
      frames++;
    }
    tree.ownBefore[row]! += was;
    tree.ownAfter[row]! += is;
  }
  return tree;
}

/** Seen from the leaf hardly anything is shared: only the largest stacks are drawn up to their entry. */
const mostWholeStacks = 4000;
const smallFrames = 3;

function leastWholeStack(before: StackChange['before'], after: StackChange['after']): number {
  if (after.length <= mostWholeStacks) return -1;
  const sizes = Float64Array.from(after, (value, stack) => Math.max(value, before?.[stack] ?? 0)).sort();
  return sizes[sizes.length - mostWholeStacks]!;
}

const nameOf = ({ ofFrame }: Naming, frame: number): number => ofFrame[frame < 0 ? ofFrame.length - 1 : frame]!;

function inDrawingOrder(growing: GrowingTree, naming: Naming, wish: FlameWidth): FlameTree {
  const { length } = growing.parent;
  const before = Float64Array.from(growing.ownBefore);
  const after = Float64Array.from(growing.ownAfter);
  const width = Float64Array.from(growing.parent, (_, row) => {
    const is = growing.ownAfter[row]!;
    return Math.max(0, wish === 'size' ? is : is - growing.ownBefore[row]!);
  });
  const children = new Int32Array(length);
  for (let row = length - 1; row > 0; row--) {
    const parent = growing.parent[row]!;
    before[parent]! += before[row]!;
    after[parent]! += after[row]!;
    width[parent]! += width[row]!;
    children[parent]!++;
  }
  const { childStart, child } = childrenByWidth(growing, children, width);
  const order = new Int32Array(length);
  const stack = [0];
  let placed = 0;
  while (stack.length > 0) {
    const row = stack.pop()!;
    order[placed++] = row;
    for (let at = childStart[row + 1]! - 1; at >= childStart[row]!; at--) stack.push(child[at]!);
  }
  const placeOf = new Int32Array(length);
  for (let place = 0; place < length; place++) placeOf[order[place]!] = place;

  const parent = new Int32Array(length).fill(-1);
  const depth = new Uint16Array(length);
  const end = new Int32Array(length);
  const start = new Float64Array(length);
  /** Where the next child of a row begins. */
  const next = new Float64Array(length);
  let deepest = 0;
  for (let place = 0; place < length; place++) {
    const row = order[place]!;
    end[place] = place + 1;
    if (row === 0) continue;
    const below = placeOf[growing.parent[row]!]!;
    parent[place] = below;
    depth[place] = depth[below]! + 1;
    start[place] = start[below]! + next[below]!;
    next[below]! += width[row]!;
    if (width[row]! > 0) deepest = Math.max(deepest, depth[place]!);
  }
  for (let place = length - 1; place > 0; place--) {
    const below = parent[place]!;
    if (end[place]! > end[below]!) end[below] = end[place]!;
  }
  const inOrder = (column: ArrayLike<number>): Float64Array => Float64Array.from(order, (row) => column[row]!);
  return {
    length,
    parent,
    name: Int32Array.from(order, (row) => growing.name[row]!),
    names: naming.names,
    own: Uint8Array.from(naming.own, Number),
    depth,
    end,
    start,
    width: inOrder(width),
    before: inOrder(before),
    after: inOrder(after),
    ownBefore: inOrder(growing.ownBefore),
    ownAfter: inOrder(growing.ownAfter),
    deepest,
  };
}

/** CSR of the children of each row, the widest first. */
function childrenByWidth(
  { parent }: GrowingTree,
  counts: Int32Array,
  width: Float64Array,
): { readonly childStart: Int32Array; readonly child: Int32Array } {
  const childStart = new Int32Array(parent.length + 1);
  for (let row = 0; row < parent.length; row++) childStart[row + 1] = childStart[row]! + counts[row]!;
  const filled = childStart.slice();
  const child = new Int32Array(Math.max(0, parent.length - 1));
  for (let row = 1; row < parent.length; row++) child[filled[parent[row]!]!++] = row;
  for (let row = 0; row < parent.length; row++) {
    if (counts[row]! < 2) continue;
    child.subarray(childStart[row]!, childStart[row + 1]!).sort((a, b) => width[b]! - width[a]! || a - b);
  }
  return { childStart, child };
}

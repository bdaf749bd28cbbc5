// Goroutines and their frames as roots. A goroutine refers to its g and to its deferred calls; each frame to what is live in
// it. Source: runtime/mgcmark.go scanstack.
import { wordReaderOf } from '../base/memory-source.ts';
import type { FramePlans } from './frame-plans.ts';
import type { HeapImage } from './heap-image.ts';
import type { RootSetBuilder } from './root-set.ts';
import { closure, untyped } from './type-table.ts';
import { type StackVisitor, type UnwoundFrame, unwindStack } from './unwind.ts';

export interface LocalNames {
  /** What the word at this offset from FP holds while the function stands at `pc`; undefined when it has no name. */
  wordAt(pc: number, called: boolean, offset: number): { readonly name: string; readonly target: number } | undefined;
  /** The data word of an interface, at an address, refers to what the word in front of it says. */
  resolve(target: number, address: number): number;
}

export interface GoroutineRoots {
  /** By row of the goroutine table. */
  readonly node: Int32Array;
  readonly deferred: Int32Array;
  readonly frames: Int32Array;
  /** Node of the innermost frame; the others follow. -1 without any. */
  readonly firstFrame: Int32Array;
  /** Node of the first frame of all. */
  readonly firstFrameNode: number;
  /** By frame, from firstFrameNode on. */
  readonly framePc: Float64Array;
  readonly frameFp: Float64Array;
  /** 1: the pc is a return address. */
  readonly frameCalled: Uint8Array;
  /** Stacks that did not end in their outermost function. */
  readonly broken: number;
  readonly conservativeFrames: number;
}

const mostDeferred = 1 << 24;

export function addGoroutineRoots(
  builder: RootSetBuilder,
  image: HeapImage,
  plans: FramePlans,
  locals: LocalNames,
  startName: (pc: number) => string,
  gTarget: number,
): GoroutineRoots {
  const { goroutines } = image;
  const node = new Int32Array(goroutines.length);
  const deferred = new Int32Array(goroutines.length);
  const frames = new Int32Array(goroutines.length);
  const firstFrame = new Int32Array(goroutines.length).fill(-1);
  for (let row = 0; row < goroutines.length; row++) {
    node[row] = builder.addNode({
      kind: 'goroutine',
      name: startName(goroutines.startPc[row]!),
      goroutine: row,
      address: goroutines.address[row]!,
    });
    builder.addPointer(goroutines.address[row]!, gTarget);
    deferred[row] = addDeferred(builder, image, goroutines.address[row]!);
    const thread = image.threads[goroutines.thread[row]!];
    for (const register of thread?.registers ?? []) builder.addPointer(register, untyped, 0, true);
  }
  const framePc: number[] = [];
  const frameFp: number[] = [];
  const frameCalled: number[] = [];
  let firstFrameNode = -1;
  let broken = 0;
  let conservativeFrames = 0;
  const stack = createStackPointers();
  for (let row = 0; row < goroutines.length; row++) {
    const bytes = stackBytesOf(image, row);
    if (bytes === undefined) continue;
    stack.reset();
    const lost = goroutines.lost[row] === 1;
    const end = unwindStack(
      bytes,
      { sp: goroutines.sp[row]!, pc: goroutines.pc[row]!, anywhere: goroutines.onThread[row] === 1, lost },
      plans,
      stack.visitor,
    );
    if (end === 'broken') broken++;
    frames[row] = stack.frames.length;
    for (const frame of stack.frames) {
      const added = builder.addNode({
        kind: 'frame',
        name: frame.name === '' ? 'unknown code' : frame.name,
        owner: node[row]!,
        goroutine: row,
        frameDepth: frame.depth,
      });
      if (frame.depth === 0) firstFrame[row] = added;
      if (firstFrameNode < 0) firstFrameNode = added;
      framePc.push(frame.pc);
      frameFp.push(frame.fp);
      frameCalled.push(frame.called ? 1 : 0);
      let guesses = 0;
      stack.eachOf(frame.depth, (value, at, conservative) => {
        const local = conservative ? undefined : locals.wordAt(frame.pc, frame.called, at - frame.fp);
        if (conservative) guesses++;
        const target = local === undefined ? untyped : locals.resolve(local.target, at);
        builder.addPointer(value, target, at, conservative);
      });
      if (guesses > 0) conservativeFrames++;
    }
  }
  return {
    node,
    deferred,
    frames,
    firstFrame,
    firstFrameNode,
    framePc: Float64Array.from(framePc),
    frameFp: Float64Array.from(frameFp),
    frameCalled: Uint8Array.from(frameCalled),
    broken,
    conservativeFrames,
  };
}

/** From the stack pointer to the top; undefined when the stack was not copied. */
function stackBytesOf(image: HeapImage, row: number) {
  const { goroutines } = image;
  const low = goroutines.stackLow[row]!;
  const high = goroutines.stackHigh[row]!;
  const sp = goroutines.sp[row]!;
  const start = goroutines.lost[row] !== 1 && sp >= low && sp <= high ? sp : low;
  if (!(high > start) || high - start > 2 ** 31) return undefined;
  const bytes = new Uint8Array(high - start);
  return image.memory.readInto(start, bytes) < bytes.length ? undefined : { start, view: new DataView(bytes.buffer) };
}

/** Calls that `defer` has put on the list of a goroutine; the records may lie on its stack, their functions in the heap. */
function addDeferred(builder: RootSetBuilder, image: HeapImage, g: number): number {
  const { g: at, defer } = image.target.layout.structs;
  const reader = wordReaderOf(image.memory);
  let record = reader.word(g + at.defer);
  let count = 0;
  for (; record > 0 && count < mostDeferred; count++) {
    builder.addPointer(reader.word(record + defer.fn), closure);
    record = reader.word(record + defer.link);
  }
  return count;
}

/** Collects what one stack holds, so that it can be written frame by frame. */
function createStackPointers() {
  const frames: UnwoundFrame[] = [];
  let count = 0;
  let value = new Float64Array(256);
  let foundAt = new Float64Array(256);
  let depthOf = new Int32Array(256);
  let guess = new Uint8Array(256);
  let sorted = true;
  let cursor = 0;
  const visitor: StackVisitor = {
    frame: (frame) => void frames.push(frame),
    pointer(pointer, at, depth, conservative) {
      if (count === value.length) {
        const wider = { value: new Float64Array(count * 2), at: new Float64Array(count * 2) };
        wider.value.set(value);
        wider.at.set(foundAt);
        const depths = new Int32Array(count * 2);
        depths.set(depthOf);
        const guesses = new Uint8Array(count * 2);
        guesses.set(guess);
        [value, foundAt, depthOf, guess] = [wider.value, wider.at, depths, guesses];
      }
      if (count > 0 && depth < depthOf[count - 1]!) sorted = false;
      value[count] = pointer;
      foundAt[count] = at;
      depthOf[count] = depth;
      guess[count++] = conservative ? 1 : 0;
    },
  };
  const sortByDepth = (): void => {
    const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => depthOf[a]! - depthOf[b]! || a - b);
    value = Float64Array.from(order, (i) => value[i]!);
    foundAt = Float64Array.from(order, (i) => foundAt[i]!);
    depthOf = Int32Array.from(order, (i) => depthOf[i]!);
    guess = Uint8Array.from(order, (i) => guess[i]!);
    sorted = true;
  };
  return {
    frames,
    visitor,
    reset(): void {
      frames.length = 0;
      count = 0;
      cursor = 0;
      sorted = true;
      if (value.length < 256) {
        [value, foundAt] = [new Float64Array(256), new Float64Array(256)];
        [depthOf, guess] = [new Int32Array(256), new Uint8Array(256)];
      }
    },
    /** Depths must be asked for in rising order. */
    eachOf(depth: number, visit: (value: number, foundAt: number, conservative: boolean) => void): void {
      if (!sorted) sortByDepth();
      for (; cursor < count && depthOf[cursor]! <= depth; cursor++) {
        visit(value[cursor]!, foundAt[cursor]!, guess[cursor] === 1);
      }
    },
  };
}

// The stack of one goroutine, frame by frame, with the pointers that are live in it: what the collector's own scan of it
// finds. Source: runtime/mgcmark.go scanstack, scanframeworker; runtime/traceback.go unwinder. On amd64:
//
//   sp → [ frame: locals … saved frame pointer ] [ return address ] [ FP: arguments, the caller's frame … ]
import type { FramePlan, FramePlans, StackObject } from './frame-plans.ts';

export interface StackBytes {
  readonly start: number;
  readonly view: DataView;
}

export interface UnwoundFrame {
  /** '' when it is no Go code, or the stack could not be read further. */
  readonly name: string;
  readonly pc: number;
  /** 0 is the innermost. */
  readonly depth: number;
  /** The caller's stack pointer: what offsets of variables count from. */
  readonly fp: number;
  /** `pc` is a return address. */
  readonly called: boolean;
}

export interface StackVisitor {
  frame(frame: UnwoundFrame): void;
  /** A live word of the frame that was named last, or of frame `depth` when it was found through another one. */
  pointer(value: number, foundAt: number, depth: number, conservative: boolean): void;
}

export interface StackStart {
  readonly sp: number;
  readonly pc: number;
  /** Innermost frame stands anywhere, not at a call: all its words may be pointers. */
  readonly anywhere: boolean;
  /** Nobody knows where it stands: the whole stack is one frame of possible pointers. */
  readonly lost: boolean;
}

/** How the walk of a stack ended: at its outermost function, or before. */
export type UnwindEnd = 'complete' | 'broken';

const mostFrames = 1 << 24;

export function unwindStack(stack: StackBytes, start: StackStart, plans: FramePlans, visit: StackVisitor): UnwindEnd {
  const { view } = stack;
  const end = stack.start + view.byteLength;
  const word = (address: number): number =>
    view.getUint32(address - stack.start + 4, true) * 0x1_0000_0000 + view.getUint32(address - stack.start, true);
  const objects: { readonly from: number; readonly object: StackObject; readonly depth: number }[] = [];
  const inner: number[] = [];
  const found = (at: number, depth: number, conservative: boolean): void => {
    if (at < stack.start || at + 8 > end) return;
    const value = word(at);
    if (value >= stack.start && value < end) inner.push(value);
    else if (value > 0xffff) visit.pointer(value, at, depth, conservative);
  };
  const everyWord = (from: number, to: number, depth: number): void => {
    for (let at = Math.ceil(from / 8) * 8; at + 8 <= to; at += 8) found(at, depth, true);
  };
  let { sp, pc } = start;
  let result: UnwindEnd = 'broken';
  let guessNext = start.anywhere;
  for (let depth = 0; depth < mostFrames; depth++) {
    const called = depth > 0 || !start.anywhere;
    const plan: FramePlan | undefined = start.lost ? undefined : plans.planAt(pc, called);
    const fp = plan === undefined ? 0 : sp + plan.frameBytes + 8;
    if (plan === undefined || plan.frameBytes < 0 || fp > end || sp < stack.start) {
      visit.frame({ name: plan?.name ?? '', pc: start.lost ? 0 : pc, depth, fp: end, called });
      everyWord(Math.max(sp, stack.start), end, depth);
      break;
    }
    visit.frame({ name: plan.name, pc, depth, fp, called });
    const guess = guessNext || plan.isPreemption;
    if (guess) everyWord(sp, fp - 8, depth);
    else for (const offset of plan.live) found(fp + offset, depth, false);
    for (const object of plan.objects) objects.push({ from: fp + object.offset, object, depth });
    guessNext = plan.isPreemption;
    if (plan.isTop) {
      result = 'complete';
      break;
    }
    if (fp - 8 + 8 > end) break;
    pc = word(fp - 8);
    sp = fp;
    if (pc === 0 || sp >= end) {
      // The first function of a goroutine that has not run yet returns to goexit; at the end of the stack there is none.
      result = pc === 0 ? 'complete' : 'broken';
      break;
    }
  }
  followInner(inner, objects, found);
  return result;
}

/** Variables that live on the stack as a whole are alive when a live pointer leads into them. */
function followInner(
  inner: number[],
  objects: readonly { readonly from: number; readonly object: StackObject; readonly depth: number }[],
  found: (at: number, depth: number, conservative: boolean) => void,
): void {
  if (inner.length === 0 || objects.length === 0) return;
  const sorted = [...objects].sort((a, b) => a.from - b.from);
  const done = new Uint8Array(sorted.length);
  for (let pointer = inner.pop(); pointer !== undefined; pointer = inner.pop()) {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (sorted[middle]!.from <= pointer) low = middle + 1;
      else high = middle;
    }
    const hit = sorted[low - 1];
    if (hit === undefined || pointer >= hit.from + hit.object.bytes || done[low - 1] === 1) continue;
    done[low - 1] = 1;
    if (hit.object.pointers === undefined) {
      for (let at = 0; at + 8 <= hit.object.bytes; at += 8) found(hit.from + at, hit.depth, true);
    } else for (const offset of hit.object.pointers) found(hit.from + offset, hit.depth, false);
  }
}

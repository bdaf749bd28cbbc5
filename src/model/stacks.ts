// Call stacks of all captures of a run, interned: frames once, stacks as a prefix tree.
//
//   stack row:   0        1          2            prefix  [-1, 0, 1]
//   meaning:     main     main→serve main→serve→handle     frame [main, serve, handle]
//
// The outermost caller (a goroutine's entry) is nearest to the root, the leaf is where memory is allocated or where
// the goroutine waits. Parents come before their children, so one forward loop carries totals down and one backward
// loop carries them up; nothing recurses over the depth of a stack.
import type { Brand } from '../base/brand.ts';

export type FrameIndex = Brand<number, 'FrameIndex'>;
export type StackIndex = Brand<number, 'StackIndex'>;

/** No stack: the prefix of a root. */
export const noStack = -1 as StackIndex;

export interface FrameTable {
  readonly length: number;
  /** Go's own name, e.g. `net/http.(*persistConn).readLoop`. */
  readonly functionName: readonly string[];
  /** As the profile says it; '' when unknown. */
  readonly file: readonly string[];
  /** 0 when unknown. */
  readonly line: Int32Array;
}

export interface StackTable {
  readonly length: number;
  readonly frames: FrameTable;
  /** Row of the caller's stack, or -1. */
  readonly prefix: Int32Array;
  /** Row in `frames` of this stack's innermost frame. */
  readonly frame: Int32Array;
}

/** One frame, spelled out: for messages, findings and tests. */
export interface Frame {
  readonly functionName: string;
  readonly file: string;
  readonly line: number;
}

export interface StackTableBuilder {
  internFrame(functionName: string, file: string, line: number): FrameIndex;
  internStack(prefix: StackIndex, frame: FrameIndex): StackIndex;
  /** The table of everything interned so far; rows stay valid when more is interned and finished again. */
  finish(): StackTable;
}

/** Rows are Int32, and hash tables stay at most half full. */
const maxRows = 2 ** 29;

export function createStackTableBuilder(): StackTableBuilder {
  const functionName: string[] = [];
  const file: string[] = [];
  const line: number[] = [];
  const frameOf = new Map<string, Map<string, Map<number, number>>>();
  // Millions of (prefix, frame) pairs: an open-addressing table of rows is five times faster here than a Map.
  let length = 0;
  let prefix = new Int32Array(1024);
  let frame = new Int32Array(1024);
  /** Row + 1 at the first free slot after its hash; 0 is free. */
  let slots = new Int32Array(2048);
  const grow = () => {
    if (length >= maxRows) throw new RangeError(`more than ${maxRows} different stacks`);
    const widerPrefix = new Int32Array(prefix.length * 2);
    const widerFrame = new Int32Array(frame.length * 2);
    widerPrefix.set(prefix);
    widerFrame.set(frame);
    prefix = widerPrefix;
    frame = widerFrame;
    slots = new Int32Array(slots.length * 2);
    for (let row = 0; row < length; row++) {
      let slot = hashOf(prefix[row]!, frame[row]!) & (slots.length - 1);
      while (slots[slot] !== 0) slot = (slot + 1) & (slots.length - 1);
      slots[slot] = row + 1;
    }
  };
  return {
    internFrame(name, path, lineNumber) {
      let files = frameOf.get(name);
      if (files === undefined) {
        files = new Map();
        frameOf.set(name, files);
      }
      let lines = files.get(path);
      if (lines === undefined) {
        lines = new Map();
        files.set(path, lines);
      }
      let row = lines.get(lineNumber);
      if (row === undefined) {
        row = functionName.length;
        lines.set(lineNumber, row);
        functionName.push(name);
        file.push(path);
        line.push(lineNumber);
      }
      return row as FrameIndex;
    },
    internStack(parent, leaf) {
      const mask = slots.length - 1;
      let slot = hashOf(parent, leaf) & mask;
      for (let held = slots[slot]!; held !== 0; held = slots[slot]!) {
        if (prefix[held - 1] === parent && frame[held - 1] === leaf) return (held - 1) as StackIndex;
        slot = (slot + 1) & mask;
      }
      const row = length;
      prefix[row] = parent;
      frame[row] = leaf;
      slots[slot] = row + 1;
      length++;
      if (length === prefix.length) grow();
      return row as StackIndex;
    },
    finish() {
      return {
        length,
        frames: {
          length: functionName.length,
          functionName: functionName.slice(),
          file: file.slice(),
          line: Int32Array.from(line),
        },
        prefix: prefix.slice(0, length),
        frame: frame.slice(0, length),
      };
    },
  };
}

/** Neighbouring rows must not land in neighbouring slots: the product spreads them, the shift brings high bits down. */
function hashOf(prefix: number, frame: number): number {
  const mixed = Math.imul(prefix + 1, 0x9e3779b1) ^ Math.imul(frame + 1, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}

/** The frame in row `index` of the frame table. */
export function frameAt(frames: FrameTable, index: number): Frame {
  return { functionName: frames.functionName[index]!, file: frames.file[index]!, line: frames.line[index]! };
}

/** Frames of a stack, leaf (innermost) first, as pprof and Go's tracebacks print them. */
export function framesOf(stacks: StackTable, stack: number): Frame[] {
  const result: Frame[] = [];
  for (let row = stack; row !== noStack; row = stacks.prefix[row]!) {
    result.push(frameAt(stacks.frames, stacks.frame[row]!));
  }
  return result;
}

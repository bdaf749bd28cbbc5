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

export function createStackTableBuilder(): StackTableBuilder {
  const functionName: string[] = [];
  const file: string[] = [];
  const line: number[] = [];
  const frameOf = new Map<string, Map<string, Map<number, number>>>();
  const prefix: number[] = [];
  const frame: number[] = [];
  // A pair (prefix, frame) as one exact number: both stay below 2^26, so that the product stays below 2^53.
  const stackOf = new Map<number, number>();
  const span = 2 ** 26;
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
        if (row >= span) throw new RangeError(`more than ${span} different frames`);
        lines.set(lineNumber, row);
        functionName.push(name);
        file.push(path);
        line.push(lineNumber);
      }
      return row as FrameIndex;
    },
    internStack(parent, leaf) {
      const key = (parent + 1) * span + leaf;
      let row = stackOf.get(key);
      if (row === undefined) {
        row = prefix.length;
        if (row >= span) throw new RangeError(`more than ${span} different stacks`);
        stackOf.set(key, row);
        prefix.push(parent);
        frame.push(leaf);
      }
      return row as StackIndex;
    },
    finish() {
      return {
        length: prefix.length,
        frames: {
          length: functionName.length,
          functionName: functionName.slice(),
          file: file.slice(),
          line: Int32Array.from(line),
        },
        prefix: Int32Array.from(prefix),
        frame: Int32Array.from(frame),
      };
    },
  };
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

// Which frame of a stack to blame: the one nearest to the allocation that the reader can change.
import type { Ownership } from '../model/growth.ts';
import type { OwnershipOf } from '../model/ownership.ts';
import { frameAt, noStack, type StackTable } from '../model/stacks.ts';

/** Row of `stacks.frames` to blame for a stack: main module first, then dependencies, then std, then the leaf. */
export function createBlame(stacks: StackTable, ownership: OwnershipOf): (stackRow: number) => number {
  const owner = ownersOf(stacks, ownership);
  return (stackRow) => {
    let dependency = -1;
    let std = -1;
    for (let row = stackRow; row !== noStack; row = stacks.prefix[row]!) {
      const frame = stacks.frame[row]!;
      const who = owner[frame]!;
      if (who === 'main') return frame;
      if (who === 'dependency' && dependency < 0) dependency = frame;
      if (who === 'std' && std < 0 && !isRuntime(stacks, frame)) std = frame;
    }
    if (dependency >= 0) return dependency;
    return std >= 0 ? std : stacks.frame[stackRow]!;
  };
}

export function ownersOf(stacks: StackTable, ownership: OwnershipOf): readonly Ownership[] {
  return Array.from({ length: stacks.frames.length }, (_, row) => ownership(frameAt(stacks.frames, row)));
}

function isRuntime(stacks: StackTable, frame: number): boolean {
  return /^(runtime|internal\/runtime)[./]/.test(stacks.frames.functionName[frame]!);
}

/** The profiler's own work in the target, on behalf of whoever asks: net/http/pprof handlers and what they call. */
export function profilerStacks(stacks: StackTable): Uint8Array {
  const own = Uint8Array.from(stacks.frames.functionName, (name) =>
    /^(runtime|net\/http)\/pprof\./.test(name) ? 1 : 0,
  );
  const result = new Uint8Array(stacks.length);
  // Parents come first, so that a mark is carried down in one pass.
  for (let row = 0; row < stacks.length; row++) {
    const prefix = stacks.prefix[row]!;
    result[row] = own[stacks.frame[row]!] === 1 || (prefix !== noStack && result[prefix] === 1) ? 1 : 0;
  }
  return result;
}

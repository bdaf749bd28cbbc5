// Lines of code addresses in memory, each looked up once.
import { type GoSymbols, goFramesAt } from '../decode/pclntab/go-frames.ts';
import type { Frame } from '../model/stacks.ts';

/** Innermost first, with what was inlined. `called`: the pc is a return address, and belongs to the call in front of it. */
export type CodeLines = (pc: number, called: boolean) => Promise<readonly Frame[]>;

export function createCodeLines(code: GoSymbols, loadBias: number): CodeLines {
  const known = new Map<number, readonly Frame[]>();
  return async (pc, called) => {
    const place = pc - loadBias - (called ? 1 : 0);
    let frames = known.get(place);
    if (frames === undefined) {
      frames = pc === 0 ? [] : await goFramesAt(code, place);
      known.set(place, frames);
    }
    return frames;
  };
}

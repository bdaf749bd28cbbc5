import { describe, expect, it } from 'vitest';
import type { FramePlan, StackObject } from './frame-plans.ts';
import { type StackStart, unwindStack } from './unwind.ts';

const base = 0xc000100000;
const heap = 0xc000200000;

interface DrawnFunction {
  readonly frameBytes: number;
  readonly live?: readonly number[];
  readonly objects?: readonly StackObject[];
  readonly isTop?: boolean;
  readonly isPreemption?: boolean;
}

/**
 * A stack of 20 words from `base` on; functions by the pc that stands for them. Gives frames as `name@fp` and pointers as
 * `depth:word`, with `?` behind those that are guesses.
 */
function unwind(
  words: readonly number[],
  functions: Readonly<Record<number, DrawnFunction>>,
  start: Partial<StackStart> = {},
) {
  const view = new DataView(new ArrayBuffer(20 * 8));
  for (const [i, word] of words.entries()) view.setBigUint64(i * 8, BigInt(word), true);
  const plans = {
    planAt(pc: number): FramePlan | undefined {
      const drawn = functions[pc];
      return (
        drawn && {
          name: `f${pc}`,
          isTop: false,
          objects: [],
          isPreemption: false,
          ...drawn,
          live: Int32Array.from(drawn.live ?? []),
        }
      );
    },
  };
  const frames: string[] = [];
  const pointers: string[] = [];
  const end = unwindStack({ start: base, view }, { sp: base, pc: 1, anywhere: false, lost: false, ...start }, plans, {
    frame: (frame) => void frames.push(`${frame.name}@${(frame.fp - base) / 8}`),
    pointer: (_, at, depth, guess) => void pointers.push(`${depth}:${(at - base) / 8}${guess ? '?' : ''}`),
  });
  return { end, frames, pointers };
}

describe('unwindStack', () => {
  it('goes from frame to frame by their sizes, and takes the live words of each', () => {
    // f1: two words of locals, return address 2 in word 2. f2: one word, return address 3 in word 4, its live word is 3.
    const words = [heap, heap + 8, 2, heap + 16, 3, 0];
    const functions = {
      1: { frameBytes: 16, live: [-24] },
      2: { frameBytes: 8, live: [-16] },
      3: { frameBytes: 0, isTop: true },
    };
    expect(unwind(words, functions)).toEqual({
      end: 'complete',
      frames: ['f1@3', 'f2@5', 'f3@6'],
      pointers: ['0:0', '1:3'],
    });
  });

  it('takes every word of what a signal interrupted for a possible pointer, and then is exact again', () => {
    const words = [heap, 2, heap, heap, 3, heap, 4];
    const functions = {
      1: { frameBytes: 8, isPreemption: true },
      2: { frameBytes: 16 },
      3: { frameBytes: 8 },
      4: { frameBytes: 0, isTop: true },
    };
    expect(unwind(words, functions).pointers).toEqual(['0:0?', '1:2?', '1:3?']);
  });

  it('scans a variable on the stack only when something live points to it, whichever frame it is of', () => {
    // f1 points to word 4, which is the start of a variable of f2: words 4 and 5, of which 5 is a pointer.
    const variable = { offset: -24, bytes: 16, pointers: Int32Array.of(8) };
    const functions = { 1: { frameBytes: 8, live: [-16] }, 2: { frameBytes: 32, objects: [variable], isTop: true } };
    expect(unwind([base + 32, 2, 0, heap, heap, heap, 0], functions).pointers).toEqual(['1:5']);
    expect(unwind([0, 2, 0, heap, heap, heap, 0], functions).pointers).toEqual([]);
  });

  it('takes the rest for possible pointers where the code is not known', () => {
    const { end, frames, pointers } = unwind([heap, 2, 0, heap], { 1: { frameBytes: 8 } });
    expect({ end, frames, pointers }).toEqual({ end: 'broken', frames: ['f1@2', '@20'], pointers: ['1:3?'] });
  });

  it('takes the whole stack for possible pointers when nobody knows where it stands', () => {
    const { frames, pointers } = unwind([heap, 2, heap], { 1: { frameBytes: 8 } }, { lost: true });
    expect({ frames, pointers }).toEqual({ frames: ['@20'], pointers: ['0:0?', '0:2?'] });
  });

  it('ends where a frame would be larger than the stack', () => {
    expect(unwind([0, 0], { 1: { frameBytes: 1_000 } })).toMatchObject({ end: 'broken', frames: ['f1@20'] });
  });
});

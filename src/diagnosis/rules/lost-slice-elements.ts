// Pointers left in slots that a shortened slice no longer shows (go101, "not resetting pointers in lost elements").
import type { Rule } from '../rule.ts';
import { evaluateCuts } from './cut-slice.ts';

export const lostSliceElements: Rule = {
  id: 'lost-slice-elements',
  title: 'Lost slice elements are still pointed to',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A slice of pointers was shortened, and the slots outside of it still point to what they held.',
    why: 'The collector keeps everything that the backing array points to, also beyond the length of every slice over it.',
    fix: 'Set the lost slots to nil before shortening (clear(s[n:])), or use slices.Delete (Go 1.22+), or copy the rest into a new slice.',
    falsePositives:
      'Slots within the capacity are overwritten when the slice is filled again: then the memory is bounded by the capacity.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://go.dev/blog/generic-slice-functions'],
  },
  evaluate: (input) => evaluateCuts('lost-slice-elements', input),
};

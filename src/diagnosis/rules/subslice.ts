// A subslice shares the array of the slice that it was cut from (go101, "memory leaking caused by subslices").
import type { Rule } from '../rule.ts';
import { evaluateCuts } from './cut-slice.ts';

export const subslice: Rule = {
  id: 'subslice',
  title: 'Subslice keeps a large array alive',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A small part of a large slice (or a pointer to one element) is kept, and with it the whole array.',
    why: 'A slice header points into its backing array; the collector frees only whole arrays.',
    fix: 'Copy the part before keeping it: bytes.Clone(b[:n]), slices.Clone, or append([]T(nil), s[:n]...).',
    falsePositives:
      'One big array that is shared by many parts which are all needed is not a leak, nor is a buffer that is cut to be filled again.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://go.dev/blog/slices-intro'],
  },
  evaluate: (input) => evaluateCuts('subslice', input),
};

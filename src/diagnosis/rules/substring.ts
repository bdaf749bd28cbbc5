// A substring shares the bytes of the string that it was cut from (go101, "memory leaking caused by substrings").
import type { Rule } from '../rule.ts';
import { evaluateCuts } from './cut-slice.ts';

export const substring: Rule = {
  id: 'substring',
  title: 'Substring keeps a large string alive',
  type: 'leak',
  needs: ['heap'],
  about: {
    what: 'A short part of a long string is kept, and with it the whole string.',
    why: 'A substring points into the memory of the string it was cut from; the collector frees only whole objects.',
    fix: 'Copy the part before keeping it: strings.Clone(s[:n]).',
    falsePositives: 'The whole string may be needed anyway, or the part may be most of it.',
    sources: ['https://go101.org/article/memory-leaking.html', 'https://github.com/golang/go/issues/40200'],
  },
  evaluate: (input) => evaluateCuts('substring', input),
};

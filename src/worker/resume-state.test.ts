import { describe, expect, it } from 'vitest';
import { decodeResumeState, encodeResumeState } from './resume-state.ts';

describe('what a recorder leaves to the next one', () => {
  it('comes back as it was', () => {
    const state = { startedAtMs: 5, totals: { NumGC: 7 }, told: ['leak a'], passed: ['use 0.85'] };
    expect(decodeResumeState(encodeResumeState(state))).toEqual(state);
  });

  it('is forgotten when it is missing or broken', () => {
    const nothing = { startedAtMs: undefined, totals: {}, told: [], passed: [] };
    for (const text of [undefined, '', '{', 'null', '[]', '{"told":5,"totals":"x","startedAtMs":"y"}'])
      expect(decodeResumeState(text)).toEqual(nothing);
  });
});

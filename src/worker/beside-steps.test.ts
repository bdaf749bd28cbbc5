import { describe, expect, it } from 'vitest';
import { KnownError } from '../base/errors.ts';
import { createBesideSteps } from './beside-steps.ts';
import { defaultPace } from './pace.ts';
import { createTargetStart } from './target-start.ts';

describe('what goes on beside a recording', () => {
  it('ends in a note when the store cannot be read, and may be tried again', async () => {
    const notes: string[] = [];
    const steps = createBesideSteps(
      { walk: undefined, traceSearchPath: '/usr/bin' },
      {
        nowMs: () => 0,
        keep: async () => undefined,
        note: async (message) => void notes.push(message),
        signal: new AbortController().signal,
      },
    );
    const start = createTargetStart(0, () => Promise.reject(new Error('nothing is taken here')), []);
    start.profiles = 5;
    const load = async () => {
      throw new KnownError('E-STORE-DAMAGED', 'the store is damaged');
    };
    for (const steadyMs of [0, 2 * defaultPace.traceRestMs]) {
      steps.traceIfWorth(process.pid, start, defaultPace, steadyMs, load);
      await steps.settled();
    }
    expect(notes).toEqual([
      'no trace of C allocations: the store is damaged',
      'no trace of C allocations: the store is damaged',
    ]);
  });
});

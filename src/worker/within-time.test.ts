import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { withinTime } from './within-time.ts';

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

describe('work within its time', () => {
  it('is told when its time is over', async () => {
    const outer = new AbortController();
    const late = await withinTime(outer.signal, 5, async (signal, isLate) => {
      await untilAborted(signal);
      return isLate();
    });
    expect(late).toBe(true);
  });

  it('ends with the signal around it, which is not late', async () => {
    const outer = new AbortController();
    const late = withinTime(outer.signal, 60_000, async (signal, isLate) => {
      await untilAborted(signal);
      return isLate();
    });
    outer.abort();
    expect(await late).toBe(false);
  });

  it('leaves nothing behind on a signal that lives for weeks', async () => {
    const outer = new AbortController();
    for (let round = 0; round < 20; round++) await withinTime(outer.signal, 60_000, async () => {});
    await withinTime(outer.signal, 60_000, () => Promise.reject(new Error('x'))).catch(() => {});
    expect(getEventListeners(outer.signal, 'abort')).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import type { ProcessMemory } from '../model/memory-stats.ts';
import { measureMemoryTrend } from './memory-trend.ts';

/** RSS at each second; `-` where the capture did not say it. */
function trendOf(text: string) {
  return measureMemoryTrend(
    text.split(' ').map((word, at) => ({
      atMs: at * 1000,
      stats: undefined,
      process: word === '-' ? undefined : ({ rssBytes: Number(word) } as ProcessMemory),
    })),
  );
}

describe('the memory of a run', () => {
  it('keeps the time of each value, also when captures between did not say it', () => {
    const rss = trendOf('10 - 30 - - 60').quantities.get('rss');
    expect([...rss!.series]).toEqual([10, 30, 60]);
    expect([...rss!.atMs]).toEqual([0, 2000, 5000]);
  });

  it('has nothing to say of what was said once', () => {
    expect(trendOf('10 - -').quantities.size).toBe(0);
  });
});

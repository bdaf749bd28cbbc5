import { describe, expect, it } from 'vitest';
import type { GrowthEstimate } from '../model/growth.ts';
import type { Report } from '../report/report.ts';
import type { RecorderStatus } from '../worker/status.ts';
import { renderWatchLine, renderWatchPicture } from './render-watch.ts';

const mebibyte = 1 << 20;
const growing = {
  shape: 'growing',
  perSecond: 20_480,
  perSecondLow: 10_240,
  perSecondHigh: 40_960,
} as GrowthEstimate;
const status: RecorderStatus = {
  atMs: Date.parse('2026-01-02T03:04:05Z'),
  elapsedMs: 7_500_000,
  remainingMs: undefined,
  state: 'recording',
  target: { kind: 'url', label: ':6060', pid: 4242 },
  caseId: 'k1',
  incarnation: 0,
  captures: 1500,
  profiles: 40,
  latest: new Map([
    ['rss', 300 * mebibyte],
    ['goroutines', 12],
  ]),
  history: new Map([['rss', [100, 200, 300]]]),
  growth: new Map([['rss', growing]]),
  limit: {
    limit: { kind: 'cgroup', name: 'cgroup /svc', limitBytes: 400 * mebibyte, usedBytes: 300 * mebibyte },
    freeBytes: 100 * mebibyte,
    exhaustedAtMs: Date.parse('2026-01-02T05:04:05Z'),
    earliestMs: Date.parse('2026-01-02T04:04:05Z'),
    latestMs: undefined,
    consequence: '',
  },
  report: undefined,
  events: [{ atMs: Date.parse('2026-01-02T03:00:00Z'), kind: 'note', incarnation: 0, message: 'odd \u001b[31mred' }],
  storeBytes: mebibyte,
  cost: { requests: 80, forcedGcs: 9, bytesReceived: 1, pausedMs: 31.4, analyses: 2, analysisMs: 900 },
};
const report = { verdict: 'leak', summary: 'Map main.cache grows.', findings: [] } as unknown as Report;
const picture = (change: Partial<RecorderStatus> = {}, width = 100): string =>
  renderWatchPicture({ ...status, ...change }, { color: false, width }).join('\n');

describe('the picture of a recording', () => {
  it('shows what grows with its interval, and when the limit is met', () => {
    expect(picture()).toContain('resident   300 MiB');
    expect(picture()).toContain('+20.0 KiB/s (10.0 KiB/s to 40.0 KiB/s)');
    expect(picture()).toContain('75 % of 400 MiB (cgroup /svc), full in 2 h at this rate (1 h at the earliest)');
    expect(picture()).toContain('none yet');
    expect(picture({ report })).toContain('leak: Map main.cache grows.');
  });

  it('has no row for what was not captured, and keeps control characters of others out', () => {
    expect(picture()).not.toContain('live heap');
    expect(picture()).not.toContain('\u001b');
  });

  it('stays within the terminal', () => {
    for (const width of [40, 60, 80])
      for (const line of picture({ report }, width)
        .split('\n')
        .filter((one) => !/resident|goroutines/.test(one)))
        expect(line.length).toBeLessThanOrEqual(width);
  });

  it('says when nothing is kept', () => {
    expect(picture({ state: 'store-full' })).toContain('the disk is full');
    expect(renderWatchLine({ ...status, state: 'target-away' })).toContain('the target does not answer');
  });
});

describe('the line of a recording', () => {
  it('tells the same for a log', () => {
    expect(renderWatchLine({ ...status, report })).toBe(
      '2 h 5 min · resident 300 MiB +20.0 KiB/s · goroutines 12 · 75 % of 400 MiB (cgroup /svc), full in 2 h at this rate (1 h at the earliest) · leak: Map main.cache grows.',
    );
  });
});

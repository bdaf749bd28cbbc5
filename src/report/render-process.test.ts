import { describe, expect, it } from 'vitest';
import { forecastLine, oomLine } from './render-process.ts';
import type { Report, ReportForecast } from './report.ts';

const mib = 1024 * 1024;
const at = (minutes: number): string => new Date(Date.UTC(2026, 0, 2, 0, minutes)).toISOString();
const report = (fields: Partial<Report>): Report =>
  ({ verdict: 'leak', window: { from: at(0), to: at(0), captures: 9, restarts: 0 }, ...fields }) as Report;
const cgroup: ReportForecast = {
  limitBytes: 512 * mib,
  limitSource: 'cgroup /svc',
  usedBytes: 100 * mib,
  exhaustedAt: at(90),
  low: at(80),
  high: at(120),
  consequence: 'the kernel kills a process of the cgroup',
};

describe('the limit', () => {
  it('is told with its date and the interval', () => {
    expect(forecastLine(report({ forecast: cgroup }))).toBe(
      '100 MiB of 512 MiB (cgroup /svc), full in 1 h 30 min (1 h 20 min to 2 h) at this rate',
    );
  });

  it('may never be reached, and has no date where nothing leaks', () => {
    const { high: _, ...open } = cgroup;
    expect(forecastLine(report({ forecast: open }))).toContain('(1 h 20 min to never)');
    expect(forecastLine(report({ verdict: 'clear', forecast: cgroup }))).toBe('100 MiB of 512 MiB (cgroup /svc)');
  });

  it('is the machine’s only when that comes near', () => {
    const host = { ...cgroup, limitSource: 'host memory' };
    expect(forecastLine(report({ forecast: host }))).toContain('host memory');
    expect(forecastLine(report({ verdict: 'clear', forecast: host }))).toBeUndefined();
    expect(forecastLine(report({ forecast: { ...host, exhaustedAt: at(60 * 40) } }))).toBeUndefined();
  });

  it('tells GOMEMLIMIT first, and what it does', () => {
    const softLimit = { ...cgroup, limitSource: 'GOMEMLIMIT', exhaustedAt: at(10), low: at(10), high: at(10) };
    expect(forecastLine(report({ forecast: { ...cgroup, softLimit } }))).toMatch(
      /^100 MiB of 512 MiB \(GOMEMLIMIT\), full in 10 min at this rate, then collections take ever more of the CPU \(up to half\) while memory looks flat, until what lives passes it; 100 MiB/,
    );
  });
});

describe('OOM kills', () => {
  const kill = { pid: 7, comm: 'svc', matchedBy: 'cgroup', holder: 'the killed process held it', source: 'dmesg' };

  it('are counted, with the last one', () => {
    const oom = [{ ...kill, at: at(-30), limitBytes: 512 * mib }, kill];
    expect(oomLine(report({ oom }))).toBe(
      '2 times, last 30 min ago at the limit of 512 MiB; the killed process held it',
    );
  });

  it('are no line when there were none, or nobody knows', () => {
    expect(oomLine(report({ oom: [] }))).toBeUndefined();
    expect(oomLine(report({}))).toBeUndefined();
  });
});

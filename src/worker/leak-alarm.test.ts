import { describe, expect, it } from 'vitest';
import type { Report } from '../report/report.ts';
import { newAlarms } from './leak-alarm.ts';

const finding = (id: string, certainty: string) => ({ id, certainty, title: `${id} grows` });
const reportOf = (verdict: string, ...findings: readonly unknown[]): Report =>
  ({ verdict, findings }) as unknown as Report;
const keysOf = (report: Report, told: readonly string[] = [], forecastMs?: number) =>
  newAlarms(
    { report, forecast: forecastMs === undefined ? undefined : { ms: forecastMs, limit: 'cgroup /svc' } },
    new Set(told),
  ).map(({ key }) => key);

describe('alarms', () => {
  it('are given for each finding of a leak, once', () => {
    const report = reportOf('leak', finding('a', 'strong'), finding('b', 'proven'));
    expect(keysOf(report)).toEqual(['leak a', 'leak b']);
    expect(keysOf(report, ['leak a'])).toEqual(['leak b']);
  });

  it('are not given for hints, nor without a verdict', () => {
    expect(keysOf(reportOf('leak', finding('a', 'possible')))).toEqual([]);
    expect(keysOf(reportOf('inconclusive', finding('a', 'likely')))).toEqual([]);
    expect(keysOf(reportOf('clear'))).toEqual([]);
  });

  it('are given for each threshold of the forecast, once', () => {
    const clear = reportOf('clear');
    expect(keysOf(clear, [], 7_200_000)).toEqual([]);
    expect(keysOf(clear, [], 3_000_000)).toEqual(['forecast 3600000']);
    expect(keysOf(clear, ['forecast 3600000'], 300_000)).toEqual(['forecast 600000']);
  });
});

import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { GrowthEstimate } from '../model/growth.ts';
import type { Report } from '../report/report.ts';
import { metricsText } from './metrics-text.ts';
import { parseListenAddress, serveMetrics } from './serve-metrics.ts';
import type { RecorderStatus } from './status.ts';

const growing = { shape: 'growing', perSecond: 2048, perSecondLow: 1024, perSecondHigh: 4096 } as GrowthEstimate;
const status: RecorderStatus = {
  atMs: 1_000_000,
  elapsedMs: 60_000,
  remainingMs: undefined,
  state: 'recording',
  target: { kind: 'url', label: 'http://a"b\\c:6060' },
  caseId: 'k1',
  incarnation: 2,
  captures: 12,
  profiles: 4,
  latest: new Map([
    ['rss', 100],
    ['goroutines', 0],
  ]),
  history: new Map(),
  growth: new Map([['rss', growing]]),
  limit: {
    limit: { kind: 'cgroup', name: 'cgroup /svc', limitBytes: 1000, usedBytes: 100 },
    freeBytes: 900,
    exhaustedAtMs: 1_090_000,
    earliestMs: 1_045_000,
    latestMs: undefined,
    consequence: '',
  },
  report: {
    verdict: 'leak',
    findings: [
      { rule: 'unbounded-map', certainty: 'strong' },
      { rule: 'unbounded-map', certainty: 'strong' },
      { rule: 'hanging-goroutine', certainty: 'proven' },
    ],
  } as unknown as Report,
  events: [],
  storeBytes: undefined,
  cost: { requests: 30, forcedGcs: 3, bytesReceived: 5000, pausedMs: 20, analyses: 2, analysisMs: 700 },
};
const own = { rssBytes: 9e7, heapUsedBytes: 2e7, cpuSeconds: 1.5 };

interface Parsed {
  readonly types: ReadonlyMap<string, string>;
  readonly values: ReadonlyMap<string, number>;
}

/** As a collector reads it: HELP and TYPE before the samples of each family, nothing else. */
function parse(text: string): Parsed {
  const types = new Map<string, string>();
  const values = new Map<string, number>();
  const helped = new Set<string>();
  expect(text.endsWith('\n')).toBe(true);
  for (const line of text.slice(0, -1).split('\n')) {
    const comment = /^# (HELP|TYPE) ([a-z_]+) (.+)$/.exec(line);
    if (comment?.[1] === 'HELP') helped.add(comment[2]!);
    else if (comment !== null) types.set(comment[2]!, comment[3]!);
    else {
      const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? (-?[\d.e+-]+)$/.exec(line);
      if (sample === null) throw new Error(`no sample: ${line}`);
      expect(helped).toContain(sample[1]);
      expect(['gauge', 'counter']).toContain(types.get(sample[1]!));
      expect(values.has(sample[1]! + (sample[2] ?? ''))).toBe(false);
      values.set(sample[1]! + (sample[2] ?? ''), Number(sample[3]));
    }
  }
  return { types, values };
}

describe('the metrics of a recording', () => {
  const { values, types } = parse(metricsText(status, own));

  it('tell figures, growth with its interval, and the forecast', () => {
    expect(values.get('leakline_target_rss_bytes')).toBe(100);
    expect(values.get('leakline_target_goroutines')).toBe(0);
    expect(values.get('leakline_growth_rss_bytes_per_second{bound="low"}')).toBe(1024);
    expect(values.get('leakline_growing_rss')).toBe(1);
    expect(values.get('leakline_forecast_seconds{bound="estimate"}')).toBe(90);
    expect(values.get('leakline_forecast_seconds{bound="low"}')).toBe(45);
    expect(types.get('leakline_captures_total')).toBe('counter');
  });

  it('count findings by rule and certainty', () => {
    expect(values.get('leakline_findings{rule="unbounded-map",certainty="strong"}')).toBe(2);
    expect(values.get('leakline_findings{rule="hanging-goroutine",certainty="proven"}')).toBe(1);
    expect(values.get('leakline_verdict{verdict="clear"}')).toBe(0);
  });

  it('have no line for what is not known', () => {
    expect([...values.keys()].filter((name) => /heap_live|store_bytes|forecast.*high/.test(name))).toEqual([]);
  });

  it('have no figures of a target that is away', () => {
    const away = parse(metricsText({ ...status, state: 'target-away' }, own)).values;
    expect(away.get('leakline_recorder_state{state="target-away"}')).toBe(1);
    expect([...away.keys()].filter((name) => /target_rss|growth|forecast/.test(name))).toEqual([]);
  });
});

describe('the server', () => {
  const ask = (url: string, more: { method?: string; host?: string } = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const { hostname, port, pathname } = new URL(url);
      const headers = more.host === undefined ? {} : { host: more.host };
      const asked = request({ hostname, port, path: pathname, method: more.method ?? 'GET', headers }, (answer) => {
        let body = '';
        answer.on('data', (chunk: Buffer) => {
          body += chunk.toString();
        });
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
      });
      asked.on('error', reject);
      asked.end();
    });

  it('answers GET /metrics, and nothing else', async () => {
    let text: string | undefined;
    const server = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => text);
    expect((await ask(server.url)).status).toBe(503);
    text = 'a 1\n';
    expect(await ask(server.url)).toEqual({ status: 200, body: 'a 1\n' });
    expect((await ask(server.url, { method: 'POST' })).status).toBe(405);
    expect((await ask(server.url, { host: 'evil.example' })).status).toBe(403);
    expect((await ask(server.url.replace('metrics', 'other'))).status).toBe(404);
    server.close();
  });

  it('says when the port is taken', async () => {
    const first = await serveMetrics({ host: '127.0.0.1', port: 0 }, () => '');
    const port = Number(new URL(first.url).port);
    await expect(serveMetrics({ host: '127.0.0.1', port }, () => '')).rejects.toThrow(`127.0.0.1:${port} is in use`);
    first.close();
  });

  it('is given as a port or an address of loopback', () => {
    expect(parseListenAddress('9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(parseListenAddress(':0')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(parseListenAddress('localhost:9464')).toEqual({ host: '127.0.0.1', port: 9464 });
    expect(parseListenAddress('[::1]:9464')).toEqual({ host: '::1', port: 9464 });
    expect(() => parseListenAddress('0.0.0.0:9464')).toThrow('only the loopback interface');
    for (const text of ['', 'x', '127.0.0.1:', '1:2:3', ':99999'])
      expect(() => parseListenAddress(text)).toThrow('--listen');
  });
});

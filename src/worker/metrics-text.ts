// What a recording sees, in the text format of Prometheus. A figure that is not known has no line: it is not zero.
// Source of the format: prometheus.io/docs/instrumenting/exposition_formats, version 0.0.4.
import type { RecorderStatus } from './status.ts';

/** What the recorder itself takes. */
export interface OwnUse {
  readonly rssBytes: number;
  readonly heapUsedBytes: number;
  readonly cpuSeconds: number;
}

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | undefined];

const verdicts = ['leak', 'clear', 'inconclusive'] as const;
const states = ['recording', 'target-away', 'target-silent', 'store-full'] as const;
const grown = [
  ['rss', 'bytes'],
  ['heap-live', 'bytes'],
  ['goroutines', 'goroutines'],
] as const;

export function metricsText(status: RecorderStatus, own: OwnUse): string {
  const { latest, growth, limit, report, cost, atMs } = status;
  const lines: string[] = [];
  const family = (name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): void => {
    const known = samples.filter((sample): sample is readonly [Labels, number] => Number.isFinite(sample[1]));
    if (known.length === 0) return;
    lines.push(`# HELP leakline_${name} ${help}`, `# TYPE leakline_${name} ${type}`);
    for (const [labels, value] of known) lines.push(`leakline_${name}${labelText(labels)} ${value}`);
  };
  const gauge = (name: string, help: string, value: number | undefined): void =>
    family(name, 'gauge', help, [[{}, value]]);

  family('target_info', 'gauge', 'The recorded target; always 1.', [
    [
      {
        target: status.target.label,
        case: status.caseId,
        ...(status.target.build?.goVersion === undefined ? {} : { go_version: status.target.build.goVersion }),
      },
      1,
    ],
  ]);
  family(
    'recorder_state',
    'gauge',
    '1 for the state that the recorder is in.',
    states.map((state) => [{ state }, state === status.state ? 1 : 0]),
  );
  // While the target is away its last figures are of the past.
  const away = status.state === 'target-away';
  const now = (name: string): number | undefined => (away ? undefined : latest.get(name));
  gauge('target_rss_bytes', 'Resident memory of the target.', now('rss'));
  gauge('target_heap_live_bytes', 'Live Go heap by the last heap profile.', now('heap-live'));
  gauge('target_heap_alloc_bytes', 'Allocated Go heap, garbage included.', now('heap-alloc'));
  gauge('target_goroutines', 'Goroutines of the target.', now('goroutines'));
  gauge('target_threads', 'Threads of the target.', now('threads'));
  gauge('target_open_files', 'Open files of the target.', now('open-files'));
  family('target_starts', 'counter', 'Starts of the target in this case.', [[{}, status.incarnation + 1]]);
  for (const [name, unit] of grown) {
    const estimate = growth.get(name);
    if (estimate === undefined || away) continue;
    family(
      `growth_${name.replace('-', '_')}_${unit}_per_second`,
      'gauge',
      `Growth of ${name} and its 95 % interval (bound="low", "high").`,
      [
        [{ bound: 'estimate' }, estimate.perSecond],
        [{ bound: 'low' }, estimate.perSecondLow],
        [{ bound: 'high' }, estimate.perSecondHigh],
      ],
    );
    gauge(
      `growing_${name.replace('-', '_')}`,
      `1 when the growth of ${name} is significant and goes on.`,
      estimate.shape === 'growing' ? 1 : 0,
    );
  }
  if (limit !== undefined && !away) {
    family('limit_bytes', 'gauge', 'The memory limit that the target meets first.', [
      [{ limit: limit.limit.name }, limit.limit.limitBytes],
    ]);
    gauge('limit_free_bytes', 'Room before that limit.', limit.freeBytes);
    const seconds = (ms: number | undefined): number | undefined =>
      ms === undefined ? undefined : Math.max(0, (ms - atMs) / 1000);
    family('forecast_seconds', 'gauge', 'Time until the limit is reached; absent while nothing grows.', [
      [{ bound: 'estimate' }, seconds(limit.exhaustedAtMs)],
      [{ bound: 'low' }, seconds(limit.earliestMs)],
      [{ bound: 'high' }, seconds(limit.latestMs)],
    ]);
  }
  if (report !== undefined) {
    family(
      'verdict',
      'gauge',
      '1 for the verdict of the latest report.',
      verdicts.map((verdict) => [{ verdict }, verdict === report.verdict ? 1 : 0]),
    );
    const counts = new Map<string, { labels: Labels; count: number }>();
    for (const { rule, certainty } of report.findings) {
      const entry = counts.get(`${rule} ${certainty}`) ?? { labels: { rule, certainty }, count: 0 };
      entry.count += 1;
      counts.set(`${rule} ${certainty}`, entry);
    }
    family(
      'findings',
      'gauge',
      'Findings of the latest report.',
      [...counts.values()].map(({ labels, count }) => [labels, count]),
    );
  }
  const counter = (name: string, help: string, value: number): void => family(name, 'counter', help, [[{}, value]]);
  counter('captures_total', 'Captures kept since the recorder was started.', status.captures);
  counter('profiles_total', 'Captures with profiles.', status.profiles);
  gauge('store_bytes', 'What the store takes on disk.', status.storeBytes);
  counter('target_requests_total', 'Requests made to the target.', cost.requests);
  counter('target_forced_gcs_total', 'Garbage collections forced on the target.', cost.forcedGcs);
  counter('target_received_bytes_total', 'Bytes received from the target.', cost.bytesReceived);
  counter('target_paused_seconds_total', 'How long heap walks stopped the target.', cost.pausedMs / 1000);
  counter('analyses_total', 'Analyses made.', cost.analyses);
  counter('analysis_seconds_total', 'Time that analyses took.', cost.analysisMs / 1000);
  gauge('recorder_rss_bytes', 'Resident memory of the recorder.', own.rssBytes);
  gauge('recorder_heap_used_bytes', 'JavaScript heap of the recorder.', own.heapUsedBytes);
  counter('recorder_cpu_seconds_total', 'CPU time of the recorder.', own.cpuSeconds);
  return `${lines.join('\n')}\n`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

// `leakline watch <target>`: records for hours or weeks, shows it, tells when it leaks, and ends with a report like diagnose.
import { existsSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { KnownError, UsageError } from '../../base/errors.ts';
import { parseDuration } from '../../base/format-duration.ts';
import { parseBytes } from '../../base/parse-bytes.ts';
import { systemClock } from '../../capture/clock.ts';
import { createConnector } from '../../capture/connect-target.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import type { LiveTargetSpec } from '../../capture/watch-target.ts';
import { defaultStorePlace, openStore } from '../../store/open-store.ts';
import { analyseInThread, analyseRecording } from '../../worker/analyse-recording.ts';
import { metricsText } from '../../worker/metrics-text.ts';
import { defaultPace, type PaceSettings } from '../../worker/pace.ts';
import { record } from '../../worker/record.ts';
import type { AlarmTarget } from '../../worker/send-alarm.ts';
import { type MetricsServer, parseListenAddress, serveMetrics } from '../../worker/serve-metrics.ts';
import type { RecorderStatus } from '../../worker/status.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { clientOptionsOf, formatOf, planOf, topOf } from '../options.ts';
import { toolVersion } from '../version.ts';
import { createWatchView } from '../watch-view.ts';
import { writeOutput } from '../write-output.ts';
import { type DiagnoseFlags, exitOf, mostPauseMs, reduceFirstWalk, renderReport, sourcePlaces } from './diagnose.ts';

export interface WatchFlags extends DiagnoseFlags {
  readonly store?: string;
  readonly keep?: string;
  readonly maxSize?: string;
  readonly onLeak?: string;
  readonly listen?: string;
  readonly look?: string;
  readonly rest?: string;
  readonly wait?: string;
}

const day = 86_400_000;

export async function runWatch(words: readonly string[], flags: WatchFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  const top = topOf(flags);
  const spec = liveTarget(words, io);
  const { gc, gentle } = planOf({ gc: flags.gc ?? 'auto', gentle: flags.gentle === true });
  const pace = paceOf(flags);
  const retention = {
    keepMs: durationOf('--keep', flags.keep) ?? 14 * day,
    maxBytes: sizeOf(flags.maxSize) ?? 2 ** 31,
  };
  const forMs = durationOf('--for', flags.for);
  const awayMs = durationOf('--wait', flags.wait) ?? 3_600_000;
  const alarm = alarmOf(flags.onLeak);
  const listen = flags.listen === undefined ? undefined : parseListenAddress(flags.listen);
  const client = await clientOptionsOf(flags);

  let latest: RecorderStatus | undefined;
  let server: MetricsServer | undefined;
  const view = createWatchView(io, flags.color !== false && !io.env['NO_COLOR']);
  const place = flags.store ?? defaultStorePlace(io.env, io.home);
  const store = await openStore(place, { mode: 'write' });
  const sayEnding = (): void => view.say('a last look is taken, for at most 5 s; then what is stored is judged');
  const sayLeaving = (): void => view.say('leaving with the last report');
  io.interrupt.addEventListener('abort', sayEnding, { once: true });
  io.leave?.addEventListener('abort', sayLeaving, { once: true });
  const connector = createConnector(spec, { client, commandOutput: io.stderr, signal: io.interrupt });
  try {
    if (listen !== undefined) {
      server = await serveMetrics(listen, () => (latest === undefined ? undefined : metricsText(latest, ownUse())));
      io.stderr.write(`metrics are served at ${server.url}\n`);
    }
    const end = await record({
      connector,
      store,
      pace,
      plan: { gc, gentle },
      beside: {
        walk: flags.walk === false ? undefined : { maxPauseMs: mostPauseMs, reduce: reduceFirstWalk },
        traceSearchPath: flags.native === false ? undefined : (io.env['PATH'] ?? ''),
      },
      retention,
      forMs,
      awayMs,
      alarm,
      env: io.env,
      analyse: (stretch, signal) => {
        const request = { ...stretch, place, toolVersion, source: sourcePlaces(flags, io) };
        const url = analysisWorkerUrl();
        return url === undefined ? analyseRecording(request) : analyseInThread(url, request, signal);
      },
      clock: systemClock,
      signal: io.interrupt,
      leave: io.leave,
      onStatus: (status) => {
        latest = status;
        view.show(status);
      },
      onEvent: view.event,
    });
    view.end();
    const { report } = end;
    if (report === undefined)
      throw new KnownError('E-WATCH-NOTHING', `nothing was recorded that could be judged: ${end.why}`, {
        advice: `Figures are kept as case ${end.caseId}. A target that serves pprof, or may be read, shows more.`,
      });
    await writeOutput(io, flags.output, await renderReport(report, format, top, flags, io));
    return exitOf[report.verdict];
  } finally {
    io.interrupt.removeEventListener('abort', sayEnding);
    io.leave?.removeEventListener('abort', sayLeaving);
    server?.close();
    await connector.close();
    await store.close();
  }
}

function liveTarget(words: readonly string[], io: CliIo): LiveTargetSpec {
  const spec = parseTarget(words, io.stdin.isTTY !== true);
  if (spec.kind === 'case' || spec.kind === 'files' || spec.kind === 'stdin')
    throw new UsageError(
      'watch records something that runs',
      'Give a URL, a pid, docker:NAME, systemd:UNIT or -- CMD.',
    );
  return spec;
}

function paceOf(flags: WatchFlags): PaceSettings {
  const metricsMs = durationOf('--look', flags.look) ?? defaultPace.metricsMs;
  const profileFloorMs = durationOf('--every', flags.every) ?? Math.max(defaultPace.profileFloorMs, metricsMs);
  if (profileFloorMs < metricsMs)
    throw new UsageError(`--every ${flags.every} is shorter than --look`, 'Profiles are taken together with figures.');
  return {
    ...defaultPace,
    metricsMs,
    profileFloorMs,
    profileRestMs: Math.max(profileFloorMs, durationOf('--rest', flags.rest) ?? defaultPace.profileRestMs),
    // Someone who wants profiles every second wants to know as quickly.
    analysisFloorMs: Math.min(defaultPace.analysisFloorMs, Math.max(1000, 4 * profileFloorMs)),
  };
}

function alarmOf(text: string | undefined): AlarmTarget | undefined {
  if (text === undefined) return undefined;
  if (text.trim() === '') throw new UsageError('--on-leak is empty', 'Give a command, or an http(s) URL.');
  if (!/^https?:\/\//i.test(text)) return { kind: 'command', command: text };
  try {
    return { kind: 'webhook', url: new URL(text) };
  } catch {
    throw new UsageError('--on-leak: the URL cannot be read', 'Write it as https://host/path.');
  }
}

function durationOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 30s, 8h, 14d or 500ms.');
  return ms;
}

function sizeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = parseBytes(text);
  if (bytes === undefined) throw new UsageError(`--max-size ${text} is not a size`, 'Write 500MiB or 2GiB.');
  return bytes;
}

function ownUse() {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapUsedBytes: heapUsed, cpuSeconds: (user + system) / 1e6 };
}

/** Beside the bundle; there is none when the source runs unbundled. */
function analysisWorkerUrl(): URL | undefined {
  const url = new URL('./analysis-worker.js', import.meta.url);
  return existsSync(fileURLToPath(url)) ? url : undefined;
}

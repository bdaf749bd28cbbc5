// `leakline oom` for a terminal: killed or not, by which limit, who held the memory; then who is next, what the limits leave,
// and what could not be seen.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import { type OomForecastResult, type OomKillResult, type OomResult, reporterOf } from './compose-oom.ts';

export interface OomTextOptions {
  readonly color: boolean;
  readonly width: number;
  readonly top: number;
  readonly verbose: boolean;
  readonly nowMs: number;
}

export function renderOom(result: OomResult, options: OomTextOptions): string {
  const paint = createPaint(options.color);
  const lines = [
    ...verdict(result, options, paint),
    ...kills(result, options, paint),
    ...units(result, options, paint),
    ...next(result, options, paint),
    ...limits(result, options, paint),
    ...gaps(result, options, paint),
    ...warnings(result, options, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function verdict(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  const badge = {
    killed: paint.alarm(' KILLED '),
    'not-killed': paint.good(' NOT KILLED '),
    unknown: paint.doubt(' UNKNOWN '),
  }[result.outcome];
  const [first = '', ...rest] = wrapText(plainText(result.summary), options.width - 14);
  return [`${badge} ${paint.strong(first)}`, ...rest.map((line) => `       ${paint.strong(line)}`)];
}

function kills(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  const shown = result.kills.slice(0, options.top);
  const more = result.killCount - shown.length;
  return [
    ...shown.flatMap((kill) => ['', ...killBlock(kill, options, paint)]),
    ...(more > 0 ? ['', paint.faint(`… and ${more} more (--top ${Math.min(1000, result.killCount)}).`)] : []),
  ];
}

function killBlock(kill: OomKillResult, options: OomTextOptions, paint: Paint): string[] {
  const when =
    kill.at !== undefined
      ? stamp(kill.at)
      : kill.sinceBootSeconds === undefined
        ? 'at an unknown moment'
        : `${formatDuration(kill.sinceBootSeconds * 1000)} after the boot`;
  const host = kill.host === undefined ? '' : ` on ${kill.host}`;
  const row = (name: string, text: string): string[] =>
    wrapText(plainText(text), options.width - 13).map(
      (line, index) => `  ${paint.role((index === 0 ? name : '').padEnd(9))}${line}`,
    );
  return [
    `${paint.title(plainText(`${kill.comm} (pid ${kill.pid})`))}  ${paint.faint(plainText(`${when}${host}`))}`,
    ...row('limit', limitText(kill)),
    ...row('holder', kill.holder.text),
    ...row('process', sizesText(kill)),
    ...(options.verbose ? row('asked', triggerText(kill)) : []),
    ...row('source', kill.source),
  ];
}

function limitText(kill: OomKillResult): string {
  const bytes = kill.limitBytes === undefined ? '' : `${formatBytes(kill.limitBytes)} `;
  const inside =
    kill.cgroup === undefined || kill.cgroup === kill.limitCgroup ? '' : `; the process lived in ${kill.cgroup}`;
  if (kill.asGroup) return `killed with its cgroup ${kill.cgroup ?? ''} (memory.oom.group)`;
  switch (kill.constraint) {
    case 'cgroup':
      return `${bytes}of cgroup ${kill.limitCgroup ?? '(not logged)'}${inside}`;
    case 'host':
      return `${bytes}of the machine${inside}`;
    case 'cpuset':
      return `the memory nodes of its cpuset were full${inside}`;
    case 'memory-policy':
      return `the memory nodes of its policy (mbind) were full${inside}`;
    default:
      return 'not logged';
  }
}

function sizesText(kill: OomKillResult): string {
  const part = (bytes: number | undefined, name: string): string[] =>
    bytes === undefined || bytes === 0 ? [] : [`${formatBytes(bytes)} ${name}`];
  return [
    ...part(kill.anonRssBytes, 'anonymous'),
    ...part(kill.fileRssBytes, 'files'),
    ...part(kill.shmemRssBytes, 'shared'),
    ...part(kill.pageTableBytes, 'page tables'),
    ...(kill.scoreAdj === undefined || kill.scoreAdj === 0 ? [] : [`oom_score_adj ${kill.scoreAdj}`]),
  ].join(' · ');
}

function triggerText(kill: OomKillResult): string {
  const { trigger } = kill;
  if (trigger === undefined) return 'not logged';
  const place = trigger.userPc === undefined ? '' : `, touching memory at pc ${trigger.userPc}`;
  return `${trigger.comm}${trigger.tid === undefined ? '' : ` (thread ${trigger.tid})`} wanted ${2 ** Math.max(0, trigger.order ?? 0)} page(s)${place}`;
}

function units(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  const reporters = new Set(result.units.map((event) => reporterOf(event.by)));
  return [...reporters].flatMap((reporter) => [
    '',
    paint.strong(`${reporter[0]!.toUpperCase()}${reporter.slice(1)} says`),
    ...result.units
      .filter((event) => reporterOf(event.by) === reporter)
      .slice(0, options.top)
      .map((event) =>
        plainText(`  ${event.at === undefined ? '' : `${stamp(event.at)}  `}${event.unit}: ${event.text}`),
      ),
  ]);
}

function next(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  if (result.next.length === 0) return [];
  const scopes = [...new Set(result.next.map((one) => one.scope))];
  return scopes.flatMap((scope) => {
    const rows = result.next.filter((one) => one.scope === scope);
    const name = scope === 'host' ? 'on this machine' : `in cgroup ${scope}`;
    return [
      '',
      `${paint.strong(plainText(`Next ${name}`))} ${paint.faint(`(when its ${formatBytes(rows[0]!.scopeLimitBytes)} are full)`)}`,
      ...rows
        .filter((one, index) => index < Math.min(3, options.top) || one.pid === result.target?.pid)
        .map((one) => plainText(`  ${one.rank}. ${one.comm} (pid ${one.pid})  ${one.why}`)),
    ];
  });
}

function limits(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  if (result.target === undefined || result.limits.length === 0) return [];
  const { forecast } = result;
  return [
    '',
    paint.strong('Limits'),
    ...result.limits.map((limit) =>
      plainText(
        `  ${formatBytes(limit.limitBytes).padStart(9)}  ${limit.name}${limit.usedBytes === undefined ? ' (use not known)' : `, ${formatBytes(limit.usedBytes)} used`}`,
      ),
    ),
    ...(forecast === undefined ? [] : forecastText(forecast, options, paint)),
  ];
}

function forecastText(forecast: OomForecastResult, options: OomTextOptions, paint: Paint): string[] {
  if (forecast.exhaustedAt === undefined) {
    const room = forecast.freeBytes === undefined ? '' : ` with ${formatBytes(forecast.freeBytes)} left`;
    const hint =
      forecast.bytesPerSecond === undefined
        ? ' Watch with --for 30s to learn when.'
        : ' No growth seen while watching.';
    return wrapText(plainText(`The nearest is ${forecast.limitSource}${room}.${hint}`), options.width - 4).map(
      (line) => `  ${line}`,
    );
  }
  const ahead = (at: string): string => formatDuration(Math.max(0, Date.parse(at) - options.nowMs));
  const span =
    forecast.low === undefined
      ? ''
      : ` (${ahead(forecast.low)} to ${forecast.high === undefined ? 'never' : ahead(forecast.high)})`;
  const text = `${forecast.limitSource} is full in ${ahead(forecast.exhaustedAt)}${span} at ${formatByteRate(forecast.bytesPerSecond ?? 0)}; then ${forecast.consequence}.`;
  return wrapText(plainText(text), options.width - 4).map((line) => `  ${paint.rate(line)}`);
}

function gaps(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  const looked = result.looked.map(
    (log) => `${log.source}${log.from === undefined ? '' : ` (from ${stamp(log.from)})`}`,
  );
  return [
    ...(looked.length === 0 ? [] : ['', paint.faint(plainText(`Looked into ${looked.join(', ')}.`))]),
    ...(result.notFound.length === 0 ? [] : ['', paint.doubt('Not seen')]),
    ...result.notFound.flatMap((gap) => [
      ...wrapText(plainText(`${gap.where}: ${gap.why}`), options.width - 2).map((line) => `  ${line}`),
      `    ${paint.fix(plainText(gap.how))}`,
    ]),
  ];
}

function warnings(result: OomResult, options: OomTextOptions, paint: Paint): string[] {
  const counted = result.counted.map((one) => `${one.where} counts ${one.kills} kill${one.kills === 1 ? '' : 's'}`);
  const notes = [...counted, ...result.warnings];
  if (notes.length === 0) return [];
  return [
    '',
    ...notes.flatMap((text) =>
      wrapText(plainText(text), options.width - 6).map((line, index) =>
        paint.faint(`${index === 0 ? 'note: ' : '      '}${line}`),
      ),
    ),
  ];
}

/** `2026-11-23 22:01:45 UTC` */
function stamp(at: string): string {
  return `${at.slice(0, 19).replace('T', ' ')} UTC`;
}

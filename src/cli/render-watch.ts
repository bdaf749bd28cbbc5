// A recording on the terminal: a picture that is redrawn, and plain lines for logs. Pure: from the status to text.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { sparkline } from '../base/sparkline.ts';
import type { GrowthEstimate } from '../model/growth.ts';
import type { RecordedEvent } from '../model/recording.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import type { RecorderStatus } from '../worker/status.ts';

export interface WatchLook {
  readonly color: boolean;
  readonly width: number;
}

const mostFindings = 4;
const mostEvents = 6;

interface Row {
  readonly name: string;
  readonly label: string;
  readonly value: (value: number) => string;
  readonly rate: (perSecond: number) => string;
}

const rows: readonly Row[] = [
  { name: 'rss', label: 'resident', value: formatBytes, rate: formatByteRate },
  { name: 'heap-live', label: 'live heap', value: formatBytes, rate: formatByteRate },
  { name: 'goroutines', label: 'goroutines', value: formatCount, rate: formatCountRate },
];

/** Lines of at most `width` characters. */
export function renderWatchPicture(status: RecorderStatus, { color, width }: WatchLook): readonly string[] {
  const paint = createPaint(color);
  const within = (text: string): string => shortened(text, width);
  const graphWidth = width < 100 ? 12 : 32;
  const label = (text: string): string => `  ${text.padEnd(11)}`;
  const inner = width - 13;
  const cut = (text: string): string => shortened(text, inner);
  return [
    paint.strong(within(headline(status))),
    ...rows.flatMap(({ name, label: title, value, rate }) => {
      const now = status.latest.get(name);
      if (now === undefined) return [];
      const graph = sparkline(status.history.get(name) ?? [], graphWidth).padEnd(graphWidth);
      const before = `${label(title)}${value(now).padEnd(10)} `;
      const growth = growthText(status.growth.get(name), rate);
      const room = width - before.length - graphWidth - 1;
      const paintGrowth = status.growth.get(name)?.shape === 'growing' ? paint.rate : paint.faint;
      return [`${before}${paint.graph(graph)} ${paintGrowth(shortened(growth, room))}`];
    }),
    ...optional(limitText(status), (text) => `${label('limit')}${cut(text)}`),
    ...verdictLines(status, paint).map((line, at) => `${label(at === 0 ? 'verdict' : '')}${line(cut)}`),
    `${label('kept')}${cut(keptText(status))}`,
    ...(status.state === 'recording' ? [] : [`${label('')}${paint.doubt(cut(stateText(status)))}`]),
    ...status.events
      .slice(-mostEvents)
      .map((event) => paint.faint(`  ${within(eventText(event)).slice(0, width - 2)}`)),
  ];
}

/** For a log: the same in one line. */
export function renderWatchLine(status: RecorderStatus): string {
  const parts = [
    `${formatDuration(status.elapsedMs)}`,
    status.state === 'recording' ? undefined : stateText(status),
    ...rows.flatMap(({ name, label, value, rate }) => {
      const now = status.latest.get(name);
      if (now === undefined) return [];
      const growth = status.growth.get(name);
      return [`${label} ${value(now)}${growth?.shape === 'growing' ? ` +${rate(growth.perSecond)}` : ''}`];
    }),
    limitText(status),
    status.report === undefined ? undefined : `${status.report.verdict}: ${plainText(status.report.summary)}`,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

export function eventText({ atMs, untilMs, message }: RecordedEvent): string {
  const time = (ms: number): string => new Date(ms).toISOString().slice(11, 19);
  return `${time(atMs)}${untilMs === undefined ? '' : `–${time(untilMs)}`} ${plainText(message)}`;
}

function headline(status: RecorderStatus): string {
  const { target, elapsedMs, remainingMs, incarnation, caseId } = status;
  return [
    target.label,
    target.pid === undefined || target.label.includes(String(target.pid)) ? undefined : `pid ${target.pid}`,
    target.build?.goVersion,
    `recording for ${formatDuration(elapsedMs)}${remainingMs === undefined ? '' : `, ${formatDuration(remainingMs)} to go`}`,
    incarnation === 0 ? undefined : `start ${incarnation + 1} of it`,
    `case ${caseId}`,
  ]
    .filter((part) => part !== undefined)
    .join(' · ');
}

function growthText(growth: GrowthEstimate | undefined, rate: (perSecond: number) => string): string {
  if (growth === undefined) return '';
  if (growth.shape !== 'growing') return growth.shape === 'unclear' ? (growth.why ?? 'unclear') : growth.shape;
  return `+${rate(growth.perSecond)} (${rate(growth.perSecondLow)} to ${rate(growth.perSecondHigh)})`;
}

const shortened = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1))}${length > 0 ? '…' : ''}`;

function limitText({ limit, atMs }: RecorderStatus): string | undefined {
  if (limit === undefined) return undefined;
  const { name, limitBytes, usedBytes } = limit.limit;
  const used = usedBytes === undefined ? '' : `${Math.round((usedBytes / limitBytes) * 100)} % of `;
  const when =
    limit.exhaustedAtMs === undefined
      ? ''
      : `, full in ${formatDuration(Math.max(0, limit.exhaustedAtMs - atMs))} at this rate${
          limit.earliestMs === undefined
            ? ''
            : ` (${formatDuration(Math.max(0, limit.earliestMs - atMs))} at the earliest)`
        }`;
  return `${used}${formatBytes(limitBytes)} (${plainText(name)})${when}`;
}

/** Cut before they are painted. */
function verdictLines(
  { report }: RecorderStatus,
  paint: Paint,
): readonly ((cut: (text: string) => string) => string)[] {
  if (report === undefined) return [(cut) => paint.faint(cut('none yet: a few profiles are needed'))];
  const mark = { leak: paint.rate, clear: paint.fix, inconclusive: paint.doubt }[report.verdict];
  return [
    (cut) => mark(cut(`${report.verdict}: ${plainText(report.summary)}`)),
    ...report.findings.slice(0, mostFindings).map((finding) => {
      const { bytesPerSecond, low, high } = finding.growth;
      const where = finding.site.file === '' ? '' : ` · ${finding.site.file.split('/').at(-1)}:${finding.site.line}`;
      const speed = `+${formatByteRate(bytesPerSecond)} (${formatByteRate(low)} to ${formatByteRate(high)})`;
      return (cut: (text: string) => string) =>
        cut(`${finding.certainty} · ${plainText(finding.title)}${plainText(where)} · ${speed}`);
    }),
  ];
}

function keptText({ captures, profiles, storeBytes, cost }: RecorderStatus): string {
  const store = storeBytes === undefined ? '' : `, ${formatBytes(storeBytes)} on disk`;
  return `${formatCount(captures)} looks, ${formatCount(profiles)} of them with profiles${store} · the target answered ${formatCount(cost.requests)} requests, ran ${formatCount(cost.forcedGcs)} forced GCs, stood still for ${Math.round(cost.pausedMs)} ms`;
}

function stateText({ state }: RecorderStatus): string {
  if (state === 'target-silent') return 'its endpoint does not answer';
  return state === 'target-away' ? 'the target does not answer' : 'the disk is full: nothing is kept';
}

const optional = <T>(value: T | undefined, make: (value: T) => string): string[] =>
  value === undefined ? [] : [make(value)];

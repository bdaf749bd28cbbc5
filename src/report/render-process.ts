// The operating system's side of a report in a few lines of text: where resident memory goes, the limit that comes next,
// earlier OOM kills.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import { ledgerRows } from './ledger-rows.ts';
import type { Paint } from './paint.ts';
import type { Report, ReportForecast } from './report.ts';

const barWidth = 16;
/** Farther ahead nothing stays as it is. */
const dayMs = 86_400_000;
const farMs = 30 * dayMs;

export function processBlock(report: Report, width: number, paint: Paint): string[] {
  const { ledger } = report;
  const lines: string[] = [];
  if (ledger !== undefined)
    lines.push(
      ...ledgerRows(ledger).map((row, at) => {
        const bar = paint.graph('█'.repeat(Math.round(row.share * barWidth)).padEnd(barWidth, '·'));
        const growth = row.bytesPerSecond === undefined ? '' : paint.rate(` +${formatByteRate(row.bytesPerSecond)}`);
        const lead = at === 0 ? 'of it' : '';
        return `  ${lead.padEnd(9)}  ${row.name.padEnd(18)}${formatBytes(row.bytes).padStart(10)}  ${bar}${growth}`;
      }),
    );
  const forecast = forecastLine(report);
  const oom = oomLine(report);
  return [...lines, ...labelled('limit', forecast, width), ...labelled('OOM kills', oom, width)];
}

function labelled(label: string, text: string | undefined, width: number): string[] {
  if (text === undefined) return [];
  return wrapText(text, width - 14).map((line, at) => `  ${(at === 0 ? label : '').padEnd(11)}${line}`);
}

/** One line: the limit, and when it is met at this rate. */
export function forecastLine(report: Report): string | undefined {
  const { window } = report;
  // What grows without leaking stops: a date would frighten for nothing.
  const forecast = report.verdict === 'clear' ? withoutDates(report.forecast) : report.forecast;
  if (forecast === undefined) return undefined;
  const now = Date.parse(window.to);
  const hard = limitText(forecast, now);
  const slow = forecast.softLimit === undefined ? undefined : limitText(forecast.softLimit, now);
  const soft =
    forecast.softLimit?.exhaustedAt === undefined
      ? slow
      : `${slow}, then collections take ever more of the CPU (up to half) while memory looks flat, until what lives passes it`;
  return hard === undefined && soft === undefined
    ? undefined
    : plainText([soft, hard].filter((part) => part !== undefined).join('; '));
}

function withoutDates(forecast: ReportForecast | undefined): ReportForecast | undefined {
  if (forecast === undefined) return undefined;
  const { exhaustedAt: _, low: _low, high: _high, softLimit, ...rest } = forecast;
  const soft = softLimit === undefined ? undefined : withoutDates(softLimit);
  return soft === undefined ? rest : { ...rest, softLimit: soft };
}

/** The machine's memory is worth a word only when it comes near. */
function limitText(limit: Omit<ReportForecast, 'softLimit'>, nowMs: number): string | undefined {
  const when = whenText(limit, nowMs);
  const ofHost = limit.limitSource.startsWith('host');
  if (when === undefined && ofHost) return undefined;
  if (ofHost && Date.parse(limit.exhaustedAt ?? '') - nowMs > dayMs) return undefined;
  const of = limit.usedBytes === undefined ? '' : `${formatBytes(limit.usedBytes)} of `;
  return `${of}${formatBytes(limit.limitBytes)} (${limit.limitSource})${when === undefined ? '' : `, full in ${when} at this rate`}`;
}

function whenText({ exhaustedAt, low, high }: Omit<ReportForecast, 'softLimit'>, nowMs: number): string | undefined {
  if (exhaustedAt === undefined) return undefined;
  const until = (iso: string): number => Math.max(0, Date.parse(iso) - nowMs);
  if (until(exhaustedAt) > farMs) return undefined;
  const text = formatDuration(until(exhaustedAt));
  const from = low === undefined ? text : formatDuration(until(low));
  const to = high === undefined || until(high) > farMs ? 'never' : formatDuration(until(high));
  return from === to ? text : `${text} (${from} to ${to})`;
}

export function oomLine({ oom, window }: Report): string | undefined {
  const [last] = oom ?? [];
  if (oom === undefined || last === undefined) return undefined;
  const ago =
    last.at === undefined
      ? ''
      : `, last ${formatDuration(Math.max(0, Date.parse(window.to) - Date.parse(last.at)))} ago`;
  const limit = last.limitBytes === undefined ? '' : ` at the limit of ${formatBytes(last.limitBytes)}`;
  const same = last.matchedBy === 'name' ? ` (a process named ${last.comm})` : '';
  return plainText(`${oom.length === 1 ? 'once' : `${oom.length} times`}${ago}${limit}${same}; ${last.holder}`);
}

// The operating system's side of a report in a few lines of text: where resident memory goes, the limit that comes next,
// earlier OOM kills.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { ledgerRows } from './ledger-rows.ts';
import type { Paint } from './paint.ts';
import type { Report, ReportForecast } from './report.ts';

const barWidth = 16;
/** Farther ahead nothing stays as it is. */
const farMs = 30 * 86_400_000;

export function processBlock(report: Report, paint: Paint): string[] {
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
  if (forecast !== undefined) lines.push(`  ${'limit'.padEnd(11)}${forecast}`);
  const oom = oomLine(report);
  if (oom !== undefined) lines.push(`  ${'OOM kills'.padEnd(11)}${oom}`);
  return lines;
}

/** One line: the limit, and when it is met at this rate. */
export function forecastLine({ forecast, window, verdict }: Report): string | undefined {
  if (forecast === undefined) return undefined;
  const soft = forecast.softLimit;
  const now = Date.parse(window.to);
  const when = whenText(forecast, now);
  // A limit that nothing comes near is worth a line only when it is the process's own.
  if (when === undefined && (forecast.limitSource.startsWith('host') || verdict === 'clear') && soft === undefined)
    return undefined;
  const of = forecast.usedBytes === undefined ? '' : `${formatBytes(forecast.usedBytes)} of `;
  const parts = [
    `${of}${formatBytes(forecast.limitBytes)} (${forecast.limitSource})`,
    when === undefined ? undefined : `full in ${when} at this rate: ${forecast.consequence}`,
  ];
  if (soft !== undefined) {
    const softWhen = whenText(soft, now);
    parts.push(
      `GOMEMLIMIT ${formatBytes(soft.limitBytes)}${softWhen === undefined ? '' : ` in ${softWhen}: then the collector runs ever more often`}`,
    );
  }
  return plainText(parts.filter((part) => part !== undefined).join('; '));
}

function whenText({ exhaustedAt, low, high }: Omit<ReportForecast, 'softLimit'>, nowMs: number): string | undefined {
  if (exhaustedAt === undefined) return undefined;
  const until = (iso: string): number => Math.max(0, Date.parse(iso) - nowMs);
  if (until(exhaustedAt) > farMs) return undefined;
  const from = low === undefined ? undefined : formatDuration(until(low));
  const to = high === undefined || until(high) > farMs ? 'never' : formatDuration(until(high));
  return `${formatDuration(until(exhaustedAt))}${from === undefined ? '' : ` (${from} to ${to})`}`;
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

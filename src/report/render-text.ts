// The report for a terminal. An engineer who was woken reads the first block and knows: leak or not, how fast, where.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import { sparkline } from '../base/sparkline.ts';
import { wrapText } from '../base/wrap-text.ts';
import { createPaint, type Paint } from './paint.ts';
import { functionText, placeText } from './place.ts';
import { renderFinding } from './render-finding.ts';
import { processBlock } from './render-process.ts';
import type { Report, ReportTotal } from './report.ts';
import type { TextOptions } from './text-options.ts';

export function renderText(report: Report, options: TextOptions): string {
  const paint = createPaint(options.color);
  const findings = report.findings.slice(0, options.top);
  const lines = [
    ...verdictBlock(report, options, paint),
    ...totalsBlock(report, paint),
    ...processBlock(report, options.width, paint),
    ...findings.flatMap((finding, index) => ['', ...renderFinding(finding, index + 1, report, options, paint)]),
    ...moreFindings(report, options.top),
    ...growthBlock(report, options, paint),
    ...openBlock(report, options, paint),
    ...clearBlock(report, options, paint),
    ...warningBlock(report, options, paint),
    ...costBlock(report, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  const badge = {
    leak: paint.alarm(' LEAK '),
    clear: paint.good(' CLEAR '),
    inconclusive: paint.doubt(' INCONCLUSIVE '),
  }[report.verdict];
  const { target } = report;
  const about = [
    target.label,
    target.pid === undefined || target.label.includes(String(target.pid)) ? undefined : `pid ${target.pid}`,
    target.module,
    target.goVersion,
  ].filter((part) => part !== undefined);
  const [first = '', ...rest] = wrapText(plainText(report.summary), options.width - 16);
  return [
    `${badge} ${paint.strong(first)}`,
    ...rest.map((line) => `       ${paint.strong(line)}`),
    paint.faint(`       ${plainText(about.join(' · '))}`),
  ];
}

const totalNames: Readonly<Record<ReportTotal['what'], string>> = {
  'live-heap': 'live heap',
  goroutines: 'goroutines',
  rss: 'resident',
  threads: 'threads',
  'open-files': 'open files',
};

function totalsBlock(report: Report, paint: Paint): string[] {
  if (report.totals.length === 0) return [];
  return [
    '',
    ...report.totals.map((total) => {
      const number = total.unit === 'bytes' ? formatBytes : formatCount;
      const rate = total.unit === 'bytes' ? formatByteRate : formatCountRate;
      const moves = total.shape === 'growing' || total.shape === 'falling';
      const span = `${number(total.first)} → ${number(total.last)}`;
      const tail = moves ? ` ${total.perSecond > 0 ? '+' : ''}${rate(total.perSecond)}` : ` ${total.shape}`;
      return `  ${totalNames[total.what].padEnd(11)}${span.padEnd(24)}${paint.graph(sparkline(total.values).padEnd(25))}${moves ? paint.rate(tail) : paint.faint(tail)}`;
    }),
  ];
}

function moreFindings(report: Report, top: number): string[] {
  const more = report.findings.length - top;
  return more > 0 ? ['', `… and ${more} more finding${more === 1 ? '' : 's'} (--top ${report.findings.length}).`] : [];
}

/** What grew most, when no finding tells it already, or on request. */
function growthBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  if (report.findings.length > 0 && !options.verbose) return [];
  const rows = report.growth.filter((row) => row.delta > 0).slice(0, options.top);
  if (rows.length === 0) return largestBlock(report, options, paint);
  return [
    '',
    paint.title('What grew most'),
    ...rows.map((row) => {
      const amount = row.kind === 'go-heap' ? formatBytes(row.delta) : `${formatCount(row.delta)} goroutines`;
      return `  ${`+${amount}`.padStart(16)}  ${row.shape.padEnd(8)} ${functionText(row.function)} ${paint.faint(placeText(row, options.cwd))}`;
    }),
  ];
}

/** Where nothing grew, as a single capture cannot show it: what there is most of. */
function largestBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  if (report.verdict !== 'inconclusive') return [];
  const rows = report.growth.filter((row) => row.last > 0).sort((a, b) => b.last - a.last);
  if (rows.length === 0) return [];
  return [
    '',
    paint.title('What there is most of'),
    ...rows.slice(0, options.top).map((row) => {
      const amount = row.kind === 'go-heap' ? formatBytes(row.last) : `${formatCount(row.last)} goroutines`;
      return `  ${amount.padStart(16)}  ${functionText(row.function)} ${paint.faint(placeText(row, options.cwd))}`;
    }),
  ];
}

function openBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  const shown = options.verbose ? report.inconclusive : report.inconclusive.filter((s) => s.rule.startsWith('total-'));
  if (shown.length === 0) return [];
  return [
    '',
    paint.title('Not settled'),
    ...shown.flatMap((statement) => [
      ...hanging(
        `  ? `,
        `${statement.rule.startsWith('total-') ? '' : `${statement.rule}: `}${statement.why}`,
        options.width,
      ),
      ...hanging('    → ', statement.whatWouldSettleIt, options.width),
    ]),
  ];
}

function clearBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  const shown = options.verbose
    ? report.clear
    : report.clear.filter(
        (statement) =>
          statement.examined > 0 && (notable.has(statement.rule) || statement.rule === report.ledger?.branch.kind),
      );
  if (shown.length === 0) return [];
  return [
    '',
    paint.title('Not a leak'),
    ...shown.flatMap((s) => hanging('  ✓ ', `${s.rule}: ${s.why}`, options.width)),
  ];
}

/** Look-alikes are worth a word without asking: they explain growth that the reader has seen on a dashboard. */
const notable = new Set(['warming-cache', 'burst', 'malloc-arenas', 'page-cache', 'memory-limit', 'fragmentation']);

function warningBlock(report: Report, options: TextOptions, paint: Paint): string[] {
  if (report.warnings.length === 0) return [];
  const shown = options.verbose ? report.warnings : report.warnings.slice(0, 5);
  const more = report.warnings.length - shown.length;
  return [
    '',
    ...shown.flatMap((warning) => hanging(paint.doubt('  ! '), warning, options.width)),
    ...(more > 0 ? [`    … and ${more} more (--verbose)`] : []),
  ];
}

function costBlock({ cost, window }: Report, paint: Paint): string[] {
  if (cost === undefined) return [];
  return [
    '',
    paint.faint(
      `  ${window.captures} captures, ${cost.requests} requests, ${formatBytes(cost.bytesReceived)}, ${cost.forcedGcs} forced garbage collections`,
    ),
  ];
}

function hanging(lead: string, text: string, width: number): string[] {
  return wrapText(plainText(text), width - 6).map((line, i) => (i === 0 ? `${lead}${line}` : `    ${line}`));
}

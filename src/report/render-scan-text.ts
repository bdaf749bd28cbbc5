// A scan for people and for editors that read compilers: `file:line:column: message (rule)`, then what was scanned.
// Columns are bytes, as the Go compiler and go vet print them (go/token, Position.Column).
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { createPaint } from './paint.ts';
import type { MeasuredGrowth, ScanReport, ScanReportHit } from './scan-report.ts';

export interface ScanTextOptions {
  readonly color: boolean;
  /** Show all notes, and what is accepted. */
  readonly verbose: boolean;
}

const mostNotes = 5;

export function renderScanText(report: ScanReport, options: ScanTextOptions): string {
  const paint = createPaint(options.color);
  const lines: string[] = [];
  const write = (hit: ScanReportHit, suffix = ''): void => {
    lines.push(
      `${paint.strong(`${plainText(hit.file)}:${hit.line}:${hit.byteColumn}:`)} ${plainText(hit.message)} ${paint.role(`(${hit.rule})`)}${suffix}`,
    );
    if (hit.text !== '') lines.push(`    ${paint.faint(plainText(hit.text))}`);
    if (hit.measured !== undefined) lines.push(`    ${paint.guilty(measuredText(hit.measured))}`);
    for (const place of hit.related)
      lines.push(`    ${plainText(place.file)}:${place.line}:${place.byteColumn}: ${plainText(place.message)}`);
  };
  for (const hit of report.hits) write(hit);
  if (options.verbose)
    for (const { hit, by, reason } of report.accepted)
      write(hit, ` accepted by ${by}${reason === '' ? '' : `: ${plainText(reason)}`}`);
  if (report.hits.length > 0) lines.push('');

  const shown = options.verbose ? report.notes : report.notes.slice(0, mostNotes);
  for (const { file, line, message } of shown)
    lines.push(`${paint.faint('note:')} ${plainText(file)}${line > 0 ? `:${line}` : ''} ${plainText(message)}`);
  if (shown.length < report.notes.length)
    lines.push(`${paint.faint('note:')} ${report.notes.length - shown.length} more (--verbose)`);
  lines.push(...summary(report));
  return `${lines.join('\n')}\n`;
}

function summary(report: ScanReport): string[] {
  const { hits, scanned, skipped, accepted, rules } = report;
  const lines = [
    `${hits.length === 0 ? 'no possible leak' : `${formatCount(hits.length)} possible ${hits.length === 1 ? 'leak' : 'leaks'}`} in ${counted(scanned.packages, 'package')}, ${counted(scanned.files, 'file')}, ${formatCount(scanned.lines)} lines (${formatBytes(scanned.bytes)}), by ${counted(rules.filter((rule) => rule.ran).length, 'rule')}, in ${formatDuration(scanned.durationMs)}`,
  ];
  if (!scanned.complete) lines.push('interrupted: not all packages were scanned');
  const left = Object.entries(skipped).map(([reason, count]) => `${formatCount(count)} ${skipWords[reason] ?? reason}`);
  if (left.length > 0) lines.push(`left out: ${left.join(', ')}`);
  for (const by of ['comment', 'baseline'] as const) {
    const count = accepted.filter((one) => one.by === by).length;
    if (count > 0) lines.push(`accepted by ${by === 'comment' ? 'comments' : 'the baseline'}: ${formatCount(count)}`);
  }
  if (hits.length > 0) {
    const ids = [...new Set(hits.map((hit) => hit.rule))];
    lines.push(...ids.slice(0, 3).map((id) => `leakline explain ${id}`));
    if (report.measuredWith === undefined)
      lines.push(
        'A scan sees what may leak; what does leak shows at run time: leakline <target> --source DIR, or --with x.leakline',
      );
  }
  return lines;
}

const skipWords: Readonly<Record<string, string>> = {
  generated: 'generated files (--generated)',
  test: 'test files (--tests)',
  'build-constraint': 'files of other builds (--goos, --goarch, --tags)',
  vendor: 'vendor directories (--vendor)',
  testdata: 'testdata directories (--testdata)',
  'too-large': 'files that are too large',
  unreadable: 'files that cannot be read',
};

export function measuredText({ bytesPerSecond, countPerSecond, finding }: MeasuredGrowth): string {
  const parts = [
    bytesPerSecond === undefined ? '' : `grew by ${formatBytes(bytesPerSecond)}/s when it was measured`,
    countPerSecond === undefined
      ? ''
      : `${countPerSecond.toFixed(countPerSecond < 10 ? 1 : 0)} goroutines/s when it was measured`,
    finding === undefined ? '' : `found as ${finding}`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const counted = (count: number, what: string): string => `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;

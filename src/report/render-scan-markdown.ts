// A scan as Markdown, for a pull request's comment or a job's summary.
import { formatCount } from '../base/format-count.ts';
import { markdownCell } from './markdown-cell.ts';
import { measuredText } from './render-scan-text.ts';
import type { ScanReport } from './scan-report.ts';

export function renderScanMarkdown(report: ScanReport): string {
  const { hits, scanned } = report;
  const head = `## leakline scan: ${hits.length === 0 ? 'no possible leak' : `${hits.length} possible ${hits.length === 1 ? 'leak' : 'leaks'}`}`;
  const rows = hits.map((hit) => {
    const measured = hit.measured === undefined ? '' : `; ${measuredText(hit.measured)}`;
    return `| ${markdownCell(`${hit.file}:${hit.line}`)} | ${hit.rule} | ${markdownCell(`${hit.message}${measured}`)} | ${markdownCell(hit.text)} |`;
  });
  const lines = [
    head,
    '',
    ...(rows.length === 0 ? [] : ['| place | rule | what | line |', '|---|---|---|---|', ...rows, '']),
    `${formatCount(scanned.packages)} packages, ${formatCount(scanned.files)} files, ${formatCount(scanned.lines)} lines${scanned.complete ? '' : '; interrupted, not all were scanned'}.`,
    ...(report.accepted.length === 0 ? [] : [`${report.accepted.length} accepted.`]),
    ...report.notes.map(
      ({ file, line, message }) => `- note: ${markdownCell(`${file}${line > 0 ? `:${line}` : ''} ${message}`)}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

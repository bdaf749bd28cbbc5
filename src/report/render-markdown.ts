// The report for pasting into an issue or a pull request.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { sparkline } from '../base/sparkline.ts';
import type { Finding } from '../diagnosis/finding.ts';
import { ledgerRows } from './ledger-rows.ts';
import { markdownCell as cell } from './markdown-cell.ts';
import { functionText, placeText } from './place.ts';
import { forecastLine, oomLine } from './render-process.ts';
import type { Report } from './report.ts';

/** GitHub takes 65,536 characters: these bounds stay below half of it. */
const mostFindings = 8;
const mostInSight = 5;
const mostFolded = 60;

export function renderMarkdown(report: Report): string {
  const { target } = report;
  const lines = [
    `## ${report.verdict === 'leak' ? '🔴 Leak' : report.verdict === 'clear' ? '🟢 Clear' : '🟡 Inconclusive'}: ${cell(target.label)}`,
    '',
    cell(report.summary),
    '',
    ...totalsTable(report),
    ...processLines(report),
    ...report.findings.slice(0, mostFindings).flatMap((finding, index) => findingLines(finding, index + 1, report)),
    ...folded(
      (count) => `${count} more findings`,
      report.findings.slice(mostFindings).map(({ title, rule, certainty }) => `${title} (\`${rule}\`, ${certainty})`),
    ),
    ...list(
      'Not settled',
      report.inconclusive.filter((s) => s.rule.startsWith('total-')).map((s) => `${s.why} → ${s.whatWouldSettleIt}`),
    ),
    ...(report.warnings.length > mostInSight
      ? folded((count) => `${count} warnings`, report.warnings)
      : list('Warnings', report.warnings)),
    `<sub>leakline ${report.tool.version} · ${target.goVersion ?? 'Go version unknown'} · ${report.window.captures} captures from ${report.window.from} to ${report.window.to}</sub>`,
  ];
  return `${lines.join('\n')}\n`;
}

function totalsTable(report: Report): string[] {
  if (report.totals.length === 0) return [];
  return [
    '| | start | end | trend | rate |',
    '|---|---|---|---|---|',
    ...report.totals.map((total) => {
      const bytes = total.unit === 'bytes';
      const number = bytes ? formatBytes : formatCount;
      return `| ${total.what} | ${number(total.first)} | ${number(total.last)} | ${sparkline(total.values)} ${total.shape} | ${bytes ? formatByteRate(total.perSecond) : formatCountRate(total.perSecond)} |`;
    }),
    '',
  ];
}

function processLines(report: Report): string[] {
  const { ledger } = report;
  const rows = ledger === undefined ? [] : ledgerRows(ledger);
  const limit = forecastLine(report);
  const oom = oomLine(report);
  return [
    ...(rows.length === 0
      ? []
      : [
          '| resident memory | size | share | grows |',
          '|---|---|---|---|',
          ...rows.map(
            (row) =>
              `| ${row.name} | ${formatBytes(row.bytes)} | ${Math.round(row.share * 100)} % | ${row.bytesPerSecond === undefined ? '' : formatByteRate(row.bytesPerSecond)} |`,
          ),
          '',
        ]),
    ...(limit === undefined ? [] : [`**Limit** ${cell(limit)}`, '']),
    ...(oom === undefined ? [] : [`**OOM kills** ${cell(oom)}`, '']),
  ];
}

function findingLines(finding: Finding, number: number, report: Report): string[] {
  const snippet = report.snippets.find(({ file, line }) => file === finding.site.file && line === finding.site.line);
  return [
    `### ${number}. ${cell(finding.title)}`,
    '',
    `\`${finding.rule}\` · **${finding.certainty}** (${finding.confidence.toFixed(2)}) · ${finding.permanence} · ${formatByteRate(finding.growth.bytesPerSecond)}`,
    '',
    ...finding.sites.map((site) => `- ${site.role}: \`${placeText(site, '')}\` ${cell(functionText(site.function))}`),
    ...(finding.holder === undefined
      ? []
      : [`- held by: ${cell([finding.holder.root, ...finding.holder.path].join(' → '))}`]),
    '',
    ...(snippet === undefined
      ? []
      : [
          '```go',
          ...snippet.lines.map(
            ({ line, text }) => `${line === snippet.line ? '>' : ' '} ${line}  ${text.replaceAll('```', "'''")}`,
          ),
          '```',
          '',
        ]),
    `**Why** ${finding.advice.why}`,
    '',
    `**Fix** ${finding.advice.fix}`,
    '',
  ];
}

function list(title: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`### ${title}`, '', ...items.map((item) => `- ${cell(item)}`), ''];
}

/** Out of sight until somebody wants it. */
function folded(title: (count: number) => string, items: readonly string[]): string[] {
  if (items.length === 0) return [];
  const more = items.length - mostFolded;
  return [
    `<details><summary>${title(items.length)}</summary>`,
    '',
    ...items.slice(0, mostFolded).map((item) => `- ${cell(item)}`),
    ...(more > 0 ? [`- … and ${more} more`] : []),
    '',
    '</details>',
    '',
  ];
}

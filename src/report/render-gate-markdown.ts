// The report of a gate for a pull request or a job summary.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { sparkline } from '../base/sparkline.ts';
import type { GateFinding, GateReport, GateTrend } from './gate-report.ts';
import { markdownCell as cell } from './markdown-cell.ts';
import { functionText, placeText } from './place.ts';
import { heapQuestion } from './render-gate-text.ts';

const names = { leak: '🔴 Leak', clear: '🟢 Clear', inconclusive: '🟡 Inconclusive' } as const;

/** Paths below `cwd` are shown relative to it. */
export function renderGateMarkdown(report: GateReport, cwd: string): string {
  const open = [
    ...report.packages.flatMap((one) => [
      ...(one.heap?.shape === 'unclear' ? [`${one.importPath}: ${heapQuestion(one.heap)}`] : []),
      ...one.notes.map((note) => `${one.importPath}: ${note}`),
    ]),
    ...report.notes,
  ];
  const lines = [
    `## leakline gate: ${names[report.verdict]}`,
    '',
    cell(report.summary),
    '',
    ...(report.findings.length === 0 ? [] : findingTable(report.findings, cwd)),
    ...(report.cycles === undefined ? [] : trendTable(report.cycles.trends)),
    ...(report.cycles?.exceeded ?? []).map((line) => `- ✗ ${cell(line)}`),
    ...(open.length === 0 ? [] : ['### Not settled', '', ...open.map((line) => `- ${cell(line)}`), '']),
    `<sub>leakline ${report.tool.version} · ${cell(report.command)}</sub>`,
  ];
  return `${lines.join('\n')}\n`;
}

function findingTable(findings: readonly GateFinding[], cwd: string): string[] {
  return [
    '| | what | test | where | certainty |',
    '|---|---|---|---|---|',
    ...findings.map(
      (one) =>
        `| ${one.verdict === 'leak' ? '🔴' : '🟡'} | ${cell(one.title)} | ${cell(one.tests.join(', '))} | ${cell(placeText(one.site, cwd))} ${cell(functionText(one.site.function))} | ${one.certainty} |`,
    ),
    '',
    ...findings.flatMap((one) => [
      `- **${cell(one.title)}**: ${cell(one.why)} ${one.verdict === 'leak' ? cell(one.fix) : cell(one.whatWouldSettleIt ?? '')}`,
    ]),
    '',
  ];
}

function trendTable(trends: readonly GateTrend[]): string[] {
  return [
    '| | first | last | trend | a cycle |',
    '|---|---|---|---|---|',
    ...trends.map((trend) => {
      const number = trend.unit === 'bytes' ? formatBytes : formatCount;
      return `| ${trend.what} | ${number(trend.values[0] ?? 0)} | ${number(trend.values.at(-1) ?? 0)} | ${sparkline([...trend.values])} ${trend.shape} | ${number(trend.perRound)} |`;
    }),
    '',
  ];
}

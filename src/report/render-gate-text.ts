// The report of a gate for a terminal or a CI log: verdict, findings with test and line, what was not settled.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import { plural } from '../base/plural.ts';
import { sparkline } from '../base/sparkline.ts';
import { wrapText } from '../base/wrap-text.ts';
import type { GateFinding, GatePackage, GateReport, GateTrend } from './gate-report.ts';
import { createPaint, type Paint } from './paint.ts';
import { functionText, placeText } from './place.ts';
import type { TextOptions } from './text-options.ts';

export function renderGateText(report: GateReport, options: TextOptions): string {
  const paint = createPaint(options.color);
  const badge = {
    leak: paint.alarm(' LEAK '),
    clear: paint.good(' CLEAR '),
    inconclusive: paint.doubt(' INCONCLUSIVE '),
  }[report.verdict];
  const shown = report.findings.slice(0, options.top);
  const more = report.findings.length - shown.length;
  const lines = [
    `${badge} ${paint.strong(plainText(report.summary))}`,
    paint.faint(`       ${plainText(report.command)}`),
    ...cycleLines(report, paint),
    ...shown.flatMap((finding, index) => ['', ...findingLines(finding, index + 1, options, paint)]),
    ...(more > 0 ? ['', `… and ${plural(more, 'more finding')} (--top ${report.findings.length})`] : []),
    ...openLines(report, options, paint),
    ...packageLines(report, options, paint),
    ...(report.notes.length === 0 ? [] : ['']),
    ...report.notes.flatMap((note) => hanging(paint.doubt('  ! '), note, options.width)),
  ];
  return `${lines.join('\n')}\n`;
}

function cycleLines({ cycles }: GateReport, paint: Paint): string[] {
  if (cycles === undefined) return [];
  return [
    '',
    ...cycles.trends.map((trend) => `  ${trendText(trend, paint, 'cycle')}`),
    ...cycles.exceeded.map((line) => `  ${paint.guilty('✗')} ${plainText(line)}`),
  ];
}

/** `live heap   1.2 MiB → 3.4 MiB  ▁▂▃▅  +500 KiB a cycle (480 KiB … 520 KiB)`. */
function trendText(trend: GateTrend, paint: Paint, round: string): string {
  const number = trend.unit === 'bytes' ? formatBytes : formatCount;
  const name = { 'live-heap': 'live heap', goroutines: 'goroutines', rss: 'resident' }[trend.what];
  const span = `${number(trend.values[0] ?? 0)} → ${number(trend.values.at(-1) ?? 0)}`;
  const interval =
    trend.low === undefined || trend.high === undefined ? '' : ` (${number(trend.low)} … ${number(trend.high)})`;
  const rate = `${trend.perRound >= 0 ? '+' : ''}${number(trend.perRound)} a ${round}${interval}`;
  const tail = trend.shape === 'grows' ? paint.rate(rate) : trend.shape === 'returns' ? 'returns' : `unclear, ${rate}`;
  return `${name.padEnd(11)}${span.padEnd(24)}${paint.graph(sparkline([...trend.values]).padEnd(12))} ${tail}`;
}

function findingLines(finding: GateFinding, number: number, options: TextOptions, paint: Paint): string[] {
  const mark = finding.verdict === 'leak' ? paint.guilty(`${number}.`) : paint.doubt(`${number}?`);
  return [
    `${mark} ${paint.strong(plainText(finding.title))}  ${paint.faint(`${finding.rule} · ${finding.certainty}`)}`,
    ...finding.sites.map(
      (site) =>
        `   ${paint.role(site.role.padEnd(9))} ${placeText(site, options.cwd)}  ${paint.faint(functionText(site.function))}`,
    ),
    ...(finding.tests.length === 0
      ? []
      : [`   ${paint.role('tests'.padEnd(9))} ${plainText(finding.tests.join(', '))}`]),
    ...(finding.package === undefined ? [] : [`   ${paint.role('package'.padEnd(9))} ${plainText(finding.package)}`]),
    ...(finding.heap === undefined ? [] : [`   ${trendText(finding.heap, paint, 'run')}`]),
    ...hanging('   ', finding.why, options.width),
    ...(finding.whatWouldSettleIt === undefined ? [] : hanging('   → ', finding.whatWouldSettleIt, options.width)),
    ...(finding.verdict === 'leak' ? hanging(`   ${paint.fix('fix')} `, finding.fix, options.width) : []),
    ...(options.verbose && finding.goroutines !== undefined
      ? finding.goroutines.stack.map((frame) =>
          paint.faint(`     ${functionText(frame.function)} ${placeText(frame, options.cwd)}`),
        )
      : []),
  ];
}

/** Packages whose answer is open for another reason than a finding. */
function openLines(report: GateReport, options: TextOptions, paint: Paint): string[] {
  const open = report.packages.flatMap((one) => {
    const heap = one.heap?.shape === 'unclear' ? [heapQuestion(one.heap)] : [];
    return [...heap, ...one.notes].map((line) => `${one.importPath}: ${line}`);
  });
  if (open.length === 0) return [];
  const isOpen = report.packages.some((one) => one.heap?.shape === 'unclear' || one.verdict === 'inconclusive');
  return [
    '',
    paint.title(isOpen ? 'Not settled' : 'Notes'),
    ...open.flatMap((line) => hanging('  ? ', line, options.width)),
  ];
}

export function heapQuestion(heap: GateTrend): string {
  const settle = heap.roundsToSettle === undefined ? '' : ` (--rounds ${heap.roundsToSettle} would settle it)`;
  const rate = heap.values.length < 3 ? '' : `, ${formatBytes(heap.perRound)} a run`;
  return `whether the heap returns is not certain: ${heap.why ?? ''}${rate}${settle}`;
}

function packageLines(report: GateReport, options: TextOptions, paint: Paint): string[] {
  const ignored = report.packages.flatMap((one) =>
    one.ignored.map((what) => ({ ...what, importPath: one.importPath })),
  );
  const shown = options.verbose ? ignored : ignored.slice(0, options.top);
  const packages = options.verbose ? report.packages : [];
  return [
    ...(shown.length === 0
      ? []
      : [
          '',
          paint.title('Not a leak'),
          ...shown.flatMap(({ what, count, test, importPath }) =>
            hanging(
              '  ✓ ',
              `${plural(count, 'goroutine')}${test === undefined ? '' : ` of ${test}`} in ${importPath}: ${what}`,
              options.width,
            ),
          ),
          ...(ignored.length > shown.length ? [`    … and ${ignored.length - shown.length} more (--verbose)`] : []),
        ]),
    ...(packages.length === 0 ? [] : ['', paint.title('Packages'), ...packages.map((one) => packageLine(one, paint))]),
  ];
}

function packageLine(one: GatePackage, paint: Paint): string {
  const heap = one.heap === undefined ? '' : `  ${trendText(one.heap, paint, 'run')}`;
  return `  ${one.verdict.padEnd(13)}${plainText(one.importPath)} ${paint.faint(`${one.goVersion}, ${plural(one.rounds, 'run')}`)}${heap}`;
}

function hanging(lead: string, text: string, width: number): string[] {
  return wrapText(plainText(text), width - 6).map((line, i) => (i === 0 ? `${lead}${line}` : `     ${line}`));
}

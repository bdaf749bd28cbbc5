// One finding for a terminal: what and how sure, where (with the source), who holds it, why we say so, what to do.

import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import { sparkline } from '../base/sparkline.ts';
import { wrapText } from '../base/wrap-text.ts';
import type { Evidence, Finding, Holder, Site } from '../diagnosis/finding.ts';
import type { Paint } from './paint.ts';
import { functionText, placeText, typeText } from './place.ts';
import type { Report } from './report.ts';
import type { TextOptions } from './text-options.ts';

const mostSites = 5;
const mostEvidence = 3;

export function renderFinding(
  finding: Finding,
  number: number,
  report: Report,
  options: TextOptions,
  paint: Paint,
): string[] {
  const head = `${number}. ${plainText(finding.title)}`;
  const facts = [
    paint.strong(finding.rule),
    `${finding.certainty} (${finding.confidence.toFixed(2)})`,
    finding.permanence === 'unknown' ? undefined : finding.permanence,
    paint.rate(rateText(finding)),
  ].filter((part) => part !== undefined);
  return [
    ...wrapText(head, options.width).map((line) => paint.strong(line)),
    `   ${facts.join(' · ')}`,
    ...whereLines(finding, report, options, paint),
    ...(finding.holder === undefined ? [] : labelled('held by', holderText(finding.holder), options.width, paint.role)),
    ...evidenceLines(finding.evidence, options, paint),
    ...consequenceLines(finding, report, options, paint),
    ...labelled('why', finding.advice.why, options.width, paint.role),
    ...labelled('fix', finding.advice.fix, options.width, paint.fix),
    ...(options.verbose ? labelled('but', finding.falsePositives, options.width, paint.role) : []),
    paint.faint(`   more: leakline explain ${finding.rule}`),
  ];
}

/** A way of many steps reads like a path: root → field → entry. */
function holderText({ root, path, retainedBytes }: Holder): string {
  const retained = retainedBytes === undefined ? '' : ` · ${formatBytes(retainedBytes)} in all`;
  return `${[root, ...path].map(typeText).join(' → ')}${retained}`;
}

function rateText({ growth, kind }: Finding): string {
  const bytes = `${formatByteRate(growth.bytesPerSecond)} (${formatByteRate(Math.max(0, growth.low))} to ${formatByteRate(growth.high)})`;
  if (growth.objectsPerSecond === undefined) return bytes;
  const what = kind === 'go-heap' ? 'objects' : 'goroutines';
  return `${formatCountRate(growth.objectsPerSecond).replace('/', ` ${what}/`)}, ${bytes}`;
}

function isFirstOfPlace(site: Site, index: number, all: readonly Site[]): boolean {
  return all.findIndex(({ file, line }) => file === site.file && line === site.line) === index;
}

function whereLines(finding: Finding, report: Report, options: TextOptions, paint: Paint): string[] {
  // One line a place: the first role says why it is there.
  const places = options.verbose ? finding.sites : finding.sites.filter(isFirstOfPlace);
  const sites = places.slice(0, options.verbose ? undefined : mostSites);
  const lines = sites.map(
    (site) =>
      `   ${paint.role(site.role.padEnd(10))} ${placeText(site, options.cwd)} ${paint.faint(functionText(site.function))}`,
  );
  const guilty = new Set(finding.sites.map((site) => `${site.file}:${site.line}`));
  const snippet = report.snippets.find(({ file, line }) => file === finding.site.file && line === finding.site.line);
  if (snippet === undefined) return lines;
  const digits = String(snippet.lines.at(-1)?.line ?? 0).length;
  const source = snippet.lines.map(({ line, text }) => {
    const marked = guilty.has(`${snippet.file}:${line}`);
    const row = `${marked ? '>' : ' '} ${String(line).padStart(digits)} │ ${plainText(text)}`.slice(
      0,
      options.width - 6,
    );
    return `     ${marked ? paint.guilty(row) : paint.faint(row)}`;
  });
  return [...lines, '', ...source, ''];
}

function evidenceLines(evidence: readonly Evidence[], options: TextOptions, paint: Paint): string[] {
  const [first, ...more] = evidence.filter((item) => item.supports && item.kind !== 'container');
  // What was counted is exact: it stands beside the first curve.
  const counted = evidence.filter((item) => item.supports && item.kind === 'container');
  const against = evidence.filter((item) => !item.supports);
  const sorted = [...against, ...(first === undefined ? [] : [first]), ...counted, ...more];
  const shown = options.verbose ? sorted : sorted.filter((item) => item.kind !== 'stack').slice(0, mostEvidence + 2);
  return shown.flatMap((item) => {
    const sign = item.kind === 'missing' ? paint.doubt('?') : item.supports ? paint.fix('+') : paint.doubt('-');
    return wrapText(plainText(evidenceText(item, options.cwd)), options.width - 8).map((line, i) =>
      i === 0 ? `   ${sign} ${line}` : `     ${line}`,
    );
  });
}

function evidenceText(item: Evidence, cwd: string): string {
  switch (item.kind) {
    case 'growth': {
      const rate = item.unit === 'bytes' ? formatByteRate(item.perSecond) : formatCountRate(item.perSecond);
      const number = item.unit === 'bytes' ? formatBytes : formatCount;
      const span = `${number(item.values[0] ?? 0)} → ${number(item.values.at(-1) ?? 0)}`;
      return `${item.what}: ${span} ${sparkline(item.values)} ${rate} (${item.captures} captures, p ${item.pValue < 0.001 ? '< 0.001' : item.pValue.toFixed(3)})`;
    }
    case 'stack':
      return `${item.what}: ${item.frames.map((frame) => `${functionText(frame.function)} ${placeText(frame, cwd)}`).join(' < ')}`;
    case 'source':
      return `${item.what}: ${placeText(item, cwd)} ${item.text.trim()}`;
    case 'runtime-proof':
      return `${item.what} (${formatCount(item.count)})`;
    case 'heap-walk':
      return `${typeText(item.what)} (${formatBytes(item.retainedBytes)} retained, ${Math.round(item.share * 100)} % of ${formatCount(item.sampledObjects)} objects looked at)`;
    case 'container':
      return typeText(item.what);
    case 'process':
    case 'version':
      return item.what;
    case 'missing':
      return `${item.what}; would settle it: ${item.wouldSettle}`;
  }
}

function consequenceLines(finding: Finding, report: Report, options: TextOptions, paint: Paint): string[] {
  if (finding.consequences.length === 0) return [];
  const rows = finding.consequences.flatMap((id) => report.growth.find((row) => row.id === id) ?? []);
  const named = rows
    .slice(0, 3)
    .map((row) => `${functionText(row.function)}:${row.line} (${formatByteRate(row.perSecond)})`);
  const more = finding.consequences.length - named.length;
  const text = [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
  return labelled('drags', `along ${text}`, options.width, paint.role);
}

function labelled(label: string, text: string, width: number, color: (text: string) => string): string[] {
  return wrapText(plainText(text), width - 14).map(
    (line, i) => `   ${i === 0 ? color(label.padEnd(10)) : ' '.repeat(10)} ${line}`,
  );
}

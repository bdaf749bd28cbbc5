// `leakline cases` for a terminal: one case a line, what was concluded below it, and how to go on.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import type { CaseResult, CasesResult } from './compose-cases.ts';

export interface CasesTextOptions {
  readonly color: boolean;
  readonly width: number;
  readonly nowMs: number;
  /** What stands before an id where the store is not the user's own: `DIR/`. */
  readonly prefix: string;
}

export function renderCases({ store, cases }: CasesResult, options: CasesTextOptions): string {
  const paint = createPaint(options.color);
  if (cases.length === 0) return `no cases in ${store.place}. Record one: leakline watch TARGET\n`;
  const lines = cases.flatMap((each) => renderCase(each, options, paint));
  const total = `${cases.length} ${cases.length === 1 ? 'case' : 'cases'}, ${formatBytes(store.bytes)} in ${store.place}`;
  return `${[...lines, '', paint.faint(total), paint.faint(`read one: leakline store:${options.prefix}${cases[0]!.id}`)].join('\n')}\n`;
}

function renderCase(each: CaseResult, { width, nowMs }: CasesTextOptions, paint: Paint): string[] {
  const restarts = each.incarnations > 1 ? `, ${each.incarnations - 1} restarts` : '';
  const facts = `${formatCount(each.captures)} captures, ${formatCount(each.profiles)} profiles${restarts}, ${formatBytes(each.bytes)}`;
  const head = `${paint.strong(each.id)}  ${badge(each.verdict, paint)}  ${plainText(each.target.label)}`;
  const lines = [head, `          ${paint.faint(`${timesOf(each, nowMs)}; ${facts}`)}`];
  if (each.summary !== undefined) {
    const summary = plainText(each.summary);
    lines.push(`          ${summary.length > width - 10 ? `${summary.slice(0, width - 11)}…` : summary}`);
  }
  return lines;
}

function timesOf({ from, to }: CaseResult, nowMs: number): string {
  if (from === undefined || to === undefined) return 'nothing captured yet';
  const ago = nowMs - Date.parse(to);
  const when = ago < 0 ? `until ${to}` : `until ${formatDuration(ago)} ago`;
  return `${from.slice(0, 16).replace('T', ' ')} UTC, ${formatDuration(Date.parse(to) - Date.parse(from))} ${when}`;
}

function badge(verdict: string | undefined, paint: Paint): string {
  if (verdict === 'leak') return paint.alarm(' LEAK ');
  if (verdict === 'clear') return paint.good(' CLEAR ');
  if (verdict === 'inconclusive') return paint.doubt(' INCONCLUSIVE ');
  return paint.faint('not judged yet');
}

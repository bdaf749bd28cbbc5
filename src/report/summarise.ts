// The one or two sentences that stand on top of every report.

import { formatByteRate } from '../base/format-bytes.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { Finding, InconclusiveStatement, Verdict } from '../diagnosis/finding.ts';
import type { GrowthEstimate } from '../model/growth.ts';

export interface SummaryInput {
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly inconclusive: readonly InconclusiveStatement[];
  readonly heapTotal: GrowthEstimate | undefined;
  readonly goroutineTotal: GrowthEstimate | undefined;
  /** Whether resident memory was split into classes: what C code and mmap hold is seen only then. */
  readonly sawProcess: boolean;
  readonly spanMs: number;
  readonly captures: number;
}

export function summarise(input: SummaryInput): string {
  const { verdict, findings, inconclusive, spanMs, captures } = input;
  const watched = `${captures} capture${captures === 1 ? '' : 's'} over ${formatDuration(spanMs)}`;
  const top = findings[0];
  if (verdict === 'leak' && top !== undefined) {
    const sure = findings.filter((finding) => finding.confidence >= 0.5);
    const rate = sure.reduce((sum, finding) => sum + Math.max(0, finding.growth.bytesPerSecond), 0);
    const others = sure.length > 1 ? ` (and ${sure.length - 1} more)` : '';
    return `${top.title}${others}: ${top.certainty}, about ${formatByteRate(rate)} in ${watched}.`;
  }
  if (verdict === 'inconclusive') {
    const open = inconclusive.find((statement) => statement.rule.startsWith('total-')) ?? inconclusive[0];
    const hint = top === undefined ? '' : ` First suspect: ${top.title}.`;
    return open === undefined
      ? `Not settled by ${watched}.${hint}`
      : `Not settled by ${watched}: ${open.why}.${hint} To settle it: ${open.whatWouldSettleIt}.`;
  }
  return `No leak seen in ${watched}: ${calm(input)}.`;
}

function calm({ heapTotal, goroutineTotal, sawProcess }: SummaryInput): string {
  const parts: string[] = [];
  if (heapTotal !== undefined) parts.push(`the live heap is ${shapeWord(heapTotal)}`);
  if (goroutineTotal !== undefined) parts.push(`the number of goroutines is ${shapeWord(goroutineTotal)}`);
  const seen = parts.length > 0 ? parts.join(', ') : 'nothing that was captured grows';
  return sawProcess
    ? `${seen}, and none was seen outside the Go heap`
    : `${seen} (memory outside the Go heap was not seen)`;
}

function shapeWord(estimate: GrowthEstimate): string {
  switch (estimate.shape) {
    case 'plateau':
      return 'level after it had grown';
    case 'burst':
      return 'back after a burst';
    case 'falling':
      return 'falling';
    case 'flat':
      return 'flat';
    case 'growing':
      return 'rising without a line to blame';
    case 'unclear':
      return 'not yet clear';
  }
}

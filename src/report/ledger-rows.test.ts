import { describe, expect, it } from 'vitest';
import { ledgerRows } from './ledger-rows.ts';
import type { ReportLedger, ReportLedgerItem } from './report.ts';

const mib = 1024 * 1024;
/** `class MiB [growth in MiB/s]` a line. */
function rows(drawn: string, rssMib: number): readonly string[] {
  const items = drawn.split(', ').map((part): ReportLedgerItem => {
    const [name, size, growth] = part.split(' ');
    return {
      class: name as ReportLedgerItem['class'],
      bytes: Number(size) * mib,
      resident: true,
      ...(growth === undefined ? {} : { growthBytesPerSecond: Number(growth) * mib, shape: 'growing' }),
    };
  });
  const ledger: ReportLedger = {
    rssBytes: rssMib * mib,
    looks: 9,
    items,
    unexplainedBytes: 0,
    branch: { kind: 'steady', why: '' },
  };
  return ledgerRows(ledger).map(
    ({ name, bytes, bytesPerSecond }) =>
      `${name} ${bytes / mib}${bytesPerSecond === undefined ? '' : ` +${bytesPerSecond / mib}`}`,
  );
}

describe('ledgerRows', () => {
  it('shows what grows first, then the largest, and the rest as one', () => {
    expect(rows('go-heap-live 100, malloc 40 2, exe-and-libraries 8, go-runtime 1, shmem 1', 150)).toEqual([
      'malloc (C) 40 +2',
      'Go heap, live 100',
      'binary, libraries 8',
      'rest 2',
    ]);
  });

  it('joins what of the Go heap is not live', () => {
    expect(rows('go-heap-live 50, go-heap-garbage 20, go-heap-idle 20, go-heap-waste 10', 100)).toEqual([
      'Go heap, live 50',
      'Go heap, rest 50',
    ]);
  });
});

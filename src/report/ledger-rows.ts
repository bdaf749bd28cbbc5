// The ledger in a few rows: what a reader must see in ten seconds. Classes of the Go heap that are not live are one row,
// what is small and does not grow is the rest.
import type { LedgerClass } from '../model/ledger.ts';
import type { ReportLedger, ReportLedgerItem } from './report.ts';

export interface LedgerRow {
  readonly name: string;
  readonly bytes: number;
  /** Of RSS, 0 to 1. */
  readonly share: number;
  /** undefined when it does not grow, or is not known. */
  readonly bytesPerSecond: number | undefined;
}

const mostRows = 4;
const leastShare = 0.03;
const leastRate = 16 * 1024;

/** Classes that are one to a reader share a name. */
export const ledgerNames: Readonly<Partial<Record<LedgerClass, string>>> = {
  'go-heap-live': 'Go heap, live',
  'go-heap-garbage': 'Go heap, rest',
  'go-heap-waste': 'Go heap, rest',
  'go-heap-idle': 'Go heap, rest',
  'go-heap': 'Go heap',
  'goroutine-stacks': 'goroutine stacks',
  'go-runtime': 'Go runtime',
  'exe-and-libraries': 'binary, libraries',
  'file-mappings': 'mapped files',
  malloc: 'malloc (C)',
  'thread-stacks': 'thread stacks',
  'other-native': 'anonymous mmap',
  shmem: 'shared memory',
};

/** What grows first, then the largest; the rest as one row. */
export function ledgerRows(ledger: ReportLedger): readonly LedgerRow[] {
  const rows = new Map<string, { bytes: number; growth: number | undefined }>();
  for (const item of ledger.items) {
    if (!item.resident) continue;
    const name = ledgerNames[item.class] ?? item.class;
    const row = rows.get(name) ?? { bytes: 0, growth: undefined };
    const growth = growthOf(item);
    rows.set(name, {
      bytes: row.bytes + item.bytes,
      growth: growth === undefined ? row.growth : (row.growth ?? 0) + growth,
    });
  }
  const rss = Math.max(1, ledger.rssBytes);
  const all = [...rows]
    .map(([name, { bytes, growth }]): LedgerRow => ({ name, bytes, share: bytes / rss, bytesPerSecond: growth }))
    .sort((a, b) => (b.bytesPerSecond ?? 0) - (a.bytesPerSecond ?? 0) || b.bytes - a.bytes);
  const shown = all.filter((row) => row.bytesPerSecond !== undefined || row.share >= leastShare).slice(0, mostRows);
  const restBytes = ledger.rssBytes - shown.reduce((sum, row) => sum + row.bytes, 0);
  return restBytes > 0
    ? [...shown, { name: 'rest', bytes: restBytes, share: restBytes / rss, bytesPerSecond: undefined }]
    : shown;
}

/** What hardly moves is not worth red figures. */
const growthOf = ({ shape, growthBytesPerSecond }: ReportLedgerItem): number | undefined =>
  shape === 'growing' && (growthBytesPerSecond ?? 0) >= leastRate ? growthBytesPerSecond : undefined;

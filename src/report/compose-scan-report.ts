// From the scans of directories to the one value of a scan.
import type { DirectoryScan, IgnoredHit, ScanHit, SkipReason } from '../model/scan.ts';
import { fingerprintsOf } from './fingerprint.ts';
import type { AcceptedHit, MeasuredGrowth, ScanReport, ScanReportHit, ScanReportRule } from './scan-report.ts';

export interface ScanReportInput {
  readonly toolVersion: string;
  readonly root: string;
  readonly scans: readonly (DirectoryScan | undefined)[];
  readonly skipped: ReadonlyMap<SkipReason, number>;
  readonly notes: ScanReport['notes'];
  readonly rules: readonly Omit<ScanReportRule, 'hits'>[];
  readonly durationMs: number;
  /** Fingerprints that a baseline accepts. */
  readonly baseline?: ReadonlySet<string>;
  /** Only these hits count, e.g. on changed lines. */
  readonly isWanted?: (hit: ScanHit) => boolean;
  readonly measured?: { readonly label: string; readonly of: (hit: ScanHit) => MeasuredGrowth | undefined };
}

export function composeScanReport(input: ScanReportInput): ScanReport {
  const scans = input.scans.filter((scan) => scan !== undefined);
  const packages = scans.filter((scan) => scan.files > 0);
  const skipped = new Map(input.skipped);
  for (const { reason, count } of scans.flatMap((scan) => scan.skipped))
    skipped.set(reason, (skipped.get(reason) ?? 0) + count);

  const found = scans.flatMap((scan) => scan.hits);
  const ignored = scans.flatMap((scan) => scan.ignored);
  // Numbered together, so that a comment on one of two equal lines does not rename the other.
  const all: readonly (ScanHit | IgnoredHit)[] = [...found, ...ignored];
  const plain = all.map((one) => ('hit' in one ? one.hit : one));
  const order = plain.map((_, index) => index).sort((a, b) => byPlace(plain[a]!, plain[b]!));
  const names = fingerprintsOf(order.map((index) => plain[index]!));
  const hits: ScanReportHit[] = [];
  const accepted: AcceptedHit[] = [];
  order.forEach((index, position) => {
    const one = all[index]!;
    const scanHit = plain[index]!;
    if (input.isWanted?.(scanHit) === false) return;
    const fingerprint = names[position]!;
    const hit = reportHit(scanHit, fingerprint, input);
    if ('hit' in one) accepted.push({ by: 'comment', reason: one.reason, hit });
    else if (input.baseline?.has(fingerprint) === true) accepted.push({ by: 'baseline', reason: '', hit });
    else hits.push(hit);
  });
  if (input.measured !== undefined) hits.sort((a, b) => weight(b) - weight(a));

  const sum = (of: (scan: DirectoryScan) => number): number => packages.reduce((total, scan) => total + of(scan), 0);
  return {
    schema: 'leakline.scan/1',
    tool: { name: 'leakline', version: input.toolVersion },
    root: input.root,
    scanned: {
      packages: packages.length,
      files: sum((scan) => scan.files),
      lines: sum((scan) => scan.lines),
      bytes: sum((scan) => scan.bytes),
      durationMs: Math.round(input.durationMs),
      complete: scans.length === input.scans.length,
    },
    skipped: Object.fromEntries(skipped),
    rules: input.rules.map((rule) => ({ ...rule, hits: hits.filter((hit) => hit.rule === rule.id).length })),
    hits,
    accepted,
    notes: [...input.notes, ...scans.flatMap((scan) => scan.notes)].map((note) => ({
      ...note,
      file: relativeTo(input.root, note.file),
    })),
    ...(input.measured === undefined ? {} : { measuredWith: input.measured.label }),
  };
}

function reportHit(hit: ScanHit, fingerprint: string, { root, measured }: ScanReportInput): ScanReportHit {
  const { packagePath, functionName, rule, related, ...rest } = hit;
  const growth = measured?.of(hit);
  return {
    rule,
    certainty: growth === undefined ? 'possible' : 'strong',
    ...rest,
    file: relativeTo(root, hit.file),
    package: relativeTo(root, packagePath),
    function: functionName,
    related: related.map((place) => ({ ...place, file: relativeTo(root, place.file) })),
    fingerprint,
    ...(growth === undefined ? {} : { measured: growth }),
  };
}

/** With forward slashes below the root; unchanged elsewhere. */
function relativeTo(root: string, file: string): string {
  for (const slash of ['/', '\\']) {
    if (file.startsWith(`${root}${slash}`)) return file.slice(root.length + 1).replaceAll('\\', '/');
  }
  return file === root ? '.' : file;
}

function byPlace(a: ScanHit, b: ScanHit): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column || (a.rule < b.rule ? -1 : 1);
}

const weight = ({ measured }: ScanReportHit): number =>
  measured === undefined ? 0 : 1 + (measured.bytesPerSecond ?? 0) + (measured.countPerSecond ?? 0) * 2048;

// The baseline of a scan: hits that were there when the scan was introduced and do not count. A file to commit.
import { readFile } from 'node:fs/promises';
import { KnownError } from '../base/errors.ts';
import type { ScanReport } from '../report/scan-report.ts';

const schema = 'leakline.scan-baseline/1';
const mostBytes = 64 << 20;

/** Its fingerprints. Throws KnownError when it is no baseline. */
export async function readBaseline(path: string): Promise<ReadonlySet<string>> {
  let value: unknown;
  try {
    const bytes = await readFile(path);
    if (bytes.length > mostBytes) throw new Error('it is too large');
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw noBaseline(path, cause instanceof Error ? cause.message : String(cause), cause);
  }
  const { schema: found, hits } = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (found !== schema || !Array.isArray(hits)) throw noBaseline(path, `its schema is not ${schema}`, undefined);
  return new Set(
    hits.flatMap((hit: unknown) => {
      const fingerprint =
        typeof hit === 'object' && hit !== null ? (hit as Record<string, unknown>)['fingerprint'] : undefined;
      return typeof fingerprint === 'string' ? [fingerprint] : [];
    }),
  );
}

/** What the report shows now, and what its baseline had accepted before. Sorted, so that diffs of it are small. */
export function baselineOf(report: ScanReport): string {
  const hits = [...report.hits, ...report.accepted.flatMap(({ by, hit }) => (by === 'baseline' ? [hit] : []))]
    .map(({ fingerprint, rule, file, message }) => ({ fingerprint, rule, file, message }))
    .sort((a, b) => (`${a.file} ${a.rule} ${a.fingerprint}` < `${b.file} ${b.rule} ${b.fingerprint}` ? -1 : 1));
  return `${JSON.stringify({ schema, hits }, null, 2)}\n`;
}

const noBaseline = (path: string, why: string, cause: unknown): KnownError =>
  new KnownError('E-BASELINE', `${path} cannot be read as a baseline: ${why}`, {
    advice: `Write one: leakline scan --write-baseline ${path}`,
    cause,
  });

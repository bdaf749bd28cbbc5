// What a report measured on a line of source, for hits of a scan: the growth of findings that speak of the line, and of
// rows that blame it. The paths of a profile are those of the machine that built the program, so files are the same
// when their names agree from the end, as far as the shorter one goes.
import type { ScanHit } from '../model/scan.ts';
import type { Report } from './report.ts';
import type { MeasuredGrowth } from './scan-report.ts';

export function measuredLines(report: Report): (hit: ScanHit) => MeasuredGrowth | undefined {
  const byLine = new Map<string, { readonly file: string; readonly growth: MeasuredGrowth }[]>();
  const add = (file: string, line: number, growth: MeasuredGrowth): void => {
    const key = `${baseName(file)}:${line}`;
    const known = byLine.get(key);
    if (known === undefined) byLine.set(key, [{ file, growth }]);
    else known.push({ file, growth });
  };
  for (const finding of report.findings) {
    const isHeap = finding.kind !== 'goroutine' && finding.kind !== 'threads';
    const growth: MeasuredGrowth = {
      ...(isHeap || finding.growth.bytesPerSecond > 0 ? { bytesPerSecond: finding.growth.bytesPerSecond } : {}),
      ...(!isHeap && finding.growth.objectsPerSecond !== undefined
        ? { countPerSecond: finding.growth.objectsPerSecond }
        : {}),
      finding: finding.rule,
    };
    for (const site of [finding.site, ...finding.sites]) add(site.file, site.line, growth);
  }
  for (const row of report.growth) {
    if (row.shape !== 'growing' || row.low <= 0) continue;
    add(
      row.file,
      row.line,
      row.kind === 'goroutine' ? { countPerSecond: row.perSecond } : { bytesPerSecond: row.perSecond },
    );
  }
  return (hit) => {
    for (const place of [hit, ...hit.related]) {
      const here = (byLine.get(`${baseName(place.file)}:${place.line}`) ?? []).filter(({ file }) =>
        isSameFile(file, place.file),
      );
      const best = here.find(({ growth }) => growth.finding === hit.rule) ?? here[0];
      if (best !== undefined) return best.growth;
    }
    return undefined;
  };
}

const partsOf = (file: string): string[] => file.split(/[/\\]/).filter((part) => part !== '');
const baseName = (file: string): string => partsOf(file).at(-1) ?? '';

/** At least the directory must agree, too: there is a main.go everywhere. */
function isSameFile(a: string, b: string): boolean {
  if (a === b) return true;
  const left = partsOf(a).reverse();
  const right = partsOf(b).reverse();
  return left[0] === right[0] && left[1] !== undefined && left[1] === right[1];
}

// What a report measured on a line of source, for hits of a scan: the growth of findings that speak of the line, and of
// rows that blame it. The paths of a profile are those of the machine that built the program, so places are the same when
// function, line, file name and its directory agree.
import type { ScanHit, ScanPlace } from '../model/scan.ts';
import type { Report } from './report.ts';
import type { MeasuredGrowth } from './scan-report.ts';

export function measuredLines(report: Report): (hit: ScanHit) => MeasuredGrowth | undefined {
  const byLine = new Map<
    string,
    { readonly file: string; readonly functionName: string; readonly growth: MeasuredGrowth }[]
  >();
  const add = (file: string, line: number, functionName: string, growth: MeasuredGrowth): void => {
    const key = `${baseName(file)}:${line}`;
    const known = byLine.get(key);
    if (known === undefined) byLine.set(key, [{ file, functionName, growth }]);
    else known.push({ file, functionName, growth });
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
    for (const site of [finding.site, ...finding.sites]) add(site.file, site.line, site.function, growth);
  }
  for (const row of report.growth) {
    if (row.shape !== 'growing' || row.low <= 0) continue;
    add(
      row.file,
      row.line,
      row.function,
      row.kind === 'goroutine' ? { countPerSecond: row.perSecond } : { bytesPerSecond: row.perSecond },
    );
  }
  return (hit) => {
    const at = (place: ScanPlace) =>
      (byLine.get(`${baseName(place.file)}:${place.line}`) ?? []).filter(({ file }) => isSameFile(file, place.file));
    const own = at(hit).filter(({ functionName }) => functionName === hit.functionName);
    // Of a related place the function is not known; the same cause has to be found there.
    const near = hit.related.flatMap((place) => at(place).filter(({ growth }) => growth.finding === hit.rule));
    return (own.find(({ growth }) => growth.finding === hit.rule) ?? own[0] ?? near[0])?.growth;
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

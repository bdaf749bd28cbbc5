// Looks at one process → the bytes of each class at each look, and of each mapped file. What `growth/` measures.
import type { FileSeries, LedgerClass, LedgerLook, LedgerSeries, LedgerTarget } from '../model/ledger.ts';
import { classifyRegions } from './classify-regions.ts';
import { comparable } from './compose-ledger.ts';
import { chooseLiveSource } from './live-heap.ts';
import { takeStock } from './take-stock.ts';

const mostFiles = 50;
/** With fewer, nothing is called growing. */
const enoughLooks = 5;

interface FileSums {
  residentBytes: number;
  mappedBytes: number;
  mappings: number;
}

/** `allLooks` in the order of time. */
export function ledgerSeries(target: LedgerTarget, allLooks: readonly LedgerLook[]): LedgerSeries {
  const looks = steadyLooks(allLooks);
  const liveSource = chooseLiveSource(looks, target.gcPercent);
  const stocks = looks.map((look) => takeStock(look, target, liveSource));
  const classes = new Map<LedgerClass, Float64Array>();
  for (const name of new Set(stocks.flatMap((stock) => [...stock.bytes.keys()])))
    classes.set(
      name,
      Float64Array.from(stocks, (stock) => stock.bytes.get(name) ?? 0),
    );
  const sums = looks.map((look, at) => sumFiles(look, target, stocks[at]!.isGo));
  const names = new Set(sums.flatMap((one) => [...one.keys()]));
  const seriesOf = (name: string): FileSeries => {
    const column = (pick: (sum: FileSums) => number): Float64Array =>
      Float64Array.from(sums, (one) => {
        const sum = one.get(name);
        return sum === undefined ? 0 : pick(sum);
      });
    return {
      name,
      residentBytes: column((sum) => sum.residentBytes),
      mappedBytes: column((sum) => sum.mappedBytes),
      mappings: column((sum) => sum.mappings),
    };
  };
  const files = [...names].map(seriesOf);
  const total = (pick: (file: FileSeries) => Float64Array): Float64Array =>
    Float64Array.from(looks, (_, at) => files.reduce((sum, file) => sum + pick(file)[at]!, 0));
  return {
    atMs: Float64Array.from(looks, (look) => look.atMs),
    classes,
    files: files
      .sort((a, b) => b.residentBytes.at(-1)! - a.residentBytes.at(-1)! || b.mappings.at(-1)! - a.mappings.at(-1)!)
      .slice(0, mostFiles),
    allFiles: {
      residentBytes: total((file) => file.residentBytes),
      mappedBytes: total((file) => file.mappedBytes),
      mappings: total((file) => file.mappings),
    },
  };
}

/**
 * Looks that say the same things. Where the runtime's numbers are too dear to ask for each time, all looks without them tell
 * more of what is not its heap than the two at the edges with them.
 */
function steadyLooks(all: readonly LedgerLook[]): readonly LedgerLook[] {
  const asked = comparable(all, []);
  return asked.length >= enoughLooks || all.length < enoughLooks
    ? asked
    : all.map((look) => ({ ...look, memory: undefined }));
}

function sumFiles(look: LedgerLook, target: LedgerTarget, isGo: boolean): ReadonlyMap<string, FileSums> {
  const kinds = classifyRegions(look.regions, {
    exe: target.exe,
    isGo,
    threads: look.process.threads,
    stackLimitBytes: target.stackLimitBytes,
  });
  const sums = new Map<string, FileSums>();
  for (const [at, region] of look.regions.entries()) {
    if (kinds[at] !== 'file') continue;
    const sum = sums.get(region.name) ?? { residentBytes: 0, mappedBytes: 0, mappings: 0 };
    sum.residentBytes += region.rssBytes;
    sum.mappedBytes += region.endAddress - region.startAddress;
    sum.mappings += 1;
    sums.set(region.name, sum);
  }
  return sums;
}

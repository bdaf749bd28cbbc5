// The ledger's classes and mapped files over the looks → how fast each grows, and in which shape.
import type { FileGrowth, FileSeries, Ledger, LedgerGrowth, LedgerSeries } from '../model/ledger.ts';
import { estimateGrowth } from './estimate-growth.ts';

/** Less than this moves on its own: allocators take memory in blocks, and our requests use some. */
const materialBytes = 512 * 1024;
const materialShare = 0.005;
const materialMappings = 3;

export function measureLedgerGrowth(ledger: Ledger, series: LedgerSeries): LedgerGrowth {
  const { atMs } = series;
  const materialDelta = Math.max(materialBytes, materialShare * ledger.rssBytes);
  const growthOf = (name: string, file: Omit<FileSeries, 'name'>): FileGrowth => ({
    name,
    resident: estimateGrowth({ atMs, values: file.residentBytes }, { materialDelta }),
    mapped: estimateGrowth({ atMs, values: file.mappedBytes }, { materialDelta }),
    mappings: estimateGrowth({ atMs, values: file.mappings }, { materialDelta: materialMappings }),
  });
  return {
    ledger,
    atMs,
    classes: new Map(
      [...series.classes].map(([name, values]) => [
        name,
        { estimate: estimateGrowth({ atMs, values }, { materialDelta }), series: values },
      ]),
    ),
    files: series.files.map((file) => growthOf(file.name, file)).sort((a, b) => b.resident.delta - a.resident.delta),
    allFiles: growthOf('', series.allFiles),
  };
}

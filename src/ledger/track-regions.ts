// Which mappings grow between looks at one process. The kernel joins mappings that touch and are alike, splits them when a
// part changes, and lets them grow at either end: so mappings are neither counted nor followed by their address. What is
// followed is an area: all addresses that mappings of one kind covered without a gap in any of the looks.
import { type SlopeEstimate, theilSen } from '../base/theil-sen.ts';
import type { LedgerLook, LedgerTarget, MemoryRegion } from '../model/ledger.ts';
import { classifyRegions, type RegionKind, showsGoRuntime } from './classify-regions.ts';

export interface RegionArea {
  readonly startAddress: number;
  readonly endAddress: number;
  readonly kind: RegionKind;
  /** A file, `[heap]`; '' for nameless memory. */
  readonly name: string;
  /** Of the first writable mapping in it by the last look, else of its first one; '' when nothing is mapped there now. */
  readonly permissions: string;
  /** Mappings that it is made of now. */
  readonly mappings: number;
  /** Address space, by the last look. */
  readonly mappedBytes: number;
  /** By the last look. */
  readonly rssBytes: number;
  readonly swapBytes: number;
  /** Of resident and swapped bytes; undefined with a single look. */
  readonly growth: SlopeEstimate | undefined;
  /** Over the time that was watched; 0 unless it stands out of the noise. */
  readonly grownBytes: number;
  /** Was not there at the first look. */
  readonly isNew: boolean;
}

export interface TrackedRegions {
  readonly isGo: boolean;
  /** The one that grew most first, then the largest first. */
  readonly areas: readonly RegionArea[];
  readonly looks: number;
  readonly watchedMs: number;
  readonly rssBytes: number;
}

/** A malloc arena grows by 132 KiB at a time, and any request makes something move by as much. */
const noiseBytes = 256 * 1024;
const noiseShare = 0.005;
/** Fewer looks make a slope, but no interval. */
const leastLooks = 4;

interface Piece {
  readonly look: number;
  readonly region: MemoryRegion;
  readonly kind: RegionKind;
}

/** `looks` in the order of time, at least one. */
export function trackRegions(looks: readonly LedgerLook[], target: LedgerTarget): TrackedRegions {
  const isGo = target.goVersion !== undefined || looks.some((look) => showsGoRuntime(look.regions));
  const kinds = looks.map((look) =>
    classifyRegions(look.regions, {
      exe: target.exe,
      isGo,
      threads: look.process.threads,
      stackLimitBytes: target.stackLimitBytes,
    }),
  );
  const kindNow = kindLookup(looks.at(-1)!.regions, kinds.at(-1)!);
  const pieces = looks.flatMap(({ regions }, look) =>
    regions.map((region, at): Piece => ({ look, region, kind: kindNow(region) ?? kinds[look]![at]! })),
  );
  const seconds = looks.map((look) => (look.atMs - looks[0]!.atMs) / 1000);
  const last = looks.at(-1)!;
  return {
    isGo,
    areas: joinPieces(pieces)
      .map((area) => areaOf(area, seconds))
      .filter((area) => area.rssBytes + area.swapBytes > 0 || area.grownBytes !== 0)
      .sort((a, b) => b.grownBytes - a.grownBytes || b.rssBytes - a.rssBytes || a.startAddress - b.startAddress),
    looks: looks.length,
    watchedMs: last.atMs - looks[0]!.atMs,
    rssBytes: last.totals?.rssBytes ?? last.regions.reduce((sum, region) => sum + region.rssBytes, 0),
  };
}

export function areaAround(areas: readonly RegionArea[], address: number): RegionArea | undefined {
  return areas.find((area) => address >= area.startAddress && address < area.endAddress);
}

/** Mappings that a program fills itself: neither code and libraries nor files. */
export function isOwnMemory(area: RegionArea): boolean {
  return area.kind !== 'exe-and-libraries' && area.kind !== 'file';
}

/** What of a kind is told by its neighbours and its size may be told otherwise a second later: the last word counts. */
function kindLookup(
  regions: readonly MemoryRegion[],
  kinds: readonly RegionKind[],
): (region: MemoryRegion) => RegionKind | undefined {
  return (region) => {
    let from = 0;
    for (let to = regions.length; from < to; ) {
      const middle = (from + to) >> 1;
      if (regions[middle]!.endAddress <= region.startAddress) from = middle + 1;
      else to = middle;
    }
    const found = regions[from];
    const same = found !== undefined && found.startAddress < region.endAddress && found.name === region.name;
    return same ? kinds[from] : undefined;
  };
}

function joinPieces(pieces: readonly Piece[]): readonly (readonly Piece[])[] {
  const areas: Piece[][] = [];
  const open = new Map<string, { area: Piece[]; endAddress: number }>();
  for (const piece of [...pieces].sort((a, b) => a.region.startAddress - b.region.startAddress || a.look - b.look)) {
    const { startAddress, endAddress } = piece.region;
    const key = keyOf(piece);
    const current = open.get(key);
    if (current !== undefined && startAddress <= current.endAddress) {
      current.area.push(piece);
      current.endAddress = Math.max(current.endAddress, endAddress);
      continue;
    }
    const area = [piece];
    areas.push(area);
    open.set(key, { area, endAddress });
  }
  return areas;
}

/** A file's parts belong together when they touch; anonymous memory without access (a guard, a reserve) to none. */
function keyOf({ kind, region }: Piece): string {
  const reserved = region.permissions.startsWith('---') && kind === 'anonymous' ? ' reserved' : '';
  return `${kind}${reserved} ${region.name}`;
}

function areaOf(pieces: readonly Piece[], seconds: readonly number[]): RegionArea {
  const bytes = new Float64Array(seconds.length);
  let startAddress = Number.POSITIVE_INFINITY;
  let endAddress = 0;
  for (const { look, region } of pieces) {
    bytes[look]! += region.rssBytes + region.swapBytes;
    startAddress = Math.min(startAddress, region.startAddress);
    endAddress = Math.max(endAddress, region.endAddress);
  }
  const now = pieces.filter((piece) => piece.look === seconds.length - 1).map((piece) => piece.region);
  const sum = (of: (region: MemoryRegion) => number): number => now.reduce((total, region) => total + of(region), 0);
  const growth = seconds.length < 2 ? undefined : theilSen(seconds, bytes);
  return {
    startAddress,
    endAddress,
    kind: pieces[0]!.kind,
    name: pieces[0]!.region.name,
    permissions: (now.find((region) => region.permissions[1] === 'w') ?? now[0])?.permissions ?? '',
    mappings: now.length,
    mappedBytes: sum((region) => region.endAddress - region.startAddress),
    rssBytes: sum((region) => region.rssBytes),
    swapBytes: sum((region) => region.swapBytes),
    growth,
    grownBytes: growth === undefined ? 0 : outOfNoise(growth, bytes, seconds.at(-1)!),
    isNew: seconds.length > 1 && pieces.every((piece) => piece.look > 0),
  };
}

function outOfNoise(growth: SlopeEstimate, bytes: Float64Array, spanSeconds: number): number {
  const moved = bytes.at(-1)! - bytes[0]!;
  // One step is no slope, however large: its interval holds zero.
  const certain =
    bytes.length >= leastLooks ? growth.low > 0 || growth.high < 0 : Math.sign(moved) === Math.sign(growth.slope);
  if (!certain) return 0;
  const grown = growth.slope * spanSeconds;
  return Math.abs(grown) < Math.max(noiseBytes, noiseShare * bytes.at(-1)!) ? 0 : Math.round(grown);
}

// What `leakline regions` found as its JSON value, `leakline.regions/1`. What memory holds is a secret until it is asked for:
// without `showContents` strings are told by their shape only, and no byte is shown.
import type { MemorySample, PeekedMemory } from '../capture/peek-memory.ts';
import type { RegionKind } from '../ledger/classify-regions.ts';
import type { ContentsKind, MemoryContents } from '../ledger/contents/read-contents.ts';
import type { RegionArea, TrackedRegions } from '../ledger/track-regions.ts';
import type { LedgerTarget } from '../model/ledger.ts';

export interface RegionResult {
  readonly start: string;
  readonly end: string;
  readonly kind: RegionKind;
  readonly name: string;
  readonly permissions: string;
  readonly mappings: number;
  readonly mappedBytes: number;
  readonly rssBytes: number;
  readonly swapBytes: number;
  readonly grownBytes: number;
  readonly bytesPerSecond?: number;
  readonly low?: number;
  readonly high?: number;
  readonly isNew: boolean;
}

export interface PeekResult {
  readonly start: string;
  readonly end: string;
  readonly kind: RegionKind;
  readonly name: string;
  readonly residentBytes: number;
  readonly sampledBytes: number;
  readonly unreadableBytes: number;
  readonly contents: ContentsKind;
  readonly zeroShare: number;
  readonly entropyBitsPerByte: number;
  readonly denseShare: number;
  readonly repeatedPageShare: number;
  readonly textShare: number;
  readonly pointerShare: number;
  readonly pointers: readonly { readonly kind: RegionKind; readonly name: string; readonly count: number }[];
  readonly codePointers: readonly {
    readonly name: string;
    readonly offset: number;
    readonly symbol?: string;
    readonly count: number;
  }[];
  readonly record?: { readonly bytes: number; readonly count: number };
  readonly formats: readonly { readonly format: string; readonly count: number }[];
  readonly strings: readonly {
    readonly shape: string;
    readonly text?: string;
    readonly count: number;
    readonly bytes: number;
  }[];
  readonly hex?: readonly { readonly address: string; readonly bytes: string }[];
}

export interface RegionsResult {
  readonly schema: 'leakline.regions/1';
  readonly target: { readonly pid: number; readonly exe?: string; readonly goVersion?: string };
  readonly watchedSeconds: number;
  readonly looks: number;
  readonly rssBytes: number;
  readonly growing: number;
  readonly regions: readonly RegionResult[];
  readonly peek?: PeekResult;
  readonly redacted: boolean;
  readonly warnings: readonly string[];
}

export interface PeekedArea {
  readonly area: RegionArea;
  readonly memory: PeekedMemory;
  readonly contents: MemoryContents;
  /** Names of the addresses in `contents.pointers.intoImages`, those that have one. */
  readonly symbols: ReadonlyMap<number, string>;
}

const mostRegions = 200;
const mostStrings = 20;
const hexBytes = 256;
const mostHex = 4;

export function composeRegions(
  target: LedgerTarget,
  tracked: TrackedRegions,
  peeked: PeekedArea | undefined,
  showContents: boolean,
  warnings: readonly string[],
): RegionsResult {
  const left = tracked.areas.length - mostRegions;
  return {
    schema: 'leakline.regions/1',
    target: {
      pid: target.pid,
      ...(target.exe === undefined ? {} : { exe: target.exe }),
      ...(target.goVersion === undefined ? {} : { goVersion: target.goVersion }),
    },
    watchedSeconds: tracked.watchedMs / 1000,
    looks: tracked.looks,
    rssBytes: tracked.rssBytes,
    growing: tracked.areas.filter((area) => area.grownBytes > 0).length,
    regions: tracked.areas.slice(0, mostRegions).map(regionResult),
    ...(peeked === undefined ? {} : { peek: peekResult(peeked, showContents) }),
    redacted: peeked !== undefined && !showContents,
    warnings: [...warnings, ...(left > 0 ? [`${left} more regions that neither grow nor are large are left out`] : [])],
  };
}

function regionResult(area: RegionArea): RegionResult {
  const { growth } = area;
  return {
    start: hex(area.startAddress),
    end: hex(area.endAddress),
    kind: area.kind,
    name: area.name,
    permissions: area.permissions,
    mappings: area.mappings,
    mappedBytes: area.mappedBytes,
    rssBytes: area.rssBytes,
    swapBytes: area.swapBytes,
    grownBytes: area.grownBytes,
    ...(growth === undefined
      ? {}
      : { bytesPerSecond: Math.round(growth.slope), low: Math.round(growth.low), high: Math.round(growth.high) }),
    isNew: area.isNew,
  };
}

function peekResult({ area, memory, contents, symbols }: PeekedArea, showContents: boolean): PeekResult {
  const { bytes, strings, pointers } = contents;
  return {
    start: hex(area.startAddress),
    end: hex(area.endAddress),
    kind: area.kind,
    name: area.name,
    residentBytes: memory.residentBytes,
    sampledBytes: memory.sampledBytes,
    unreadableBytes: memory.unreadableBytes,
    contents: contents.kind,
    zeroShare: rounded(bytes.zeroShare),
    entropyBitsPerByte: rounded(bytes.entropyBitsPerByte),
    denseShare: rounded(bytes.denseShare),
    repeatedPageShare: rounded(bytes.repeatedPageShare),
    textShare: rounded(strings.textShare),
    pointerShare: rounded(pointers.pointerShare),
    pointers: pointers.targets,
    codePointers: pointers.intoImages.map(({ address, name, offset, count }) => {
      const symbol = symbols.get(address);
      return { name, offset, ...(symbol === undefined ? {} : { symbol }), count };
    }),
    ...(pointers.record === undefined ? {} : { record: pointers.record }),
    formats: contents.marks,
    strings: (showContents ? strings.byText : strings.byShape).slice(0, mostStrings).map((found) => ({
      shape: found.shape,
      ...(showContents ? { text: found.example } : {}),
      count: found.count,
      bytes: found.bytes,
    })),
    ...(showContents ? { hex: hexOf(memory.samples) } : {}),
  };
}

/** The beginnings of some pages that are not empty, from all over the region. */
function hexOf(samples: readonly MemorySample[]): { address: string; bytes: string }[] {
  const filled = samples.filter((sample) => sample.bytes.subarray(0, hexBytes).some((byte) => byte !== 0));
  const stride = Math.max(1, Math.floor(filled.length / mostHex));
  return filled
    .filter((_, index) => index % stride === 0)
    .slice(0, mostHex)
    .map(({ address, bytes }) => ({
      address: hex(address),
      bytes: Array.from(bytes.subarray(0, hexBytes), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    }));
}

const hex = (address: number): string => `0x${address.toString(16)}`;
const rounded = (value: number): number => Math.round(value * 1000) / 1000;

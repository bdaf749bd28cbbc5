// A native trace → which sites grow, and a verdict. Counts are exact, so little growth is enough; what must be told from a
// leak is turnover: a block that lives as long as a session is outstanding for a while and then goes. Inside the window
// that is a plateau; with lives longer than the window, releases of blocks from before it balance the new ones.
import type {
  NativeClassGrowth,
  NativeGrowth,
  NativeMemorySample,
  NativeSite,
  NativeSiteKind,
  NativeSiteNames,
  NativeTrace,
  NativeTraceSite,
} from '../model/native.ts';
import { estimateGrowth } from './estimate-growth.ts';
import { judgeNative } from './judge-native.ts';

export interface NativeEvidence {
  /** undefined when only sizes could be had. */
  readonly trace: NativeTrace | undefined;
  /** One for each site of the trace. */
  readonly names: readonly NativeSiteNames[];
  readonly memory: readonly NativeMemorySample[];
  /** What the sizes of the process say, the largest growth first; empty when they were not read twice. */
  readonly classes: readonly NativeClassGrowth[];
  /** false for a program without C. */
  readonly usesCgo: boolean | undefined;
  /** What was probed, as the target names it. */
  readonly allocator: { readonly object: string } | undefined;
}

/** Exact counts: two blocks of a page are growth when they keep coming. */
const siteMaterialBytes = 1024;
/** Page faults are a page each, and malloc touches pages that it will use again. */
const faultMaterialBytes = 64 * 1024;
const memoryMaterialBytes = 1 << 20;
/** Go's own tables grow beside its heap, by a few per cent of it. */
const goTablesShare = 0.05;
const leastBlocks = 5;

export function measureNativeGrowth(evidence: NativeEvidence): NativeGrowth {
  const { trace, names, memory, classes } = evidence;
  const memoryGrowth =
    memory.length < 2
      ? undefined
      : estimateGrowth(
          {
            atMs: Float64Array.from(memory, (sample) => sample.atMs),
            values: Float64Array.from(memory, (sample) => sample.nativeBytes),
          },
          { materialDelta: memoryMaterialBytes },
        );
  const all = trace === undefined ? [] : siteGrowth(trace, names);
  const sites = all
    .filter((site) => site.names.own === 'program')
    .sort((a, b) => b.growth.delta - a.growth.delta || b.bytes - a.bytes);
  const ownBytes = all.reduce((sum, site) => sum + (site.names.own === 'program' ? 0 : site.bytes), 0);
  const base = { probe: trace?.probe ?? ('smaps' as const), sites, ownBytes, memory: memoryGrowth, classes };
  const goGrowth = memory.length < 2 ? 0 : Math.max(0, memory.at(-1)!.goHeapBytes - memory[0]!.goHeapBytes);
  const grows =
    memoryGrowth?.shape === 'growing' && memoryGrowth.delta > memoryMaterialBytes + goTablesShare * goGrowth;
  return { ...base, ...judgeNative(sites, grows, evidence) };
}

function siteGrowth(trace: NativeTrace, names: readonly NativeSiteNames[]): NativeSite[] {
  const groups = new Map<string, { readonly names: NativeSiteNames; readonly rows: NativeTraceSite[] }>();
  trace.sites.forEach((site, i) => {
    const name = names[i];
    if (name === undefined) return;
    // In what page faults tell, what C code maps is told already, where it is touched.
    if (trace.probe === 'page-faults' && isMapping(site) && name.cCaller !== undefined) return;
    const key = keyOf(name, site);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: name, rows: [site] });
    else group.rows.push(site);
  });
  return [...groups.values()].map((group) => siteOf(group.names, group.rows, trace));
}

const isMapping = ({ allocator }: Pick<NativeTraceSite, 'allocator'>): boolean =>
  allocator === 'mmap' || allocator === 'mmap-file';

/**
 * The C instruction that touches a page first is chance; the Go chain above it is the site. So it is where Go maps memory
 * itself: what the thread last did in C says nothing then.
 */
function keyOf(names: NativeSiteNames, site: NativeTraceSite): string {
  const chain = names.goStack.map((place) => `${place.address} ${place.line}`).join(' ');
  const byGo = isMapping(site) && names.cCaller === undefined;
  const place = chain !== '' && (site.allocator === 'page-fault' || byGo) ? '' : site.cAddress;
  return `${site.allocator} ${names.own} ${place} ${chain === '' && !byGo ? site.goAddresses.join(' ') : chain}`;
}

function kindOf({ allocator }: NativeTraceSite, { via }: NativeSiteNames): NativeSiteKind {
  if (allocator === 'mmap') return 'native-mmap';
  if (allocator === 'mmap-file') return 'file-mapping';
  if (via === 'C.CString' || via === 'C.CBytes') return 'cgo-cstring';
  return allocator === 'page-fault' || allocator === 'unknown' ? 'native-touch' : 'cgo-malloc';
}

function siteOf(names: NativeSiteNames, rows: readonly NativeTraceSite[], trace: NativeTrace): NativeSite {
  const column = (pick: (row: NativeTraceSite) => Float64Array): Float64Array =>
    Float64Array.from(trace.atMs, (_, i) => rows.reduce((sum, row) => sum + (pick(row)[i] ?? 0), 0));
  const total = (pick: (row: NativeTraceSite) => number | undefined): number | undefined =>
    rows.some((row) => pick(row) === undefined) ? undefined : rows.reduce((sum, row) => sum + pick(row)!, 0);
  const bytes = column((row) => row.bytes);
  const counts = column((row) => row.counts);
  const faults = rows[0]!.allocator === 'page-fault';
  // The zero at the start is the start of the trace, not of the program.
  const growth = estimateGrowth(
    { atMs: trace.atMs.slice(1), values: bytes.slice(1) },
    { materialDelta: faults ? faultMaterialBytes : siteMaterialBytes },
  );
  const half = Math.floor(trace.atMs.length / 2);
  const early = (pick: (row: NativeTraceSite) => Float64Array | undefined): number | undefined =>
    rows.some((row) => pick(row) === undefined)
      ? undefined
      : column((row) => pick(row)!)
          .slice(0, half)
          .reduce((sum, value) => sum + value, 0);
  const born = early((row) => row.bornBytes);
  const kept = early((row) => row.keptBytes);
  const ages = rows.flatMap((row) => (row.oldestMs === undefined ? [] : [row.oldestMs]));
  const site = {
    kind: kindOf(rows[0]!, names),
    names,
    allocator: rows[0]!.allocator,
    bytes: bytes.at(-1) ?? 0,
    count: counts.at(-1) ?? 0,
    allocatedBytes: total((row) => row.allocatedBytes),
    allocatedCount: total((row) => row.allocatedCount),
    oldestMs: ages.length === 0 ? undefined : Math.max(...ages),
    growth,
    keptShare: born !== undefined && kept !== undefined && born > 0 ? kept / born : undefined,
  };
  return { ...site, state: stateOf(site, faults ? faultMaterialBytes : siteMaterialBytes, kept) };
}

function stateOf(
  site: Omit<NativeSite, 'state'>,
  materialBytes: number,
  keptEarly: number | undefined,
): NativeSite['state'] {
  if (site.count === 0) return 'settled';
  // Of what leaks, blocks of the first half of the window are still there; of what only lives a while, none.
  if (site.growth.delta < materialBytes || keptEarly === 0) return 'turning-over';
  // A few large blocks that stay may be a leak that is slow, or what a program sets up once.
  if (site.count < leastBlocks) return 'unclear';
  if (site.growth.shape === 'growing') return 'leaking';
  return site.growth.shape === 'unclear' ? 'unclear' : 'turning-over';
}

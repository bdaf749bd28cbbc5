// A native trace → which sites grow, and a verdict. Counts are exact, so little growth is enough; what must be told from a
// leak is turnover: a block that lives as long as a session is outstanding for a while and then goes. Inside the window
// that is a plateau; with lives longer than the window, releases of blocks from before it balance the new ones.
import type {
  NativeAllocator,
  NativeGrowth,
  NativeMemorySample,
  NativeSite,
  NativeSiteNames,
  NativeTrace,
  NativeTraceSite,
} from '../model/native.ts';
import { estimateGrowth, leastCaptures } from './estimate-growth.ts';

export interface NativeEvidence {
  /** undefined when only sizes could be had. */
  readonly trace: NativeTrace | undefined;
  /** One for each site of the trace. */
  readonly names: readonly NativeSiteNames[];
  readonly memory: readonly NativeMemorySample[];
  /** false for a program without C. */
  readonly usesCgo: boolean | undefined;
}

/** Exact counts: two blocks of a page are growth when they keep coming. */
const siteMaterialBytes = 1024;
/** Page faults are a page each, and malloc touches pages that it will use again. */
const faultMaterialBytes = 64 * 1024;
const memoryMaterialBytes = 1 << 20;
/** Go's own tables grow beside its heap, by a few per cent of it. */
const goTablesShare = 0.05;
const leastBlocks = 5;
/** Share of the blocks that grew which releases of older blocks may reach before growth may be turnover. */
const balanced = 0.5;

export function measureNativeGrowth({ trace, names, memory, usesCgo }: NativeEvidence): NativeGrowth {
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
  const base = { sites, ownBytes, memory: memoryGrowth };
  const goGrowth = memory.length < 2 ? 0 : Math.max(0, memory.at(-1)!.goHeapBytes - memory[0]!.goHeapBytes);
  const grows =
    memoryGrowth?.shape === 'growing' && memoryGrowth.delta > memoryMaterialBytes + goTablesShare * goGrowth;
  return { ...base, ...judge(sites, grows, trace, usesCgo) };
}

function siteGrowth(trace: NativeTrace, names: readonly NativeSiteNames[]): NativeSite[] {
  const groups = new Map<string, { readonly names: NativeSiteNames; readonly rows: NativeTraceSite[] }>();
  trace.sites.forEach((site, i) => {
    const name = names[i];
    if (name === undefined) return;
    const key = keyOf(site.allocator, name, site);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { names: name, rows: [site] });
    else group.rows.push(site);
  });
  return [...groups.values()].map((group) => siteOf(group.names, group.rows, trace));
}

/** The C instruction that touches a page first is chance; the Go chain above it is the site. */
function keyOf(allocator: NativeAllocator, names: NativeSiteNames, site: NativeTraceSite): string {
  const chain = site.goAddresses.join(' ');
  const place = allocator === 'page-fault' && chain !== '' ? '' : site.cAddress;
  return `${allocator} ${names.own} ${place} ${chain}`;
}

function siteOf(names: NativeSiteNames, rows: readonly NativeTraceSite[], trace: NativeTrace): NativeSite {
  const column = (pick: (row: NativeTraceSite) => Float64Array): Float64Array =>
    Float64Array.from(trace.atMs, (_, i) => rows.reduce((sum, row) => sum + (pick(row)[i] ?? 0), 0));
  const total = (pick: (row: NativeTraceSite) => number): number => rows.reduce((sum, row) => sum + pick(row), 0);
  const bytes = column((row) => row.bytes);
  const counts = column((row) => row.counts);
  const faults = rows[0]!.allocator === 'page-fault';
  // The zero at the start is the start of the trace, not of the program.
  const growth = estimateGrowth(
    { atMs: trace.atMs.slice(1), values: bytes.slice(1) },
    { materialDelta: faults ? faultMaterialBytes : siteMaterialBytes },
  );
  const half = Math.floor(trace.atMs.length / 2);
  const early = (cells: Float64Array): number => cells.slice(0, half).reduce((sum, value) => sum + value, 0);
  const born = early(column((row) => row.bornBytes));
  const kept = early(column((row) => row.keptBytes));
  const ages = rows.flatMap((row) => (row.oldestMs === undefined ? [] : [row.oldestMs]));
  const site = {
    names,
    allocator: rows[0]!.allocator,
    bytes: bytes.at(-1) ?? 0,
    count: counts.at(-1) ?? 0,
    allocatedBytes: total((row) => row.allocatedBytes),
    allocatedCount: total((row) => row.allocatedCount),
    oldestMs: ages.length === 0 ? undefined : Math.max(...ages),
    growth,
    keptShare: born > 0 ? kept / born : undefined,
  };
  return { ...site, state: stateOf(site, faults ? faultMaterialBytes : siteMaterialBytes, kept) };
}

function stateOf(site: Omit<NativeSite, 'state'>, materialBytes: number, keptEarly: number): NativeSite['state'] {
  if (site.count === 0) return 'settled';
  const material = site.growth.delta >= materialBytes && site.count >= leastBlocks;
  if (!material) return 'turning-over';
  // Of what leaks, blocks of the first half of the window are still there; of what only lives a while, none.
  if (keptEarly === 0) return 'turning-over';
  if (site.growth.shape === 'growing') return 'leaking';
  return site.growth.shape === 'unclear' ? 'unclear' : 'turning-over';
}

type Verdict = Pick<NativeGrowth, 'verdict' | 'why' | 'whatWouldSettleIt'>;

function judge(
  sites: readonly NativeSite[],
  grows: boolean,
  trace: NativeTrace | undefined,
  usesCgo: boolean | undefined,
): Verdict {
  if (trace === undefined) return judgeSizes(grows, usesCgo);
  const { hits, probe } = trace;
  const hitCount = probe === 'malloc' ? hits.allocations + hits.releases : hits.pageFaults;
  if (hitCount === 0) {
    return unsettled(
      probe === 'malloc'
        ? 'no probe was hit: the program called no allocator that was probed in the window, or uses another one'
        : 'no page fault was seen in the window',
      'Watch while the program works (--for 60s).',
    );
  }
  const leaking = sites.filter((site) => site.state === 'leaking');
  if (leaking.length > 0) return judgeLeaking(leaking, trace, grows);
  if (trace.atMs.length < leastCaptures) {
    return unsettled('the window was too short to tell growth from warm-up', 'Watch for 20 s or more.');
  }
  const unclear = sites.find((site) => site.state === 'unclear');
  if (unclear !== undefined) {
    return unsettled(
      `${nameOf(unclear)}: ${unclear.growth.why ?? 'it moves, without a clear trend'}`,
      `Watch ${Math.ceil((unclear.growth.watchLongerMs ?? 30_000) / 1000)} s longer.`,
    );
  }
  if (grows) {
    return unsettled(
      'native memory grows, but not through what was probed: another allocator, or mappings that the program makes itself',
      'leakline regions shows which mappings grow.',
    );
  }
  if (probe === 'page-faults') {
    return unsettled(
      'no C call made memory grow; a leak into memory that was touched before does not show in page faults',
      'Trace every allocation (--yes), or watch longer.',
    );
  }
  return {
    verdict: 'clear',
    why: `what was allocated in the window is released again, or stands still (${hits.allocations} allocations, ${hits.releases} releases seen)`,
    whatWouldSettleIt: undefined,
  };
}

function judgeSizes(grows: boolean, usesCgo: boolean | undefined): Verdict {
  if (grows) {
    return unsettled(
      'native memory grows; without probes nobody can say where',
      'Allow bpftrace, or rebuild with CGO_CFLAGS="-g -O2 -fno-omit-frame-pointer" and run under heaptrack.',
    );
  }
  return unsettled(
    usesCgo === false
      ? 'native memory did not grow in the window, and the program has no C code'
      : 'native memory did not grow in the window; sizes alone do not exclude a slow leak',
    'Watch longer, or allow bpftrace.',
  );
}

function judgeLeaking(leaking: readonly NativeSite[], trace: NativeTrace, memoryGrows: boolean): Verdict {
  if (trace.probe === 'page-faults' && !memoryGrows) {
    return unsettled(
      'C code touches new memory, but native memory as a whole does not grow: it may be released and taken again',
      'Trace every allocation (--yes), or watch longer.',
    );
  }
  const grownBlocks = leaking.reduce((sum, site) => sum + site.count, 0);
  if (trace.olderReleases >= balanced * grownBlocks && !memoryGrows) {
    return unsettled(
      `${trace.olderReleases} blocks from before the window were released while ${grownBlocks} new ones stayed: blocks may just live longer than the window`,
      'Watch for longer than the longest life of such a block (--for 5m).',
    );
  }
  const first = leaking[0]!;
  return {
    verdict: 'leak',
    why: `${leaking.length === 1 ? 'one site keeps' : `${leaking.length} sites keep`} what ${leaking.length === 1 ? 'it allocates' : 'they allocate'}; most: ${nameOf(first)}`,
    whatWouldSettleIt: undefined,
  };
}

const unsettled = (why: string, whatWouldSettleIt: string): Verdict => ({
  verdict: 'inconclusive',
  why,
  whatWouldSettleIt,
});

export const nameOf = ({ names }: NativeSite): string =>
  names.goCaller?.function ?? names.cCaller?.function ?? 'a thread of C code';

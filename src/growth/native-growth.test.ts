import { describe, expect, it } from 'vitest';
import type { NativeSiteNames, NativeTrace, NativeTraceSite } from '../model/native.ts';
import { measureNativeGrowth } from './native-growth.ts';

const ticks = 10;

/** Blocks of 100 bytes: asked for each tick, and how many ticks a block lives; Infinity never goes. */
function draw(perTick: number, livesTicks: number, allocator: NativeTraceSite['allocator'] = 'malloc') {
  const alive = (tick: number, born: number): number => (born < tick && tick - born <= livesTicks ? perTick : 0);
  const at = (tick: number): number => {
    let sum = 0;
    for (let born = 0; born < tick; born++) sum += alive(tick, born);
    return sum;
  };
  const kept = Float64Array.from({ length: ticks + 1 }, (_, born) => 100 * alive(ticks, born));
  const oldest = kept.findIndex((bytes) => bytes > 0);
  const site: NativeTraceSite = {
    allocator,
    cAddress: 1,
    goAddresses: [2],
    callAddresses: [],
    bytes: Float64Array.from({ length: ticks + 1 }, (_, tick) => 100 * at(tick)),
    counts: Float64Array.from({ length: ticks + 1 }, (_, tick) => at(tick)),
    allocatedBytes: 100 * perTick * ticks,
    allocatedCount: perTick * ticks,
    bornBytes: Float64Array.from({ length: ticks + 1 }, (_, born) => (born < ticks ? 100 * perTick : 0)),
    keptBytes: kept,
    oldestMs: oldest < 0 ? undefined : 1000 * (ticks - oldest),
  };
  return site;
}

const traceOf = (sites: readonly NativeTraceSite[], more: Partial<NativeTrace> = {}): NativeTrace => ({
  probe: 'malloc',
  atMs: Float64Array.from({ length: ticks + 1 }, (_, i) => 1000 * i),
  sites,
  hits: { allocations: 100, releases: 10, mappings: 0, cgocalls: 100, pageFaults: 0 },
  olderReleases: 0,
  lostBlocks: 0,
  namelessBytes: 0,
  isFull: false,
  complete: true,
  warnings: [],
  ...more,
});

const place = { function: 'main.leak', file: 'main.go', line: 7, object: '/svc', address: 2 };
const names = (own: NativeSiteNames['own'] = 'program'): NativeSiteNames => ({
  goCaller: place,
  goStack: [place],
  cCaller: undefined,
  via: undefined,
  own,
});
const memory = (perTickBytes: number, goPerTickBytes = 0) =>
  Array.from({ length: ticks }, (_, i) => ({
    atMs: 1000 * i,
    nativeBytes: 5e6 + i * perTickBytes,
    goHeapBytes: 1e6 + i * goPerTickBytes,
  }));
const measure = (trace: NativeTrace | undefined, own: NativeSiteNames['own'] = 'program', samples = memory(0)) =>
  measureNativeGrowth({
    trace,
    names: trace?.sites.map(() => names(own)) ?? [],
    memory: samples,
    classes: [{ class: 'malloc-heap', firstBytes: 1e6, lastBytes: 9e6 }],
    usesCgo: true,
    allocator: { object: '/lib/libc.so.6' },
  });

describe('measureNativeGrowth', () => {
  it('calls blocks that never go a leak, with the rate', () => {
    const growth = measure(traceOf([draw(20, Number.POSITIVE_INFINITY)]));
    expect(growth.verdict).toBe('leak');
    expect(growth.sites[0]).toMatchObject({ state: 'leaking', bytes: 20_000, count: 200, keptShare: 1 });
    expect(growth.sites[0]!.growth.perSecond).toBeCloseTo(2000, 0);
  });

  it('acquits blocks that live for two ticks', () => {
    const growth = measure(traceOf([draw(20, 2)]));
    expect(growth).toMatchObject({ verdict: 'clear' });
    expect(growth.sites[0]!.state).toBe('turning-over');
  });

  it('does not call it a leak when as many older blocks go as new ones stay', () => {
    const growth = measure(traceOf([draw(20, Number.POSITIVE_INFINITY)], { olderReleases: 190 }));
    expect(growth.verdict).toBe('inconclusive');
    expect(growth.why).toContain('live longer than the window');
    expect(measure(traceOf([draw(20, Number.POSITIVE_INFINITY)], { olderReleases: 20 })).verdict).toBe('leak');
  });

  it('never reads probes that were not hit as no leak', () => {
    const hits = { allocations: 0, releases: 0, mappings: 0, cgocalls: 500, pageFaults: 0 };
    const growth = measure(traceOf([], { hits }));
    expect(growth.verdict).toBe('inconclusive');
    expect(growth.why).toBe('nothing was allocated or released through the malloc of /lib/libc.so.6 in the window');
  });

  it('leaves out what the Go runtime maps for itself', () => {
    const growth = measure(traceOf([draw(20, Number.POSITIVE_INFINITY, 'mmap')]), 'go-runtime');
    expect(growth).toMatchObject({ verdict: 'clear', sites: [], ownBytes: 20_000 });
  });

  it('says that memory grows elsewhere, but not because of the tables of a growing Go heap', () => {
    expect(measure(traceOf([draw(20, 2)]), 'program', memory(1e6)).verdict).toBe('inconclusive');
    expect(measure(traceOf([draw(20, 2)]), 'program', memory(2e5, 5e7)).verdict).toBe('clear');
  });

  it('believes page faults only when memory grows', () => {
    const faults = traceOf([draw(40, Number.POSITIVE_INFINITY, 'page-fault')], {
      probe: 'page-faults',
      hits: { allocations: 0, releases: 0, mappings: 0, cgocalls: 9, pageFaults: 400 },
    });
    const grown = { ...faults.sites[0]!, bytes: faults.sites[0]!.bytes.map((bytes) => bytes * 40) };
    const trace = { ...faults, sites: [grown] };
    expect(measure(trace, 'program', memory(4e5)).verdict).toBe('leak');
    expect(measure(trace, 'program', memory(0)).verdict).toBe('inconclusive');
  });

  it('settles nothing from sizes alone', () => {
    const grown = measure(undefined, 'program', memory(1e6));
    expect(grown).toMatchObject({ verdict: 'inconclusive', probe: 'smaps' });
    expect(grown.why).toContain('native memory grows, most in the heap of malloc');
    expect(measure(undefined, 'program', memory(0)).verdict).toBe('inconclusive');
  });

  it('tells the kinds of leak apart', () => {
    const kinds = (allocator: NativeTraceSite['allocator'], via?: string) =>
      measureNativeGrowth({
        ...{ memory: memory(0), classes: [], usesCgo: true, allocator: undefined },
        trace: traceOf([draw(20, Number.POSITIVE_INFINITY, allocator)]),
        names: [{ ...names(), via }],
      }).sites.map((site) => site.kind);
    expect([...kinds('malloc'), ...kinds('malloc', 'C.CString'), ...kinds('malloc', 'C.malloc')]).toEqual([
      ...['cgo-malloc', 'cgo-cstring', 'cgo-malloc'],
    ]);
    expect([...kinds('mmap'), ...kinds('mmap-file'), ...kinds('page-fault')]).toEqual([
      ...['native-mmap', 'file-mapping', 'native-touch'],
    ]);
  });

  it('joins what Go maps itself by its own call, whatever the thread did in C before', () => {
    const mapped = (goAddress: number) => ({ ...draw(20, Number.POSITIVE_INFINITY, 'mmap'), goAddresses: [goAddress] });
    const growth = measure(traceOf([mapped(11), mapped(12)]));
    expect(growth.sites.map((site) => site.count)).toEqual([400]);
  });

  it('does not call three large blocks a leak, nor acquits them', () => {
    const few = draw(20, Number.POSITIVE_INFINITY);
    const three = { ...few, counts: few.counts.map((count) => Math.min(3, count)) };
    const growth = measure(traceOf([three]));
    expect(growth).toMatchObject({ verdict: 'inconclusive', sites: [{ state: 'unclear' }] });
  });

  it('does not acquit what it saw in part only', () => {
    const calm = [draw(20, 2)];
    expect(measure(traceOf(calm)).verdict).toBe('clear');
    for (const loss of [{ isFull: true }, { lostBlocks: 1 }, { namelessBytes: 5000, complete: false }]) {
      expect(measure(traceOf(calm, loss)).verdict).toBe('inconclusive');
    }
  });

  it('believes memleak only when memory grows, since it tells no releases', () => {
    const told = { ...draw(40, Number.POSITIVE_INFINITY, 'unknown'), bornBytes: undefined, keptBytes: undefined };
    const trace = traceOf([told], { probe: 'memleak' });
    expect(measure(trace, 'program', memory(4e5)).verdict).toBe('leak');
    expect(measure(trace, 'program', memory(0)).verdict).toBe('inconclusive');
    const silent = traceOf([], { probe: 'memleak', hits: { ...trace.hits, allocations: 0, releases: 0 } });
    expect(measure(silent)).toMatchObject({ verdict: 'inconclusive' });
  });
});

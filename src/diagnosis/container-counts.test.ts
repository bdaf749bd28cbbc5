import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { nothingElse } from '../../test/drawing/draw-held-facts.ts';
import { drawSource } from '../../test/drawing/draw-source.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { captured } from '../base/captured.ts';
import type { CountedContainer, HeapFacts } from '../model/heap-facts.ts';
import { diagnose } from './diagnose.ts';

const up = [1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000];
const level = up.map(() => 9000);
const load = 'svc.load /app/load.go:10 < svc.main /app/main.go:5';
const kib = 1024;

/** `1,000 → 3,000 entries, 500 → 1,500 KiB`, 20 s apart; one number: there was one walk. */
function drawCounted(entries: string, retainedKib: string, more: Partial<CountedContainer> = {}): CountedContainer {
  const [was, is = was!] = entries.split(' → ').map(Number);
  const [wasKib, isKib = wasKib!] = retainedKib.split(' → ').map(Number);
  const isWalkedTwice = entries.includes('→');
  return {
    kind: 'map',
    name: 'global svc.cache',
    typeName: 'map[string]*svc.Row',
    entries: is!,
    room: is! * 2,
    retainedBytes: isKib! * kib,
    ownBytes: is! * 32,
    earlier: isWalkedTwice ? { seconds: 20, entries: was!, room: was! * 2, retainedBytes: wasKib! * kib } : undefined,
    ...more,
  };
}

function walked(counted: CountedContainer, more: Partial<HeapFacts> = {}): HeapFacts {
  const step = { label: '', kind: 'object', repeats: 0 } as const;
  return {
    takenAtMs: 0,
    pauseMs: 10,
    objects: 1,
    bytes: 1,
    failedChecks: [],
    held: [
      {
        frames: drawStack(load),
        sampledObjects: 12,
        root: 'global svc.cache',
        rootKind: 'global',
        steps: [
          { ...step, name: counted.typeName, retainedBytes: counted.retainedBytes, counted },
          { ...step, name: 'svc.Row', retainedBytes: 512 },
        ],
        retainedBytes: counted.retainedBytes,
        share: 1,
        ...nothingElse,
      },
    ],
    growing: undefined,
    containers: [counted],
    deferChains: [],
    finalizer: undefined,
    largeStacks: [],
    stuck: captured([]),
    ...more,
  };
}

const said = (counted: CountedContainer, heapKib: readonly number[] = up, more: Partial<HeapFacts> = {}) =>
  diagnose({
    ...drawDiagnosisInput({ heap: [{ stack: load, kib: heapKib }], goroutines: [], walk: walked(counted, more) }),
    window: { spanMs: 180_000, captures: heapKib.length },
  });
const counts = (counted: CountedContainer, more: Partial<HeapFacts> = {}) =>
  said(counted, up, more).findings[0]?.evidence.filter(({ kind }) => kind === 'container');

describe('containers that were counted twice', () => {
  it('confirm what they are blamed for, with entries and bytes a second', () => {
    expect(counts(drawCounted('3100 → 12400', '1000 → 10000'))).toEqual([
      {
        kind: 'container',
        supports: true,
        what: 'global svc.cache holds 12,400 entries now, 3,100 when it was walked 20 s before: 465/s, 450 KiB/s',
        name: 'global svc.cache',
        entries: { before: 3100, after: 12_400 },
        room: 24_800,
        retainedBytes: { before: 1_024_000, after: 10_240_000 },
        seconds: 20,
      },
    ]);
  });

  it('contradict it when neither entries nor bytes became more: an LRU at its bound, a queue that drains', () => {
    const still = drawCounted('1000 → 1000', '9000 → 9000');
    expect(counts(still)).toMatchObject([
      {
        supports: false,
        what: 'global svc.cache did not grow: 1,000 entries and 8.8 MiB now, 1,000 and 8.8 MiB when it was walked 20 s before',
      },
    ]);
    const grown = said(drawCounted('3100 → 12400', '1000 → 10000')).findings[0];
    expect(said(still).findings[0]!.confidence).toBeLessThan(grown!.confidence - 0.1);
    expect(said(still).findings[0]!.certainty).not.toBe('strong');
  });

  it('tell a map whose entries become larger from one that stands still', () => {
    expect(counts(drawCounted('1000 → 1000', '1000 → 10000'))).toMatchObject([
      {
        supports: true,
        what: 'global svc.cache holds 1,000 entries, 1,000 20 s before; what they hold grew from 1000 KiB to 9.8 MiB',
      },
    ]);
  });

  it('say nothing when only one walk was made, or both close together', () => {
    expect(counts(drawCounted('1000', '9000'))).toEqual([]);
    const close = { seconds: 2, entries: 1000, room: 2000, retainedBytes: 9000 * kib };
    expect(counts(drawCounted('1000 → 1000', '9000 → 9000', { earlier: close }))).toEqual([]);
  });

  it('deny nothing when a part of the objects is held elsewhere', () => {
    const still = drawCounted('1000 → 1000', '9000 → 9000');
    const [held] = walked(still).held;
    expect(counts(still, { held: [{ ...held!, share: 0.6 }] })).toEqual([]);
  });
});

describe('growth that samples cannot blame on a line', () => {
  const slow = [9000, 9000, 9500, 9000, 9700, 9600, 9900, 10_000, 10_300, 10_400];
  const queue = { name: 'global svc.queue', typeName: '[]*svc.Job', kind: 'slice' } as const;
  const ask = (counted: CountedContainer, heapKib: readonly number[], shape?: 'plateau' | 'growing') => {
    const input = drawDiagnosisInput({ heap: [{ stack: load, kib: level }], goroutines: [], walk: walked(counted) });
    if (input.heap.kind !== 'captured') throw new Error('no heap was drawn');
    const total = drawDiagnosisInput({
      heap: [{ stack: load, kib: heapKib, ...(shape === undefined ? {} : { shape }) }],
    }).heap;
    const heap = total.kind === 'captured' ? { ...input.heap.value, total: total.value.total } : input.heap.value;
    return diagnose({ ...input, heap: captured(heap) });
  };

  it('is named by what was counted, and stays open: two counts are no trend', () => {
    const { verdict, findings, inconclusive } = ask(drawCounted('100 → 2100', '100 → 1400', queue), slow, 'growing');
    expect([verdict, findings]).toEqual(['inconclusive', []]);
    expect(inconclusive[0]).toMatchObject({ rule: 'total-heap' });
    expect(inconclusive[0]!.why).toContain(
      'global svc.queue holds 2,100 entries now, 100 when it was walked 20 s before (100/s, 65.0 KiB/s)',
    );
  });

  it('is not told of a container that fills while the heap as a whole stands still', () => {
    const { inconclusive } = ask(drawCounted('100 → 2100', '100 → 1400', queue), level);
    expect(inconclusive.map(({ rule }) => rule)).not.toContain('total-heap');
  });

  it('is not told of a container that was counted once', () => {
    expect(ask(drawCounted('2100', '1400', queue), slow, 'growing').inconclusive[0]?.why).not.toContain('svc.queue');
  });
});

describe('map-never-shrinks', () => {
  const mib = 1 << 20;
  const source = drawSource(`
-- load.go --
package svc
var cache = map[string]Row{}
func load(key string) {
  cache[key] = Row{} //@fill
}`);
  const { line } = source.at('fill', 'svc.load');
  const answer = (more: Partial<CountedContainer>) => {
    const walk = walked(drawCounted('300', '60000', more));
    const stack = `svc.load /app/load.go:${line} < svc.main /app/main.go:5`;
    const heap = [{ stack, kib: level.map(() => 60 * 1024) }];
    const { clear, inconclusive } = diagnose(drawDiagnosisInput({ heap, goroutines: [], walk, source: source.facts }));
    return [...clear, ...inconclusive].find(({ rule }) => rule === 'map-never-shrinks')?.why;
  };

  it('has the numbers of a map that was emptied', () => {
    expect(answer({ room: 1_835_008, ownBytes: 58 * mib })).toBe(
      'global svc.cache (map[string]*svc.Row) holds 300 entries and has slots for 1.8M: its tables take 58.0 MiB and do not shrink',
    );
  });

  it('is clear when the map that the profile sees is counted, and full', () => {
    expect(answer({ entries: 1_500_000, room: 1_835_008, ownBytes: 58 * mib })).toBe(
      'the large maps are in use: the walk counted their entries',
    );
  });

  it('stays open when the walk did not meet the map that the profile sees', () => {
    expect(answer({ entries: 1_500_000, room: 1_835_008, ownBytes: 9 * mib })).toMatch(/whether it is full or empty/);
    expect(answer({ room: 4096, ownBytes: 100 * kib })).toMatch(/whether it is full or empty/);
  });
});

import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts } from '../../test/drawing/draw-held-facts.ts';
import { drawSource } from '../../test/drawing/draw-source.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { LostFact } from '../model/heap-facts.ts';
import { noSource } from '../scan/no-source.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const stack = 'main.load /app/main.go:5 < main.(*table).scan /app/main.go:9 < main.main /app/main.go:13';
const { facts: source } = drawSource(`package main
type page struct{ data [4096]byte }
type table struct{ hot []*page }
func load() *page {
  return &page{}
}
func (t *table) scan() {
  var pages []*page
  for i := 0; i < 16; i++ { pages = append(pages, load()) }
  t.hot = pages[:1]
}
var all []*table
func main() { for { t := &table{}; t.scan(); all = append(all, t) } }
`);

/** What the finding says of it, and how surely. */
function told(lost: LostFact | undefined, read: typeof source | typeof noSource = source, failed: string[] = []) {
  const held = {
    frames: drawStack(stack),
    root: 'global main.all',
    path: '[]*main.table 5500 > main.table 16 > .hot []*main.page 15 > main.page 4',
    lost,
  };
  const input = drawDiagnosisInput({
    heap: [{ stack, kib: up }],
    walk: drawHeldFacts(held, failed),
    source: read,
    module: 'main',
  });
  const finding = diagnose(input).findings.find(({ rule }) => rule === 'lost-slice-elements');
  const proof = finding?.evidence.find(({ kind }) => kind === 'runtime-proof');
  return finding && [finding.certainty, finding.permanence, proof?.kind === 'runtime-proof' ? proof.what : ''];
}

describe('elements that a slice does not show any more', () => {
  it('are proven lost where no slice reaches them, in many arrays', () => {
    expect(told({ objects: 40, arrays: 12, spare: 0, byNumbers: 0 })).toEqual([
      'proven',
      'permanent',
      'only slots that no live slice shows keep 40 of the sampled objects, in 12 arrays; no expression leads to them any more',
    ]);
  });

  it('are proven lost within the capacity of more slices than a pool has workers', () => {
    expect(told({ objects: 40, arrays: 30, spare: 40, byNumbers: 0 })).toEqual([
      'proven',
      'permanent',
      'only slots that no live slice shows keep 40 of the sampled objects, in 30 arrays; they lie within the capacity of a slice and stay until an append overwrites their slots',
    ]);
  });

  it('stay for good in a slice that is only kept, and for a while in a batch that is filled again', () => {
    const { facts: refilled } = drawSource(`package main
type page struct{ data [4096]byte }
type table struct{ hot []*page }
func load() *page {
  return &page{}
}
func (t *table) scan() {
  // the next one
  t.hot = append(t.hot, load())
  if len(t.hot) == 16 { t.hot = t.hot[:0] }
}
var all []*table
func main() { for { t := &table{}; t.scan(); all = append(all, t) } }
`);
    const lost = { objects: 40, arrays: 30, spare: 40, byNumbers: 0 };
    expect(told(lost)?.slice(0, 2)).toEqual(['proven', 'permanent']);
    expect(told(lost, refilled)?.[1]).toBe('temporary');
  });

  it('are not proven lost in the batches of a few workers, which they fill again and again', () => {
    expect(told({ objects: 40, arrays: 8, spare: 40, byNumbers: 0 })?.[0]).not.toBe('proven');
  });

  it('are not proven lost in the one array of a queue that was drained', () => {
    expect(told({ objects: 40, arrays: 1, spare: 0, byNumbers: 0 })?.[0]).not.toBe('proven');
  });

  it('are not proven lost when the heap shows that they are in use, or contradicts itself', () => {
    expect(told(undefined)?.[0]).not.toBe('proven');
    expect(
      told({ objects: 40, arrays: 30, spare: 0, byNumbers: 0 }, source, ['3 objects contradict themselves'])?.[0],
    ).not.toBe('proven');
  });

  it('are found without the source; then nobody knows whether the slices are filled again', () => {
    expect(told({ objects: 40, arrays: 30, spare: 40, byNumbers: 0 }, noSource)?.slice(0, 2)).toEqual([
      'proven',
      'unknown',
    ]);
    expect(told({ objects: 40, arrays: 3, spare: 40, byNumbers: 0 }, noSource)).toBeUndefined();
  });

  it('are found in the one array of a list that is cut from the front, which is no proof', () => {
    expect(told({ objects: 40, arrays: 1, spare: 0, byNumbers: 0 }, noSource)).toEqual([
      'possible',
      'unknown',
      'only slots that no live slice shows keep 40 of the sampled objects, in one array; no expression leads to them any more',
    ]);
  });

  it('are proven lost by numbers alone only together with the source', () => {
    expect(told({ objects: 40, arrays: 30, spare: 40, byNumbers: 40 })?.[0]).toBe('proven');
    expect(told({ objects: 40, arrays: 30, spare: 40, byNumbers: 40 }, noSource)).toBeUndefined();
  });
});

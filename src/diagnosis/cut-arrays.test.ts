import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts } from '../../test/drawing/draw-held-facts.ts';
import { drawSource } from '../../test/drawing/draw-source.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { CutFact } from '../model/heap-facts.ts';
import { noSource } from '../scan/no-source.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const stack = 'main.receive /app/main.go:5 < main.main /app/main.go:8';

/** A program that keeps the first bytes of each packet; `rest` is what else it does with them. */
const sourceWith = (rest = '') =>
  drawSource(`package main
type audit struct{ headers [][]byte }
var trail audit
func receive() []byte {
  return make([]byte, 9000)
}
func (a *audit) keep(packet []byte) { a.headers = append(a.headers, packet[:20]) }
func main() { for { trail.keep(receive()) } }
${rest}
`).facts;

/** Forty sampled arrays of 9472 bytes, of which slices see 20 bytes each. */
const fortyHeads: CutFact = {
  kind: 'subslice',
  objects: 40,
  heldBytes: 40 * 9472,
  visibleBytes: 40 * 20,
  withinCapacity: true,
  tinyParts: 40,
  byNumbers: 0,
};

function told(cut: CutFact | undefined, source = sourceWith()) {
  const held = {
    frames: drawStack(stack),
    root: 'global main.trail',
    path: '[][]uint8 5500 > [] []uint8 9',
    cut,
  };
  const input = drawDiagnosisInput({ heap: [{ stack, kib: up }], walk: drawHeldFacts(held), source, module: 'main' });
  const finding = diagnose(input).findings.find(({ rule }) => rule === 'subslice');
  const proof = finding?.evidence.find(({ kind }) => kind === 'runtime-proof');
  return finding && [finding.certainty, finding.permanence, proof?.kind === 'runtime-proof' ? proof.what : ''];
}

describe('small parts of arrays, with the rest within their capacity', () => {
  it('are proven to waste it when the source cuts them and nothing makes them longer again', () => {
    expect(told(fortyHeads)).toEqual([
      'proven',
      'permanent',
      'of 9472 bytes that each sampled object holds, live slices see 20 bytes (the rest lies within their capacity, and nothing in the source uses it again)',
    ]);
  });

  it('are not proven when the source gives them away, and who has them may fill them again', () => {
    const source = sourceWith('func (a *audit) first() []byte { return a.headers[0] }');
    expect(told(fortyHeads, source)).toEqual([
      'strong',
      'permanent',
      'of 9472 bytes that each sampled object holds, live slices see 20 bytes (the rest lies within their capacity)',
    ]);
  });

  it('are no waste when the source fills them again: buffers that are used again and again', () => {
    const source = sourceWith('func (a *audit) add(c byte) { a.headers[0] = append(a.headers[0], c) }');
    expect(told(fortyHeads, source)).toBeUndefined();
  });

  it('are not proven when some are half full, as append leaves them, or of length 0, as buffers that wait are', () => {
    expect(told({ ...fortyHeads, tinyParts: 39 })?.[0]).toBe('strong');
  });

  it('are not proven by a few', () => {
    expect(told({ ...fortyHeads, objects: 4, tinyParts: 4 })?.[0]).toBe('strong');
  });

  it('are no finding of their own without the source, which alone tells them from room for more', () => {
    expect(told(fortyHeads, noSource)).toBeUndefined();
  });
});

describe('small parts of arrays, with the rest beyond their capacity', () => {
  it('are proven to waste it, whatever the source says', () => {
    const beyond = { ...fortyHeads, withinCapacity: false };
    expect(told(beyond)?.[0]).toBe('proven');
    expect(told(beyond, noSource)?.[0]).toBe('proven');
  });

  it('are proven by numbers alone only together with the source', () => {
    const byNumbers = { ...fortyHeads, withinCapacity: false, byNumbers: 40 };
    expect(told(byNumbers)?.[0]).toBe('proven');
    expect(told(byNumbers, noSource)).toBeUndefined();
  });
});

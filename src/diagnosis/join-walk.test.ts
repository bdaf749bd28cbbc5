import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawHeldFacts } from '../../test/drawing/draw-held-facts.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import type { HeapFacts, HeldObjects } from '../model/heap-facts.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const derived = 'context.WithCancel /go/src/context/context.go:240 < svc.handle /app/handle.go:12';

function drawWalk(held: Partial<HeldObjects>, failedChecks: readonly string[] = []): HeapFacts {
  const path = 'context.cancelCtx 5500 > .children map[context.canceler]struct {} 5499 > map key context.cancelCtx 1';
  return drawHeldFacts(
    { frames: drawStack(derived), sampledObjects: 11, root: 'global svc.base', path, ...held },
    failedChecks,
  );
}

const certaintyWith = (walk: HeapFacts): string | undefined =>
  diagnose(drawDiagnosisInput({ heap: [{ stack: derived, kib: up }], walk })).findings.find(
    ({ rule }) => rule === 'context-not-cancelled',
  )?.certainty;

describe('contexts of which the heap shows the children', () => {
  it('are proven leaked when nobody has what would cancel them', () => {
    expect(certaintyWith(drawWalk({ forsaken: 400 }))).toBe('proven');
  });

  it('are not proven while their cancel functions wait somewhere, as those of long requests do', () => {
    expect(certaintyWith(drawWalk({ forsaken: 0 }))).toBe('possible');
  });

  it('are not proven by the few that were ended just now', () => {
    expect(certaintyWith(drawWalk({ forsaken: 3 }))).toBe('possible');
  });

  it('are not proven by a walk that contradicts itself', () => {
    expect(certaintyWith(drawWalk({ forsaken: 400 }, ['3 objects contradict themselves']))).not.toBe('proven');
  });
});

import { describe, expect, it } from 'vitest';
import { drawStack } from '../../test/drawing/draw-estimate.ts';
import { drawDiagnosisInput } from '../../test/drawing/draw-suspects.ts';
import { notCaptured } from '../base/captured.ts';
import type { HeapFacts, HeldObjects } from '../model/heap-facts.ts';
import { diagnose } from './diagnose.ts';

const up = [100, 700, 1300, 1900, 2500, 3100, 3700, 4300, 4900, 5500];
const derived = 'context.WithCancel /go/src/context/context.go:240 < svc.handle /app/handle.go:12';

const step = (label: string, name: string, kib: number) => ({
  label,
  name,
  kind: 'object' as const,
  retainedBytes: kib * 1024,
  repeats: 0,
});

function drawWalk(held: Partial<HeldObjects>, failedChecks: readonly string[] = []): HeapFacts {
  const children: HeldObjects = {
    frames: drawStack(derived),
    sampledObjects: 11,
    root: 'global svc.base',
    rootKind: 'global',
    steps: [
      step('', 'context.cancelCtx', 5500),
      step('.children', 'map[context.canceler]struct {}', 5499),
      step('map key', 'context.cancelCtx', 1),
    ],
    retainedBytes: 5500 * 1024,
    share: 1,
    selfKept: 0,
    forsaken: 0,
    cut: undefined,
    lost: undefined,
    timers: undefined,
    ...held,
  };
  return {
    takenAtMs: 0,
    pauseMs: 1,
    objects: 10,
    bytes: 10,
    failedChecks,
    held: [children],
    stuck: notCaptured('not drawn'),
    growing: undefined,
    containers: [],
    deferChains: [],
    finalizer: undefined,
  };
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

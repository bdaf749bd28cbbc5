import { describe, expect, it } from 'vitest';
import { type Evidence, evidenceNumbers, growthText, holderSteps, sideOf } from './words.ts';

describe('the words of a finding', () => {
  it('tell growth with its interval, and what is counted when it is', () => {
    const growth = { bytes: 1, bytesPerSecond: 2048, low: -5, high: 4096, objects: undefined, objectsPerSecond: 12 };
    expect(growthText({ kind: 'goroutine', growth } as never)).toBe('12 goroutines/s, 2.0 KiB/s (0 B/h to 4.0 KiB/s)');
    expect(growthText({ kind: 'go-heap', growth: { ...growth, objectsPerSecond: undefined } } as never)).toBe(
      '2.0 KiB/s (0 B/h to 4.0 KiB/s)',
    );
  });

  it('tell numbers of each kind of evidence', () => {
    const growth: Evidence = {
      kind: 'growth',
      supports: true,
      what: 'live bytes',
      unit: 'bytes',
      perSecond: 2048,
      low: 1024,
      high: 4096,
      captures: 9,
      pValue: 0.00001,
      atMs: [1, 2],
      values: [1024, 3072],
    };
    expect(evidenceNumbers(growth)).toBe(
      '1.0 KiB → 3.0 KiB, 2.0 KiB/s (1.0 KiB/s to 4.0 KiB/s), 9 captures, p < 0.001',
    );
    expect(evidenceNumbers({ kind: 'process', supports: true, what: 'traced' })).toBe('');
  });

  it('put what is missing on no side', () => {
    expect(sideOf({ kind: 'missing', supports: true, what: 'a', wouldSettle: 'b' })).toBe('open');
    expect(sideOf({ kind: 'process', supports: false, what: 'a' })).toBe('against');
  });

  it('read a way from its root to what grows', () => {
    expect(
      holderSteps({ root: 'global main.cache', path: ['.entries', 'github.com/acme/svc.(*Entry)'], retainedBytes: 1 }),
    ).toEqual([
      { kind: 'root', text: 'global main.cache' },
      { kind: 'step', text: '.entries' },
      { kind: 'object', text: 'svc.(*Entry)' },
    ]);
  });
});

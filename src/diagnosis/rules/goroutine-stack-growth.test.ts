import { describe, expect, it } from 'vitest';
import { drawHeldFacts, nothingElse } from '../../../test/drawing/draw-held-facts.ts';
import { drawDiagnosisInput } from '../../../test/drawing/draw-suspects.ts';
import type { HeapFacts } from '../../model/heap-facts.ts';
import { diagnose } from '../diagnose.ts';

const mib = 1024 * 1024;
const up = [1, 3, 5, 7, 9, 11, 13, 15, 17, 19].map((size) => size * mib);
const level = up.map(() => 4 * mib);
const same = up.map(() => 24);
const search = 'main.search /app/main.go:21';
const main = 'main.main /app/main.go:9';

/** As a profile of Go 1.23 and later shows it, whole, or one of before, which ends after 32 frames. */
const group = (frames: number, count: readonly number[] = same) => ({
  stack: [...Array.from({ length: frames }, () => search), main].join(' < '),
  state: 'chan receive',
  count,
});

/** Goroutines that stand so many times in main.search, on stacks of 1 MiB each. */
function walked(times: readonly number[], failedChecks: readonly string[] = []): HeapFacts {
  const frames = [{ functionName: 'main.load', file: '/app/main.go', line: 5 }];
  return {
    ...drawHeldFacts({ frames, path: '[]uint8 1', ...nothingElse }, failedChecks),
    largeStacks: times.map((count, goroutine) => ({
      goroutine,
      startFunction: 'main.search',
      createdAt: { functionName: 'main.main', file: '/app/main.go', line: 30 },
      state: 'chan receive',
      stackBytes: mib,
      usedBytes: mib / 2,
      frames: count + 1,
      deepest: { at: { functionName: 'main.search', file: '/app/main.go', line: 21 }, count },
    })),
  };
}

const diagnosed = (drawing: Parameters<typeof drawDiagnosisInput>[0]) =>
  diagnose(drawDiagnosisInput({ heap: [{ stack: 'main.load /app/main.go:5', kib: same.map(() => 10) }], ...drawing }));

describe('stacks that grow', () => {
  it('are told with the function that a profile shows again and again', () => {
    const { verdict, findings } = diagnosed({ goroutines: [group(80)], memory: { 'stack-inuse': up } });
    expect(verdict).toBe('leak');
    expect(findings[0]).toMatchObject({
      rule: 'goroutine-stack-growth',
      certainty: 'strong',
      site: { function: 'main.search', line: 21 },
    });
  });

  it('are told with the function that a walk shows, where profiles end after 32 frames', () => {
    const walk = walked(Array.from({ length: 12 }, (_, i) => 200 + i));
    const { verdict, findings } = diagnosed({ goroutines: [group(32)], memory: { 'stack-inuse': up }, walk });
    expect(verdict).toBe('leak');
    expect(findings[0]).toMatchObject({
      rule: 'goroutine-stack-growth',
      title: 'The stacks of 12 goroutines grow through main.search:21',
      certainty: 'strong',
      sites: [
        { role: 'blocks', function: 'main.search' },
        { role: 'spawns', function: 'main.main', line: 30 },
      ],
    });
  });

  it.each([
    ['nobody walked', undefined],
    ['the deep ones are too few to be what grew', walked([300])],
    ['none is deep', walked(Array.from({ length: 12 }, () => 3))],
    [
      'the walk contradicts itself',
      walked(
        Array.from({ length: 12 }, () => 300),
        ['spans'],
      ),
    ],
  ])('are an open question, and never clear, when no stack is seen deep: %s', (_, walk) => {
    const drawn = { goroutines: [group(32)], memory: { 'stack-inuse': up } };
    const { verdict, findings, inconclusive } = diagnosed(walk === undefined ? drawn : { ...drawn, walk });
    expect({ verdict, findings }).toEqual({ verdict: 'inconclusive', findings: [] });
    expect(inconclusive.find(({ rule }) => rule === 'goroutine-stack-growth')?.why).toContain('stacks grow');
  });

  it('are an open question where no goroutine was captured', () => {
    const { verdict, findings, inconclusive } = diagnosed({ memory: { 'stack-inuse': up } });
    expect({ verdict, findings }).toEqual({ verdict: 'inconclusive', findings: [] });
    expect(inconclusive.find(({ rule }) => rule === 'goroutine-stack-growth')?.why).toContain('whose is not known');
    expect(diagnosed({ memory: { 'stack-inuse': level } }).verdict).toBe('clear');
  });

  it('are no leak of their own when goroutines become more', () => {
    const count = same.map((_, i) => 24 + 40 * i);
    const { findings } = diagnosed({ goroutines: [group(5, count)], memory: { 'stack-inuse': up } });
    expect(findings.map(({ rule }) => rule)).not.toContain('goroutine-stack-growth');
  });

  it('are clear where they do not grow, however deep a goroutine stands', () => {
    const { verdict, clear } = diagnosed({
      goroutines: [group(80)],
      memory: { 'stack-inuse': level },
      walk: walked([300]),
    });
    expect(verdict).toBe('clear');
    expect(clear.map(({ rule }) => rule)).toContain('goroutine-stack-growth');
  });
});

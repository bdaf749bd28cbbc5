import { describe, expect, it } from 'vitest';
import { drawEstimate } from '../../../test/drawing/draw-estimate.ts';
import { type DrawnLedger, drawLedger } from '../../../test/drawing/draw-process.ts';
import { drawRuleInput } from '../../../test/drawing/draw-suspects.ts';
import { captured } from '../../base/captured.ts';
import type { Rule } from '../rule.ts';
import { gcHeadroom, idleHeapNotReturned } from './look-alikes.ts';
import { fragmentation, mallocArenas, memoryLimit } from './process-look-alikes.ts';

const mib = 1024 * 1024;
const level = [90, 90, 90, 90, 90];
const why = (rule: Rule, ledger: DrawnLedger, limits: Parameters<typeof drawRuleInput>[0]['limits'] = []) => {
  const outcome = rule.evaluate(drawRuleInput({ ledger, limits }));
  return outcome.kind === 'clear' && outcome.examined > 0 ? outcome.why : undefined;
};

describe('what looks like a leak from outside', () => {
  it.each([
    ['fragmentation', fragmentation],
    ['gc-headroom', gcHeadroom],
    ['idle-heap-not-returned', idleHeapNotReturned],
  ] as const)('is clear as %s when the ledger says so', (kind, rule) => {
    const ledger: DrawnLedger = { mib: { 'go-heap-live': level }, branch: { kind, why: 'the reason' } };
    expect(why(rule, ledger)).toBe('the reason');
    expect(why(fragmentation, { mib: { 'go-heap-live': level } })).toBeUndefined();
  });

  it('is an allocator that filled up when malloc grew and stopped', () => {
    const values = [2, 20, 30, 30, 30].map((value) => value * mib);
    const filled = drawLedger({ mib: { malloc: [2, 20, 30, 30, 30] } });
    const plateau = {
      ...filled,
      classes: new Map([
        ['malloc' as const, { estimate: drawEstimate(values, 'plateau'), series: Float64Array.from(values) }],
      ]),
    };
    const outcome = mallocArenas.evaluate({ ...drawRuleInput({}), ledger: captured(plateau) });
    expect(outcome).toMatchObject({ kind: 'clear', examined: 1, why: expect.stringContaining('28.0 MiB and stopped') });
  });

  it('is GOMEMLIMIT when memory is near it and the live heap is flat', () => {
    const limit = { kind: 'gomemlimit' as const, name: 'GOMEMLIMIT', limitBytes: 100 * mib, usedBytes: 95 * mib };
    expect(why(memoryLimit, { mib: { 'go-heap-live': level } }, [limit])).toContain('GOMEMLIMIT is 100');
    expect(why(memoryLimit, { mib: { 'go-heap-live': [50, 60, 70, 80, 90] } }, [limit])).toBeUndefined();
    expect(why(memoryLimit, { mib: { 'go-heap-live': level } })).toBeUndefined();
  });
});

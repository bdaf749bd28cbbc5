import { describe, expect, it } from 'vitest';
import { baseIntervalMs, defaultPlan, forcesGc, nextIntervalMs } from './capture-plan.ts';

const plan = (forMs: number, more = {}) => ({ ...defaultPlan, forMs, ...more });

describe('the pace of captures', () => {
  it('is a twentieth of the window, at least a second', () => {
    expect(baseIntervalMs(plan(30_000))).toBe(1500);
    expect(baseIntervalMs(plan(10_000))).toBe(1000);
    expect(baseIntervalMs(plan(600_000))).toBe(30_000);
  });

  it('still gives eight captures in a short window', () => {
    expect(baseIntervalMs(plan(3500))).toBe(500);
  });

  it('slows down for a target that is slow, but not below eight captures', () => {
    expect(nextIntervalMs(plan(30_000), 20)).toBe(1500);
    expect(nextIntervalMs(plan(30_000), 100)).toBe(2500);
    expect(nextIntervalMs(plan(30_000), 5000)).toBeCloseTo(30_000 / 7);
  });

  it('is what the user asked for when the user asked', () => {
    expect(nextIntervalMs(plan(30_000, { everyMs: 2000 }), 5000)).toBe(2000);
  });
});

describe('forcesGc', () => {
  it('is automatic for a heap that is small and quick', () => {
    expect(forcesGc(plan(1000), 100 << 20, 20)).toBe(true);
    expect(forcesGc(plan(1000), 2 ** 31, 20)).toBe(false);
    expect(forcesGc(plan(1000), 100 << 20, 700)).toBe(false);
    expect(forcesGc(plan(1000), undefined, 20)).toBe(false);
  });

  it('follows --gc, and --gentle above all', () => {
    expect(forcesGc(plan(1000, { gc: 'always' }), 2 ** 31, 700)).toBe(true);
    expect(forcesGc(plan(1000, { gc: 'never' }), 1, 1)).toBe(false);
    expect(forcesGc(plan(1000, { gc: 'always', gentle: true }), 1, 1)).toBe(false);
  });
});

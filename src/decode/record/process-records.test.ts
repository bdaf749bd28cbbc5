import { describe, expect, it } from 'vitest';
import { decodeThreadList } from '../process-status/decode-thread-list.ts';
import { decodeMemoryLimits } from './decode-memory-limits.ts';
import { decodeOomEvidence } from './decode-oom-evidence.ts';

describe('decodeMemoryLimits', () => {
  it('reads limits, with what could not be read', () => {
    const limits = [{ kind: 'cgroup', name: 'cgroup /a', limitBytes: 100 }];
    expect(decodeMemoryLimits(JSON.stringify({ gcPercent: 'off', limits, gaps: ['ulimit -v: no'] }))).toEqual({
      gcPercent: 'off',
      stackLimitBytes: undefined,
      limits: [{ kind: 'cgroup', name: 'cgroup /a', limitBytes: 100, usedBytes: undefined }],
      gaps: ['ulimit -v: no'],
    });
    expect(decodeMemoryLimits('{"gcPercent":50,"limits":[],"gaps":[]}').gcPercent).toBe(50);
  });

  it('refuses other kinds and other text', () => {
    expect(() => decodeMemoryLimits('{"limits":[{"kind":"wish"}],"gaps":[]}')).toThrow(/limits\[0\]\.kind/);
    expect(() => decodeMemoryLimits('{"gcPercent":"on","limits":[],"gaps":[]}')).toThrow(/gcPercent/);
    expect(() => decodeMemoryLimits('<html>')).toThrow(/JSON/);
  });
});

describe('decodeThreadList', () => {
  it('reads threads, with names that hold blanks and brackets', () => {
    expect(decodeThreadList('7 S futex_do_wait my (svc)\n8 R 0 svc\n')).toEqual([
      { tid: 7, state: 'S', waitsIn: 'futex_do_wait', comm: 'my (svc)' },
      { tid: 8, state: 'R', waitsIn: undefined, comm: 'svc' },
    ]);
    expect(decodeThreadList('')).toEqual([]);
    expect(() => decodeThreadList('7 S x\n<html>')).toThrow(/thread-list/);
  });
});

describe('decodeOomEvidence', () => {
  it('tells counted from not known', () => {
    const base = { subject: { pid: 7 }, logs: [], gaps: [] };
    expect(decodeOomEvidence(JSON.stringify({ ...base, hostKills: 0 }))).toMatchObject({ hostKills: 0, logs: [] });
    expect(decodeOomEvidence(JSON.stringify(base)).hostKills).toBeUndefined();
    expect(() => decodeOomEvidence('{"subject":{},"logs":[],"gaps":[]}')).toThrow(/subject\.pid/);
  });
});

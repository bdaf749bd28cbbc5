import { describe, expect, it } from 'vitest';
import { caseKeyOf } from './case-key.ts';

describe('a target is known again', () => {
  it('by its name when it is a service that comes back', () => {
    const before = caseKeyOf({ kind: 'url', label: 'http://localhost:6060', pid: 10, startedAtMs: 1 });
    expect(caseKeyOf({ kind: 'url', label: 'http://localhost:6060', pid: 99, startedAtMs: 2 })).toBe(before);
    expect(caseKeyOf({ kind: 'url', label: 'http://localhost:6061', pid: 10, startedAtMs: 1 })).not.toBe(before);
  });

  it('by pid and start when it is a process: the kernel gives numbers again', () => {
    const before = caseKeyOf({ kind: 'pid', label: 'pid 10', startedAtMs: 1 });
    expect(caseKeyOf({ kind: 'pid', label: 'pid 10', startedAtMs: 1 })).toBe(before);
    expect(caseKeyOf({ kind: 'pid', label: 'pid 10', startedAtMs: 2 })).not.toBe(before);
  });
});

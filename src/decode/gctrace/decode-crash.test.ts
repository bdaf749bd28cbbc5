import { describe, expect, it } from 'vitest';
import { decodeCrashes } from './decode-crash.ts';

describe('decodeCrashes', () => {
  it('reads an allocation that the system refused, once', () => {
    const text = `serving
runtime: out of memory: cannot allocate 4194304-byte block (2138963968 in use)
fatal error: out of memory

goroutine 1 [running]:
`;
    expect(decodeCrashes(text)).toEqual([
      {
        kind: 'out-of-memory',
        message: 'runtime: out of memory: cannot allocate 4194304-byte block (2138963968 in use)',
        line: 1,
        askedBytes: 4194304,
        inUseBytes: 2138963968,
        limit: undefined,
        threads: undefined,
        errno: undefined,
      },
    ]);
  });

  it.each([
    ['fatal error: runtime: out of memory', { kind: 'out-of-memory' }],
    ['fatal error: runtime: cannot allocate memory', { kind: 'out-of-memory' }],
    [
      'runtime: goroutine stack exceeds 1000000000-byte limit\nruntime: sp=0xc020160390 stack=[0xc020160000, 0xc040160000]\nfatal error: stack overflow',
      { kind: 'stack-overflow', limit: 1e9 },
    ],
    [
      'runtime: program exceeds 10000-thread limit\nfatal error: thread exhaustion',
      { kind: 'thread-exhaustion', limit: 10000 },
    ],
    [
      'runtime: failed to create new OS thread (have 5 already; errno=11)\nruntime: may need to increase max user processes (ulimit -u)\nfatal error: newosproc',
      { kind: 'cannot-create-thread', threads: 5, errno: 11 },
    ],
    ['2026-11-22T22:01:45Z fatal error: all goroutines are asleep - deadlock!', { kind: 'deadlock' }],
    ['{"log":"SIGQUIT: quit\\n"}', { kind: 'sigquit' }],
    ['fatal error: concurrent map writes', { kind: 'other-fatal' }],
  ])('reads %j', (text, expected) => {
    const crashes = decodeCrashes(text);
    expect(crashes).toHaveLength(1);
    expect(crashes[0]).toMatchObject(expected);
  });

  it('tells a crash from talk about one', () => {
    expect(decodeCrashes('metric runtime: out\nsubfatal error: x\n')).toEqual([]);
  });

  it('reads two crashes of one log', () => {
    const one = 'fatal error: runtime: out of memory\n';
    expect(decodeCrashes(`${one}${'goroutine 1 [running]:\n'.repeat(20)}${one}`)).toHaveLength(2);
  });
});

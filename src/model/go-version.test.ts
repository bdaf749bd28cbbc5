import { describe, expect, it } from 'vitest';
import { atLeast, compareGoVersions, parseGoVersion, timersAreCollected } from './go-version.ts';

describe('Go versions', () => {
  it.each([
    ['go1.26.8', '1.26.8', ''],
    ['go1.27rc1', '1.27.0', 'rc1'],
    ['devel go1.28-abcdef Mon', '1.28.0', ''],
    ['go1.22.12 X:nocoverageredesign,rangefunc', '1.22.12', ''],
  ])('reads %s', (text, numbers, pre) => {
    const version = parseGoVersion(text)!;
    expect(`${version.major}.${version.minor}.${version.patch}`).toBe(numbers);
    expect(version.pre).toBe(pre);
  });

  it('reads experiments and refuses other text', () => {
    expect(parseGoVersion('go1.22.12 X:a,b')?.experiments).toEqual(['a', 'b']);
    expect(parseGoVersion('unknown')).toBeUndefined();
  });

  it('orders candidates before releases', () => {
    const order = ['go1.9', 'go1.26.8', 'go1.27beta1', 'go1.27rc1', 'go1.27rc2', 'go1.27', 'go1.27.1'].map(
      (v) => parseGoVersion(v)!,
    );
    for (let i = 1; i < order.length; i++) expect(compareGoVersions(order[i - 1]!, order[i]!)).toBeLessThan(0);
    expect(atLeast('go1.23rc1', '1.23')).toBe(false);
    expect(atLeast(undefined, '1.23')).toBeUndefined();
  });
});

describe('timersAreCollected', () => {
  const build = (goVersion: string | undefined, settings: Record<string, string> = {}, source = 'build-info') => ({
    goVersion,
    settings,
    source,
  });
  it.each([
    ['before 1.23 never', build('go1.22.12'), 'no'],
    [
      '1.23 with an older go line in go.mod',
      build('go1.24.9', { DefaultGODEBUG: 'asynctimerchan=1,gotypesalias=0' }),
      'no',
    ],
    ['1.23 with a new go line', build('go1.23.4'), 'yes'],
    ['1.27 always, the setting is gone', build('go1.27.3', { DefaultGODEBUG: 'asynctimerchan=1' }), 'yes'],
    ['unknown without a version', build(undefined), 'unknown'],
    ['unknown when go.mod is not known', build('go1.24.9', {}, 'profile'), 'unknown'],
  ] as const)('%s', (_, facts, answer) => {
    expect(timersAreCollected(facts).answer).toBe(answer);
  });
});

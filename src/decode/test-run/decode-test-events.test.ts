import { describe, expect, it } from 'vitest';
import { decodeTestEvents } from './decode-test-events.ts';

const whole = `start "example.com/shop" "/src/a \\"b\\"" "go1.26.8" 1 ""
round 1 125 163432 435 294912 3 false
round 2 250 231368 447 294912 4 false
repeat-failed 3
finish 2 0 1
`;

describe('decodeTestEvents', () => {
  it('reads what a test process did', () => {
    expect(decodeTestEvents(whole)).toEqual({
      importPath: 'example.com/shop',
      directory: '/src/a "b"',
      goVersion: 'go1.26.8',
      userCount: 1,
      rounds: [
        {
          round: 1,
          elapsedMs: 125,
          heapAllocBytes: 163432,
          heapObjects: 435,
          stackInuseBytes: 294912,
          goroutines: 3,
          failed: false,
        },
        {
          round: 2,
          elapsedMs: 250,
          heapAllocBytes: 231368,
          heapObjects: 447,
          stackInuseBytes: 294912,
          goroutines: 4,
          failed: false,
        },
      ],
      repeatFailedIn: 3,
      reducedTo: undefined,
      finished: { tests: 2, fuzzTests: 0, examples: 1 },
    });
  });

  it('takes a cut text as a process that ended early, wherever it is cut behind the first line', () => {
    for (let length = whole.indexOf('\n') + 1; length < whole.length - 2; length++)
      expect(decodeTestEvents(whole.slice(0, length)).finished).toBeUndefined();
  });

  it('says what it expected of anything else', () => {
    expect(() => decodeTestEvents('PASS\nok')).toThrow('expected the line `start "PACKAGE"');
  });
});

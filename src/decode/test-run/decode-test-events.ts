// The lines that the gate's hook in package testing writes (capture/gate/testing-hook.ts) → what a test process did.
//
//   start "example.com/shop" "/src/shop" "go1.26.8" 1 ""     import path, directory, Go, -count, -run
//   round 1 125 163432 435 294912 3 false                     round, ms, heap bytes, objects, stack bytes, goroutines, failed
//   fewer 3                                                   rounds that there is time for
//   repeat-failed 2                                           a test failed that had passed in round 1
//   finish 3 3 1                                              rounds of tests, fuzz tests, examples
import { DecodeError } from '../../base/errors.ts';
import type { TestRound, TestRunFacts } from '../../model/test-run.ts';

const format = 'events of a gated test';
const mostRounds = 10_000;

/** Throws DecodeError when not even the first line is whole. A cut end is the end of a process that was killed. */
export function decodeTestEvents(text: string): TestRunFacts {
  const lines = text.split('\n');
  const start = /^start ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*") ("(?:[^"\\]|\\.)*") (\d+) /.exec(lines[0] ?? '');
  if (start === null) throw new DecodeError(format, 0, 'the line `start "PACKAGE" "DIRECTORY" "GO" COUNT`');
  const rounds: TestRound[] = [];
  let repeatFailedIn: number | undefined;
  let reducedTo: number | undefined;
  let finished: TestRunFacts['finished'];
  for (const line of lines.slice(1)) {
    const [what, ...words] = line.split(' ');
    const numbers = words.map(Number);
    if (
      what === 'round' &&
      words.length === 7 &&
      rounds.length < mostRounds &&
      numbers.slice(0, 6).every(Number.isSafeInteger)
    ) {
      const [round, elapsedMs, heapAllocBytes, heapObjects, stackInuseBytes, goroutines] = numbers as [
        number,
        number,
        number,
        number,
        number,
        number,
      ];
      rounds.push({
        round,
        elapsedMs,
        heapAllocBytes,
        heapObjects,
        stackInuseBytes,
        goroutines,
        failed: words[6] === 'true',
      });
    } else if (what === 'repeat-failed' && Number.isSafeInteger(numbers[0])) repeatFailedIn = numbers[0];
    else if (what === 'fewer' && Number.isSafeInteger(numbers[0])) reducedTo = numbers[0];
    else if (what === 'finish' && numbers.length === 3 && numbers.every(Number.isSafeInteger))
      finished = { tests: numbers[0]!, fuzzTests: numbers[1]!, examples: numbers[2]! };
  }
  return {
    importPath: unquote(start[1]!),
    directory: unquote(start[2]!),
    goVersion: unquote(start[3]!),
    userCount: Number(start[4]),
    rounds,
    repeatFailedIn,
    reducedTo,
    finished,
  };
}

/** Go's %q; what JSON cannot unquote stays as it is. */
function unquote(quoted: string): string {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return quoted.slice(1, -1);
  }
}

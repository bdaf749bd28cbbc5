import { describe, expect, it } from 'vitest';
import { decodeGoroutineDump } from '../decode/goroutine-dump/decode-goroutine-dump.ts';
import { decodeProfile } from '../decode/pprof/decode-profile.ts';
import { ownershipBy } from '../model/ownership.ts';
import { leftGoroutines, type TestRounds } from './left-goroutines.ts';

/** `TestA 1 | main.wait<main.start.func1 | 2`: test and round (or -), stack leaf first, how many. */
function left(drawing: string, more: { start?: string; dump?: string; rounds?: Partial<TestRounds> } = {}) {
  const rows = drawing
    .trim()
    .split('\n')
    .map((line) => line.split('|').map((part) => part.trim()));
  let address = 0x1000;
  const records = rows.map(([who, stack, count]) => {
    const frames = stack!
      .split('<')
      .map((name) => `#\t0x${(address++).toString(16)}\t${name}+0x1\t/app/a.go:${name.length}`);
    const [test, round] = who!.split(' ');
    const labels = test === '-' ? '' : `# labels: {"leakline.round":"${round}", "leakline.test":"${test}"}\n`;
    return `${count} @ ${frames.map((frame) => frame.split('\t')[1]).join(' ')}\n${labels}${frames.join('\n')}\n`;
  });
  const total = rows.reduce((sum, row) => sum + Number(row[2]), 0);
  return leftGoroutines({
    profile: decodeProfile(new TextEncoder().encode(`goroutine profile: total ${total}\n${records.join('\n')}\n`)),
    dump: more.dump === undefined ? undefined : decodeGoroutineDump(more.dump),
    startDump: more.start === undefined ? undefined : decodeGoroutineDump(more.start),
    leaked: undefined,
    rounds: { tests: 6, fuzzTests: 6, examples: 6, ...more.rounds },
    labels: { test: 'leakline.test', round: 'leakline.round' },
    ownership: ownershipBy(undefined),
  });
}

const each = (who: string, stack: string, rounds: readonly number[]) =>
  rounds.flatMap((count, index) => (count === 0 ? [] : [`${who} ${index + 1} | ${stack} | ${count}`])).join('\n');

describe('leftGoroutines', () => {
  it('tells what each run leaves from what is started once, and from a pool that is full', () => {
    const result = left(
      [
        each('TestLeak/sub', 'app.wait', [1, 1, 1, 1, 1, 1]),
        each('TestOnce', 'app.worker', [1, 0, 0, 0, 0, 0]),
        each('TestPool', 'app.pool', [3, 2, 1, 0, 0, 0]),
        each('TestRace', 'app.racy', [0, 0, 1, 0, 0, 0]),
        each('TestSlowEnd', 'app.ending', [0, 0, 0, 0, 4, 4]),
        each('TestSecond', 'app.second', [0, 1, 1, 1, 1, 1]),
        each('TestOften', 'app.often', [1, 0, 1, 0, 1, 0]),
      ].join('\n'),
    );
    expect(result.left.map(({ test, pattern, count, perRound }) => ({ test, pattern, count, perRound }))).toEqual([
      { test: 'TestSlowEnd', pattern: 'ending', count: 8, perRound: [0, 0, 0, 0, 4, 4] },
      { test: 'TestLeak/sub', pattern: 'repeated', count: 6, perRound: [1, 1, 1, 1, 1, 1] },
      { test: 'TestPool', pattern: 'stopped', count: 6, perRound: [3, 2, 1, 0, 0, 0] },
      { test: 'TestSecond', pattern: 'repeated', count: 5, perRound: [0, 1, 1, 1, 1, 1] },
      { test: 'TestOften', pattern: 'repeated', count: 3, perRound: [1, 0, 1, 0, 1, 0] },
      { test: 'TestOnce', pattern: 'once', count: 1, perRound: [1, 0, 0, 0, 0, 0] },
      { test: 'TestRace', pattern: 'sometimes', count: 1, perRound: [0, 0, 1, 0, 0, 0] },
    ]);
  });

  it('keeps parallel tests apart that wait in the same line', () => {
    const result = left(`${each('TestA', 'app.wait', [1, 1])}\n${each('TestB', 'app.wait', [2, 2])}`, {
      rounds: { tests: 2 },
    });
    expect(result.left.map(({ test, count }) => [test, count])).toEqual([
      ['TestB', 4],
      ['TestA', 2],
    ]);
  });

  it('judges nothing by a single round', () => {
    expect(left('TestA 1 | app.wait | 1', { rounds: { tests: 1 } }).left[0]!.pattern).toBe('unrepeated');
  });

  it('loses nothing where rounds of fuzz tests and examples could not be counted', () => {
    const result = left('FuzzA/seed 1 | app.wait | 6\nExampleB 1 | app.other | 1', {
      rounds: { fuzzTests: 0, examples: 0 },
    });
    expect(result.left.map(({ test, pattern }) => [test, pattern])).toEqual([
      ['FuzzA/seed', 'unrepeated'],
      ['ExampleB', 'unrepeated'],
    ]);
  });

  it('leaves out rounds that were broken off', () => {
    expect(left(`${each('TestA', 'app.wait', [0, 0, 1])}`, { rounds: { tests: 2 } }).left).toEqual([]);
  });

  it('leaves idle connections alone, but not one whose body was not closed', () => {
    const result = left(`
      TestHttp 1 | internal/poll.runtime_pollWait<net/http.(*persistConn).Read<bufio.(*Reader).Peek<net/http.(*persistConn).readLoop | 2
      TestHttp 1 | runtime.selectgo<net/http.(*persistConn).writeLoop | 3
      TestBody 1 | runtime.selectgo<net/http.(*persistConn).readLoop | 1
      TestHttp2 1 | sync.(*Cond).Wait<net/http.(*http2clientConnReadLoop).run | 1
      TestSql 1 | runtime.selectgo<database/sql.(*DB).connectionOpener | 1`);
    expect(result.left.map(({ test }) => test)).toEqual(['TestBody']);
    expect(result.idle.map(({ kind, count }) => [kind.id, count])).toEqual([
      ['http-idle-connection', 6],
      ['sql-opener', 1],
    ]);
  });

  it('does not count what was there before the first test', () => {
    const frame = (name: string) => `${name}()\n\t/app/a.go:${name.length} +0x1\n`;
    const start = `goroutine 1 [running]:\nmain.main()\n\t/app/m.go:1 +0x1\n\ngoroutine 8 [chan receive]:\n${frame('app.flush')}`;
    expect(left('- | app.flush | 1', { start }).left).toEqual([]);
    expect(left('- | app.flush | 7', { start }).left).toMatchObject([
      { count: 6, test: undefined, pattern: 'repeated' },
    ]);
  });

  it('names the test by its code where the label was lost, and the go statement by a dump', () => {
    const dump = `goroutine 9 [chan receive]:\napp.TestLabels.func1()\n\t/app/a.go:20 +0x1\ncreated by app.TestLabels in goroutine 7\n\t/app/a.go:33 +0x1\n`;
    const [one] = left('- | app.TestLabels.func1 | 6', { dump }).left;
    expect(one).toMatchObject({
      test: 'TestLabels',
      group: { createdBy: { functionName: 'app.TestLabels', line: 33 }, state: 'chan receive' },
    });
  });
});

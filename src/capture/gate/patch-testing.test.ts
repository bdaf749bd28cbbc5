import { describe, expect, it } from 'vitest';
import { patchTesting } from './patch-testing.ts';

const testing = `package testing

import (
	"os"
)

func tRunner(t *T, fn func(t *T)) {
	t.runner = callerName(0)
}

func runTests(tests []InternalTest) (ran, ok bool) {
		for i := uint(0); i < *count; i++ {
}

func (m *M) Run() (code int) {
	m.before()
	defer m.after()
			ok = ok && !t.Failed()
}
`;
const benchmark = `func runBenchmarks(importPath string, benchmarks []InternalBenchmark) bool {\n\treturn true\n}\n`;

describe('patchTesting', () => {
  it('joins at its anchors, and says what a Go that lacks the lesser ones cannot tell', () => {
    const result = patchTesting(
      new Map([
        ['testing.go', testing],
        ['benchmark.go', benchmark],
      ]),
    );
    if (result.kind !== 'patched') throw new Error(result.why);
    const text = result.files.get('testing.go')!;
    expect(text).toContain('func tRunner(t *T, fn func(t *T)) {\n\tleaklineLabel(t.name)\n');
    expect(text).toContain(
      'm.before()\n\tleaklineStart(m.deps.ImportPath(), *isFuzzWorker)\n\tdefer leaklineFinish()\n',
    );
    expect(text).toContain('ok = leaklineRound(ok, t.Failed())');
    expect(text).toContain('leaklinepprof "runtime/pprof"');
    expect(result.notes).toContain('examples are not told apart');
  });

  it('changes nothing of a package testing that it does not know', () => {
    const other = testing.replace('m.before()', 'm.begin()');
    expect(
      patchTesting(
        new Map([
          ['testing.go', other],
          ['benchmark.go', benchmark],
        ]),
      ),
    ).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('testing.go has 0 lines'),
    });
    const twice = testing.replace('\tm.before()\n', '\tm.before()\n\tm.before()\n');
    expect(
      patchTesting(
        new Map([
          ['testing.go', twice],
          ['benchmark.go', benchmark],
        ]),
      ).kind,
    ).toBe('unknown');
  });
});

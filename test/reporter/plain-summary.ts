// Prints one plain line after vitest's own summary, so that a log's last line says what was run:
// "12 passed, 0 failed, 3 skipped". With LEAKLINE_NO_SKIP=1 (CI), a skipped test fails the run:
// a check that did not run there is a missing install step, not a pass. A live test that passed only when it was tried again
// is named: real processes and samplers have bad moments, but a name that comes back is a defect.
import type { Reporter, TestModule } from 'vitest/node';

export default class PlainSummary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const skipped: string[] = [];
    const unsteady: string[] = [];
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests()].every((t) => t.result().state !== 'failed')) {
        count.failed++; // the file itself could not be loaded
      }
      for (const test of module.children.allTests()) {
        const state = test.result().state;
        if (test.diagnostic()?.flaky === true) unsteady.push(test.fullName);
        if (state === 'passed') count.passed++;
        else if (state === 'failed') count.failed++;
        else {
          count.skipped++;
          skipped.push(test.fullName);
        }
      }
    }
    for (const name of unsteady) process.stdout.write(`passed only when tried again: ${name}\n`);
    for (const name of skipped) process.stdout.write(`skipped: ${name}\n`);
    if (process.env['LEAKLINE_NO_SKIP'] === '1' && count.skipped > 0) {
      process.stdout.write('a skipped test fails this run: install what it needs (see the reasons above)\n');
      process.exitCode = 1;
    }
    process.stdout.write(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped\n`);
  }
}

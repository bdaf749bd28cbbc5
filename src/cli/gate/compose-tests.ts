// What test processes wrote → the report of a gated test run: which test leaves goroutines, which line keeps memory.
import { plural } from '../../base/plural.ts';
import type { GatedRun, TestRun } from '../../capture/gate/run-gated.ts';
import { roundLabel, testLabel } from '../../capture/gate/testing-hook.ts';
import { exitText } from '../../capture/start-command.ts';
import { decodeGoroutineDump } from '../../decode/goroutine-dump/decode-goroutine-dump.ts';
import { decodeProfile } from '../../decode/pprof/decode-profile.ts';
import type { Verdict } from '../../diagnosis/finding.ts';
import { type LeftResult, leftGoroutines } from '../../growth/left-goroutines.ts';
import { judgeRounds } from '../../growth/round-trend.ts';
import { ownershipBy } from '../../model/ownership.ts';
import type { GateFinding, GatePackage, GateReport, GateTrend } from '../../report/gate-report.ts';
import { toolVersion } from '../version.ts';
import { goroutineFinding, ignoredGoroutines } from './goroutine-findings.ts';
import { heapFinding } from './heap-findings.ts';

export interface GateScope {
  readonly goroutines: boolean;
  readonly heap: boolean;
}

interface Judged {
  readonly entry: GatePackage;
  readonly findings: readonly GateFinding[];
}

/** Growth a round that is not worth a word: what the runtime and the tests' own bookkeeping move. */
const floorBytes = 8192;
const floorShare = 0.005;

export function composeTests(
  command: readonly string[],
  run: GatedRun,
  scope: GateScope,
  interrupted: boolean,
): GateReport {
  const judged = run.runs.map((one) => judgePackage(one, scope));
  const findings = judged.flatMap((one) => one.findings).sort((a, b) => rank(a) - rank(b));
  const packages = judged.map((one) => one.entry);
  // Who interrupts the tests makes them end badly: that is no failure of theirs.
  const failed = run.exit.code !== 0 && !interrupted;
  const verdict = verdictOf(packages, failed || interrupted);
  return {
    schema: 'leakline.gate/1',
    tool: { name: 'leakline', version: toolVersion },
    mode: 'tests',
    command: command.join(' '),
    verdict,
    summary: summaryOf(verdict, packages, findings, run, interrupted),
    exit: {
      ...(run.exit.code === null ? {} : { code: run.exit.code }),
      ...(run.exit.signal === null ? {} : { signal: run.exit.signal }),
    },
    failed,
    packages,
    findings,
    notes: run.notes,
  };
}

/** A process that ended while its tests were repeated: what they are without repeats is still to be seen. */
export function needsSingleRound(run: GatedRun): boolean {
  return run.runs.some(
    ({ facts }) =>
      facts.finished === undefined && facts.userCount === 1 && facts.rounds.length > 0 && !facts.rounds[0]!.failed,
  );
}

const rank = (finding: GateFinding): number => (finding.verdict === 'leak' ? 0 : 1);

function verdictOf(packages: readonly GatePackage[], broken: boolean): Verdict {
  if (packages.some((one) => one.verdict === 'leak')) return 'leak';
  return broken || packages.length === 0 || packages.some((one) => one.verdict === 'inconclusive')
    ? 'inconclusive'
    : 'clear';
}

function judgePackage(run: TestRun, scope: GateScope): Judged {
  const { facts } = run;
  const ownership = ownershipBy(undefined);
  const rounds = facts.rounds.length;
  const notes: string[] = [];
  const left: LeftResult =
    run.profile === undefined || facts.finished === undefined || !scope.goroutines
      ? { left: [], idle: [] }
      : leftGoroutines({
          profile: decodeProfile(run.profile),
          dump: run.dump === undefined ? undefined : decodeGoroutineDump(run.dump),
          startDump: run.startDump === undefined ? undefined : decodeGoroutineDump(run.startDump),
          leaked: run.leaked === undefined ? undefined : decodeProfile(run.leaked),
          rounds: { ...facts.finished, tests: rounds },
          labels: { test: testLabel, round: roundLabel },
          ownership,
        });
  const goroutines = left.left.flatMap((one) => goroutineFinding(one, facts, ownership) ?? []);
  const heap = scope.heap && rounds > 0 ? heapTrend(run) : undefined;
  const leaking = goroutines.filter((one) => one.verdict === 'leak');
  const grown = heap?.shape === 'grows' ? heapFinding(run, heap, ownership, leaking) : undefined;
  if (facts.finished === undefined)
    notes.push('its process ended before its tests did: what they left was not captured');
  if (facts.repeatFailedIn !== undefined)
    notes.push(
      `a test that passed failed when it ran again (round ${facts.repeatFailedIn}): it was not repeated further`,
    );
  if (facts.reducedTo !== undefined)
    notes.push(`its tests are slow: ${plural(facts.reducedTo, 'round')} (--budget gives them more time)`);
  const findings = [...goroutines, ...(grown === undefined ? [] : [grown])];
  return {
    findings,
    entry: {
      importPath: facts.importPath,
      goVersion: facts.goVersion,
      verdict: packageVerdict(findings, facts.finished !== undefined, heap, leaking.length > 0),
      rounds,
      ...(heap === undefined ? {} : { heap }),
      ignored: ignoredGoroutines(left),
      notes,
    },
  };
}

function packageVerdict(
  findings: readonly GateFinding[],
  finished: boolean,
  heap: GateTrend | undefined,
  leaksGoroutines: boolean,
): Verdict {
  if (findings.some((one) => one.verdict === 'leak')) return 'leak';
  const open = !finished || findings.length > 0 || (heap?.shape === 'unclear' && !leaksGoroutines);
  return open ? 'inconclusive' : 'clear';
}

function heapTrend({ facts }: TestRun): GateTrend {
  const values = facts.rounds.map((round) => round.heapAllocBytes);
  const trend = judgeRounds(values, Math.max(floorBytes, floorShare * (values.at(-1) ?? 0)));
  return {
    what: 'live-heap',
    unit: 'bytes',
    values,
    shape: trend.shape,
    perRound: trend.perRound,
    ...(Number.isFinite(trend.low) ? { low: trend.low, high: trend.high } : {}),
    pValue: trend.pValue,
    ...(trend.why === undefined ? {} : { why: trend.why }),
    ...(trend.roundsToSettle === undefined ? {} : { roundsToSettle: trend.roundsToSettle }),
  };
}

function summaryOf(
  verdict: Verdict,
  packages: readonly GatePackage[],
  findings: readonly GateFinding[],
  { exit }: GatedRun,
  interrupted: boolean,
): string {
  const failure = exit.code === 0 || interrupted ? '' : ` The tests failed by themselves (${exitText(exit)}).`;
  const ran = `${plural(packages.length, 'package')}`;
  if (verdict === 'leak') {
    const leaks = findings.filter((one) => one.verdict === 'leak');
    const tests = new Set(leaks.flatMap((one) => one.tests));
    const by = tests.size === 0 ? '' : tests.size <= 3 ? ` by ${[...tests].join(', ')}` : ` by ${tests.size} tests`;
    return `${plural(leaks.length, 'leak')}${by} in ${ran}.${failure}`;
  }
  if (interrupted) return 'Interrupted before all tests had run.';
  if (exit.code !== 0)
    return packages.length === 0
      ? `The command failed (${exitText(exit)}) before a test ran: it did not build, or there is nothing to test.`
      : `The tests failed by themselves (${exitText(exit)}); no leak was found in what ran.`;
  if (packages.length === 0) return 'No test told anything: none ran, or the test program was built without the gate.';
  if (verdict === 'clear') return `Tests of ${ran} leave nothing behind.`;
  const open = packages.filter((one) => one.verdict === 'inconclusive').length;
  return `No leak is certain, ${open} of ${ran} could not be settled.`;
}

// `leakline gate`: fails a pipeline when tests leave something behind, or when memory does not return after load.
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { KnownError, UsageError } from '../../base/errors.ts';
import { type GatedRunOptions, runGated } from '../../capture/gate/run-gated.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import type { GateReport } from '../../report/gate-report.ts';
import { renderGateJunit } from '../../report/render-gate-junit.ts';
import { renderGateMarkdown } from '../../report/render-gate-markdown.ts';
import { renderGateSarif } from '../../report/render-gate-sarif.ts';
import { renderGateText } from '../../report/render-gate-text.ts';
import { composeTests, type GateScope, needsSingleRound } from '../gate/compose-tests.ts';
import { countOf, durationOf } from '../gate/flag-values.ts';
import { type CycleFlags, gateCycles } from '../gate/gate-cycles.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, topOf } from '../options.ts';
import { writeOutput, writeWhole } from '../write-output.ts';
import { runDiagnose } from './diagnose.ts';

export interface GateFlags extends CycleFlags {
  readonly rounds?: string;
  readonly grace?: string;
  readonly budget?: string;
  readonly only?: string;
  readonly as?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly summary?: string;
}

export async function runGate(words: readonly string[], flags: GateFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  const top = topOf(flags);
  const scope = scopeOf(flags.only);
  const command = words[0] === '--' ? words.slice(1) : words;
  if (flags.target !== undefined || flags.load !== undefined) {
    const { target, load } = flags;
    if (target === undefined || load === undefined || command.length > 0)
      throw new UsageError(
        'load cycles need --target and --load, and no other command',
        "leakline gate --target http://localhost:6060 --load 'hey -n 1000 http://localhost:8080/' --cycles 5",
      );
    const report = await gateCycles(target, load, flags, io);
    await writeReport(report, { format, top }, flags, io);
    return exitOf(report);
  }
  if (command.length === 0)
    throw new UsageError('leakline gate needs the command that runs the tests', 'leakline gate -- go test ./...');
  // A service has no tests to repeat: it is watched, and judged by the same exit codes.
  if (kindOf(command, flags.as) === 'service') return runDiagnose(['--', ...command], flags, io);
  const report = await gateTests(command, flags, scope, io);
  await writeReport(report, { format, top }, flags, io);
  return exitOf(report);
}

async function gateTests(
  command: readonly string[],
  flags: GateFlags,
  scope: GateScope,
  io: CliIo,
): Promise<GateReport> {
  const options: GatedRunOptions = {
    cwd: io.cwd,
    env: { ...io.env },
    output: io.stderr,
    rounds: countOf('--rounds', flags.rounds, 6, 1000),
    graceMs: durationOf('--grace', flags.grace, 2000),
    budgetMs: durationOf('--budget', flags.budget, 60_000),
    signal: io.interrupt,
  };
  const run = await runGated(command, options);
  if (!needsSingleRound(run) || io.interrupt.aborted) return composeTests(command, run, scope, io.interrupt.aborted);
  io.stderr.write('note: tests ended the process when they ran again; everything is run once more, without repeats\n');
  const single = await runGated(command, { ...options, rounds: 1 });
  // What could be repeated keeps its rounds.
  const whole = run.runs.filter(({ facts }) => facts.finished !== undefined);
  const names = new Set(whole.map(({ facts }) => facts.importPath));
  const runs = [...whole, ...single.runs.filter(({ facts }) => !names.has(facts.importPath))];
  return composeTests(command, { ...single, runs }, scope, io.interrupt.aborted);
}

/** Tests that fail by themselves are no leak, and no clear answer either: 2, as for anything that must be repaired first. */
function exitOf(report: GateReport): ExitCode {
  if (report.verdict === 'leak') return 1;
  if (report.failed) return 2;
  return report.verdict === 'clear' ? 0 : 3;
}

async function writeReport(
  report: GateReport,
  { format, top }: { format: 'text' | 'json' | 'md'; top: number },
  flags: GateFlags,
  io: CliIo,
): Promise<void> {
  if (flags.junit !== undefined) await writeWhole(path.resolve(io.cwd, flags.junit), renderGateJunit(report, io.cwd));
  if (flags.sarif !== undefined)
    await writeWhole(path.resolve(io.cwd, flags.sarif), renderGateSarif(report, catalogue, io.cwd));
  const summaries = [flags.summary, io.env['GITHUB_STEP_SUMMARY']].filter((file) => file !== undefined && file !== '');
  for (const file of new Set(summaries)) await append(path.resolve(io.cwd, file!), renderGateMarkdown(report, io.cwd));
  const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
  const text =
    format === 'json'
      ? `${JSON.stringify(report, null, 2)}\n`
      : format === 'md'
        ? renderGateMarkdown(report, io.cwd)
        : renderGateText(report, {
            color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
            width: Math.min(120, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
            top,
            verbose: flags.verbose === true,
            cwd: io.cwd,
          });
  await writeOutput(io, flags.output, text);
}

async function append(file: string, text: string): Promise<void> {
  try {
    await appendFile(file, text);
  } catch (cause) {
    throw new KnownError('E-OUTPUT', `${file} cannot be written: ${cause instanceof Error ? cause.message : cause}`, {
      cause,
    });
  }
}

/** `go test`, gotestsum, `make test`, x.test and whatever else has test in its first words run tests; the rest are services. */
function kindOf(command: readonly string[], as: string | undefined): 'tests' | 'service' {
  if (as === 'tests' || as === 'service') return as;
  if (as !== undefined) throw new UsageError(`--as ${as} is not one of tests, service`);
  const [program = '', ...args] = command;
  const isGoRun = path.basename(program) === 'go' && args[0] === 'run';
  return !isGoRun && [path.basename(program), ...args.slice(0, 3)].some((word) => /test/i.test(word))
    ? 'tests'
    : 'service';
}

function scopeOf(only: string | undefined): GateScope {
  if (only === undefined) return { goroutines: true, heap: true };
  if (only !== 'goroutines' && only !== 'heap') throw new UsageError(`--only ${only} is not one of goroutines, heap`);
  return { goroutines: only === 'goroutines', heap: only === 'heap' };
}

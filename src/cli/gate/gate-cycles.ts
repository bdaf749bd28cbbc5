// `leakline gate --target T --load CMD`: the flags, the run, and the ordinary analysis where memory does not return.
import path from 'node:path';
import { UsageError } from '../../base/errors.ts';
import { parseBytes } from '../../base/parse-bytes.ts';
import { runCycles } from '../../capture/gate/run-cycles.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import type { GateReport } from '../../report/gate-report.ts';
import { analyseCase, type DiagnoseFlags } from '../commands/diagnose.ts';
import type { CliIo } from '../io.ts';
import { clientOptionsOf, type OutputFlags } from '../options.ts';
import { writeWhole } from '../write-output.ts';
import { baselineOf, readBaseline } from './baseline.ts';
import { type CycleLimits, composeCycles, judgeCycles, trendsOf } from './compose-cycles.ts';
import { countOf, durationOf } from './flag-values.ts';

export interface CycleFlags extends OutputFlags, DiagnoseFlags {
  readonly target?: string;
  readonly load?: string;
  readonly cycles?: string;
  readonly settle?: string;
  readonly maxGrowth?: string;
  readonly maxGoroutines?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

/** Throws KnownError. */
export async function gateCycles(target: string, load: string, flags: CycleFlags, io: CliIo): Promise<GateReport> {
  const spec = parseTarget([target], false);
  if (spec.kind === 'case' || spec.kind === 'files' || spec.kind === 'stdin')
    throw new UsageError(
      `--target ${target} is no running target`,
      'Give a URL, host:port, a pid, docker:NAME or systemd:UNIT.',
    );
  const limits: CycleLimits = {
    maxGrowthBytes: flags.maxGrowth === undefined ? undefined : bytesOf('--max-growth', flags.maxGrowth),
    maxGoroutines:
      flags.maxGoroutines === undefined ? undefined : countOf('--max-goroutines', flags.maxGoroutines, 0, 1e9),
    baseline: flags.baseline === undefined ? undefined : await readBaseline(path.resolve(io.cwd, flags.baseline)),
  };
  const cycles = countOf('--cycles', flags.cycles, 5, 1000);
  const series = await runCycles(spec, {
    load,
    // One more, which warms up.
    cycles: cycles + 1,
    settleMs: durationOf('--settle', flags.settle, 2000),
    client: await clientOptionsOf(flags),
    cwd: io.cwd,
    env: { ...io.env },
    output: io.stderr,
    signal: io.interrupt,
    onCycle: (cycle) => io.stderr.write(`cycle ${cycle} of ${cycles + 1} measured${cycle === 1 ? ' (warm-up)' : ''}\n`),
  });
  const trends = trendsOf(series);
  if (flags.writeBaseline !== undefined) {
    const baseline = baselineOf(trends);
    if (baseline !== undefined)
      await writeWhole(path.resolve(io.cwd, flags.writeBaseline), `${JSON.stringify(baseline, null, 2)}\n`);
  }
  const needed = judgeCycles(trends, limits).verdict !== 'clear' && series.measured > 0;
  const diagnosis = needed ? (await analyseCase(series.input, flags, io)).report : undefined;
  return composeCycles(load, series, limits, diagnosis);
}

function bytesOf(flag: string, text: string): number {
  const bytes = /^0+$/.test(text) ? 0 : parseBytes(text);
  if (bytes === undefined) throw new UsageError(`${flag} ${text} is not a size`, 'Write 64KiB, 1MiB or 0.');
  return bytes;
}

// `leakline scan [./... | dir | file.go]…`: what of the source may leak, by the static rules.
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChangedLines, readChangedLines } from '../../capture/changed-lines.ts';
import { findGoPackages, type GoDirectory } from '../../capture/find-go-packages.ts';
import { readGrammar } from '../../capture/read-grammar.ts';
import { runProgram } from '../../capture/run-program.ts';
import { catalogue } from '../../diagnosis/catalogue.ts';
import { composeScanReport } from '../../report/compose-scan-report.ts';
import { measuredLines } from '../../report/measured-lines.ts';
import type { ScanReport } from '../../report/scan-report.ts';
import { scanDirectories } from '../../worker/scan-pool.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { baselineOf, readBaseline } from '../scan-baseline.ts';
import { rulesOf, type ScanFlags, type ScanFormat, scanFormatOf, settingsOf } from '../scan-options.ts';
import { createScanProgress } from '../scan-progress.ts';
import { toolVersion } from '../version.ts';
import { writeOutput, writeWhole } from '../write-output.ts';

/** Starting threads costs more than they save below this many files. */
const filesWorthThreads = 60;

export async function runScan(words: readonly string[], flags: ScanFlags, io: CliIo): Promise<ExitCode> {
  const format = scanFormatOf(flags);
  const rules = rulesOf(flags);
  const started = io.nowMs();
  const baseline = flags.baseline === undefined ? undefined : await readBaseline(path.resolve(io.cwd, flags.baseline));
  const changed = flags.changed === undefined ? undefined : await readChangedLines(flags.changed, io.cwd, runProgram);
  const measured = flags.with === undefined ? undefined : await measuredIn(flags.with, io);
  const found = await findGoPackages(words, {
    cwd: io.cwd,
    vendor: flags.vendor === true,
    testdata: flags.testdata === true,
    signal: io.interrupt,
  });
  const directories =
    changed === undefined ? found.directories : found.directories.filter((one) => isTouched(one, changed));
  const progress = createScanProgress(io, directories.length);
  const files = directories.reduce((sum, { names }) => sum + names.length, 0);
  const scans = await scanDirectories(directories, {
    settings: settingsOf(
      flags,
      rules.flatMap((rule) => (rule.ran ? [rule.id] : [])),
      io.env,
    ),
    grammar: await readGrammar(),
    threads: files < filesWorthThreads ? 0 : os.availableParallelism(),
    workerUrl: workerUrl(),
    signal: io.interrupt,
    onScanned: progress.update,
  });
  progress.end();
  const report = composeScanReport({
    toolVersion,
    root: rootOf(io.cwd, format),
    scans,
    skipped: found.skipped,
    notes: found.notes,
    rules,
    durationMs: io.nowMs() - started,
    ...(baseline === undefined ? {} : { baseline }),
    ...(changed === undefined ? {} : { isWanted: (hit) => changed.isChanged(hit.file, hit.line) }),
    ...(measured === undefined ? {} : { measured }),
  });
  if (flags.writeBaseline !== undefined)
    await writeWhole(path.resolve(io.cwd, flags.writeBaseline), baselineOf(report));
  await writeOutput(io, flags.output, await render(report, format, flags, io));
  if (flags.writeBaseline !== undefined) return 0;
  if (report.hits.length > 0) return 1;
  return report.scanned.complete ? 0 : 3;
}

async function render(report: ScanReport, format: ScanFormat, flags: ScanFlags, io: CliIo): Promise<string> {
  switch (format) {
    case 'json':
      return `${JSON.stringify(report, null, 2)}\n`;
    case 'sarif':
      return (await import('../../report/render-scan-sarif.ts')).renderScanSarif(report, catalogue);
    case 'github':
      return (await import('../../report/render-scan-github.ts')).renderScanGithub(report);
    case 'md':
      return (await import('../../report/render-scan-markdown.ts')).renderScanMarkdown(report);
    case 'text': {
      const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
      return (await import('../../report/render-scan-text.ts')).renderScanText(report, {
        color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
        verbose: flags.verbose === true,
      });
    }
  }
}

async function measuredIn(file: string, io: CliIo) {
  const { analyseCase, gather } = await import('./diagnose.ts');
  const input = await gather([file], {}, io);
  const { report } = await analyseCase(input, {}, io);
  return { label: file, of: measuredLines(report) };
}

const isTouched = ({ directory, names }: GoDirectory, changed: ChangedLines): boolean =>
  names.some((name) => changed.files.has(path.join(directory, name)));

/** Code hosts want paths from the root of the checkout, people want them from where they stand. */
function rootOf(cwd: string, format: ScanFormat): string {
  if (format !== 'sarif' && format !== 'github') return cwd;
  for (let at = cwd; ; at = path.dirname(at)) {
    if (existsSync(path.join(at, '.git'))) return at;
    if (path.dirname(at) === at) return cwd;
  }
}

/** Beside the bundle; there is none when the source runs unbundled. */
function workerUrl(): URL | undefined {
  const url = new URL('./scan-worker.js', import.meta.url);
  return existsSync(fileURLToPath(url)) ? url : undefined;
}

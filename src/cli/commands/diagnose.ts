// `leakline <target>`: capture, analyse, report. Also reads files and case files.

import { gzipSync } from 'node:zlib';
import { type Analysis, analyze } from '../../analyze.ts';
import { growthWorthTracing } from '../../analyze-process.ts';
import { UsageError } from '../../base/errors.ts';
import { captureTarget } from '../../capture/capture-target.ts';
import { parseTarget } from '../../capture/parse-target.ts';
import { goPathsFromEnvironment } from '../../capture/read-sources.ts';
import type { Verdict } from '../../diagnosis/finding.ts';
import type { Case } from '../../model/case.ts';
import type { ReduceWalk } from '../../model/first-walk.ts';
import type { Report } from '../../report/report.ts';
import { type SourcePlaces, sourceOptions } from '../../worker/source-options.ts';
import type { CliIo, ExitCode } from '../io.ts';
import {
  type CaptureFlags,
  clientOptionsOf,
  type Format,
  type OutputFlags,
  planOf,
  reportFormatOf,
  topOf,
} from '../options.ts';
import { createProgress } from '../progress.ts';
import { storedCase } from '../stored-case.ts';
import { toolVersion } from '../version.ts';
import { writeOutput, writeWhole } from '../write-output.ts';

export interface DiagnoseFlags extends CaptureFlags, OutputFlags {
  readonly source?: string | false;
  readonly growth?: string;
  /** Show it in the browser, too, until it is interrupted. */
  readonly open?: boolean;
}

/** Without being asked for a heap walk, the target is not stopped for longer. */
export const mostPauseMs = 150;

export const exitOf: Readonly<Record<Verdict, ExitCode>> = { clear: 0, leak: 1, inconclusive: 3 };

export async function runDiagnose(words: readonly string[], flags: DiagnoseFlags, io: CliIo): Promise<ExitCode> {
  const format = reportFormatOf(flags);
  if (format === 'html' && flags.output === undefined && io.stdout.isTTY === true)
    throw new UsageError('--format html writes a file', 'Write: leakline TARGET --format html -o report.html');
  const top = topOf(flags);
  const input = await gather(words, flags, io);
  const analysis = await analyseCase(input, flags, io);
  if (flags.growth !== undefined) await writeGrowth(flags.growth, analysis, io);
  const text =
    format === 'html'
      ? await renderPage({ input, analysis })
      : await renderReport(analysis.report, format, top, flags, io);
  await writeOutput(io, flags.output, text);
  if (flags.open === true) {
    const { showAnalysis } = await import('../show-pages.ts');
    await showAnalysis(words, { input, analysis }, { port: 0, browser: true, announce: io.stderr }, flags, io);
  }
  return exitOf[analysis.report.verdict];
}

/** Everything that is captured of the target, with progress on stderr. */
export async function gather(
  words: readonly string[],
  flags: CaptureFlags & OutputFlags,
  io: CliIo,
  keep: 'walk' | 'snapshot' = 'walk',
): Promise<Case> {
  const stored = await storedCase(words, io);
  if (stored !== undefined) return stored;
  const spec = parseTarget(words, io.stdin.isTTY !== true);
  const progress = createProgress(io, false);
  try {
    return await captureTarget(spec, {
      plan: planOf(flags),
      client: await clientOptionsOf(flags),
      commandOutput: io.stderr,
      stdin: io.stdin,
      nowMs: io.nowMs,
      signal: io.interrupt,
      ...(flags.native === false
        ? {}
        : {
            native: {
              wanted: (target, artefacts) => growthWorthTracing({ target, artefacts }) !== undefined,
              searchPath: io.env['PATH'] ?? '',
            },
          }),
      ...(flags.walk === false ? {} : { walk: { keep, maxPauseMs: mostPauseMs, reduce: reduceFirstWalk } }),
      onCapture: progress.update,
      onNote: (note) => progress.note(note.message),
    });
  } finally {
    progress.end();
  }
}

/** Its code is loaded when there is a walk. */
export const reduceFirstWalk: ReduceWalk = async (walk) =>
  (await import('../../retention/reduce-walk.ts')).reduceWalk(walk);

export async function analyseCase(
  input: Case,
  flags: { readonly source?: string | false },
  io: CliIo,
): Promise<Analysis> {
  return analyze(input, { toolVersion, nowMs: io.nowMs, ...sourceOptions(sourcePlaces(flags, io)) });
}

/** Where source may be read; undefined: nowhere. */
export function sourcePlaces(flags: { readonly source?: string | false }, io: CliIo): SourcePlaces | undefined {
  if (flags.source === false) return undefined;
  return { paths: goPathsFromEnvironment(io.env, io.home), sourceDir: flags.source || undefined };
}

/** The report in the format that was asked for. */
export async function renderReport(
  report: Report,
  format: Format,
  top: number,
  flags: OutputFlags,
  io: CliIo,
): Promise<string> {
  if (format === 'json') return (await import('../../report/render-json.ts')).renderJson(report);
  if (format === 'md') return (await import('../../report/render-markdown.ts')).renderMarkdown(report);
  const { renderText } = await import('../../report/render-text.ts');
  const toTerminal = flags.output === undefined && io.stdout.isTTY === true;
  return renderText(report, {
    color: flags.color !== false && !io.env['NO_COLOR'] && (toTerminal || Boolean(io.env['FORCE_COLOR'])),
    width: Math.min(120, Math.max(60, (toTerminal ? io.stdout.columns : undefined) ?? 100)),
    top,
    verbose: flags.verbose === true,
    cwd: io.cwd,
  });
}

/** One file with all pages of `leakline ui` and what they show. */
async function renderPage(analysed: { readonly input: Case; readonly analysis: Analysis }): Promise<string> {
  const [{ collectSavedRun }, { composeSavedPage }, { readPages }, { servedCase }] = await Promise.all([
    import('../../server/collect-saved-run.ts'),
    import('../../server/compose-saved-page.ts'),
    import('../../server/read-pages.ts'),
    import('../../server/served.ts'),
  ]);
  const run = await collectSavedRun(servedCase(analysed, undefined));
  return composeSavedPage(run, analysed.analysis.report, await readPages(import.meta.url));
}

async function writeGrowth(path: string, analysis: Analysis, io: CliIo): Promise<void> {
  const { heap, report } = analysis;
  if (heap === undefined) {
    io.stderr.write(`note: no heap profile was captured, ${path} is not written\n`);
    return;
  }
  const { encodeGrowthProfile } = await import('../../report/encode-pprof.ts');
  const from = Date.parse(report.window.from);
  const to = Date.parse(report.window.to);
  const { stackGrowth } = heap;
  await writeWhole(
    path,
    gzipSync(
      encodeGrowthProfile({
        stacks: heap.stacks,
        ...stackGrowth,
        timeMs: to,
        durationMs: to - from,
        periodBytes: heap.samplingPeriodBytes,
        comments: [
          `growth of the live heap from ${report.window.from} to ${report.window.to}, by leakline ${toolVersion}`,
        ],
      }),
    ),
  );
}

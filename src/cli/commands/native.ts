// `leakline native <target>`: which Go call makes C memory grow, and through which C function.
import { createInterface } from 'node:readline/promises';
import { KnownError, UsageError } from '../../base/errors.ts';
import { parseDuration } from '../../base/format-duration.ts';
import { costShare, slowdownOf } from '../../capture/native/estimate-cost.ts';
import { type NativeCapture, traceNative } from '../../capture/native/trace-native.ts';
import { measureNativeGrowth } from '../../growth/native-growth.ts';
import { ownFrameOf } from '../../growth/native-own-frame.ts';
import { nativeClasses } from '../../ledger/native-classes.ts';
import type { CodePlace, NativeGrowth, NativeHits, NativeSite } from '../../model/native.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { localProcessOf } from '../local-process.ts';
import { formatOf, type OutputFlags, topOf } from '../options.ts';
import { nativeText } from '../render-native.ts';
import { writeOutput } from '../write-output.ts';

export interface NativeFlags extends OutputFlags {
  readonly for?: string;
  readonly yes?: boolean;
}

const leastSeconds = 6;
const mostSeconds = 1200;

export async function runNative(word: string, flags: NativeFlags, io: CliIo): Promise<ExitCode> {
  const format = formatOf(flags);
  if (format === 'md') throw new UsageError('--format md is not available for native', 'Use text or json.');
  const top = topOf(flags);
  const seconds = secondsOf(flags.for ?? '20s');
  const { pid } = await localProcessOf(word, 'native');
  const capture = await traceNative(pid, {
    seconds,
    yes: flags.yes === true,
    confirm: io.stdin.isTTY === true && io.stderr.isTTY === true ? (question) => ask(question, io) : undefined,
    command: `leakline native ${pid} --for ${seconds}s`,
    searchPath: io.env['PATH'] ?? '',
    signal: io.interrupt,
    nowMs: io.nowMs,
    note: (message) => void io.stderr.write(`${message}\n`),
  });
  const { looks, program } = capture;
  const growth = measureNativeGrowth({ ...capture, classes: nativeClasses(looks.first, looks.last, program) });
  const color = flags.color !== false && io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '';
  const text =
    format === 'json'
      ? `${JSON.stringify(nativeJson(pid, capture, growth), null, 2)}\n`
      : nativeText(pid, capture, growth, {
          color,
          top,
          verbose: flags.verbose === true,
          width: Math.min(120, Math.max(60, io.stdout.columns ?? 100)),
        });
  await writeOutput(io, flags.output, text);
  return growth.verdict === 'leak' ? 1 : growth.verdict === 'clear' ? 0 : 3;
}

/** Only a clear yes is one; Ctrl-C is a no. */
async function ask(question: string, io: CliIo): Promise<boolean> {
  const reader = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `, { signal: io.interrupt });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false;
  } finally {
    reader.close();
  }
}

function secondsOf(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`--for ${text} is not a duration`, 'Write 20s or 2m.');
  const seconds = Math.ceil(ms / 1000);
  if (seconds < leastSeconds || seconds > mostSeconds) {
    throw new KnownError('E-USAGE', `--for ${text} is not between ${leastSeconds} s and ${mostSeconds / 60} min`, {
      advice: 'A shorter window cannot tell growth from warm-up.',
    });
  }
  return seconds;
}

/** leakline.native/1, docs/schemas/leakline.native-1.schema.json. */
function nativeJson(pid: number, capture: NativeCapture, growth: NativeGrowth): unknown {
  const { trace, cost } = capture;
  return {
    schema: 'leakline.native/1',
    pid,
    goVersion: capture.goVersion,
    verdict: growth.verdict,
    why: growth.why,
    whatWouldSettleIt: growth.whatWouldSettleIt,
    probe: capture.probe,
    probeHits: trace === undefined ? 0 : hitsOf(trace.hits),
    hits: trace?.hits,
    olderReleases: trace?.olderReleases,
    allocator: capture.allocator,
    tracer: capture.tracer,
    windowMs: trace?.atMs.at(-1) ?? spanMs(capture),
    sites: growth.sites.filter((site) => site.count > 0).map((site) => siteJson(site, capture.program.modulePath)),
    nativeMemory:
      growth.memory === undefined
        ? undefined
        : {
            firstBytes: growth.memory.first,
            lastBytes: growth.memory.last,
            bytesPerSecond: growth.memory.perSecond,
            shape: growth.memory.shape,
          },
    classes: growth.classes,
    costEstimate: cost === undefined ? undefined : { ...cost, slowdown: slowdownOf(costShare(capture.probe, cost)) },
    lostBlocks: trace?.lostBlocks,
    warnings: capture.warnings,
  };
}

const hitsOf = ({ allocations, releases, mappings, pageFaults }: NativeHits): number =>
  allocations + releases + mappings + pageFaults;

const spanMs = ({ memory }: NativeCapture): number => (memory.length < 2 ? 0 : memory.at(-1)!.atMs - memory[0]!.atMs);

function siteJson(site: NativeSite, modulePath: string | undefined): unknown {
  const { names, growth } = site;
  return {
    kind: site.kind,
    goCaller: placeJson(names.goCaller),
    ownCaller: placeJson(ownFrameOf(names.goStack, modulePath)),
    cCaller: placeJson(names.cCaller),
    via: names.via,
    allocator: site.allocator,
    bytes: site.bytes,
    count: site.count,
    oldestMs: site.oldestMs === undefined ? null : Math.round(site.oldestMs),
    bytesPerSecond: growth.perSecond,
    low: growth.perSecondLow,
    high: growth.perSecondHigh,
    shape: growth.shape,
    state: site.state,
    keptShare: site.keptShare,
    allocatedBytes: site.allocatedBytes,
    allocatedCount: site.allocatedCount,
    goStack: names.goStack.map(placeJson),
  };
}

function placeJson(place: CodePlace | undefined): unknown {
  return place === undefined
    ? null
    : {
        function: place.function,
        file: place.file,
        line: place.line,
        object: place.object,
        address: `0x${place.address.toString(16)}`,
      };
}

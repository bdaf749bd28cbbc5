// `leakline native <pid>`: which Go call makes C memory grow, and through which C function.
import { KnownError, UsageError } from '../../base/errors.ts';
import { formatByteRate, formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { formatDuration, parseDuration } from '../../base/format-duration.ts';
import { plainText } from '../../base/plain-text.ts';
import { wrapText } from '../../base/wrap-text.ts';
import { type NativeCapture, traceNative } from '../../capture/native/trace-native.ts';
import { measureNativeGrowth } from '../../growth/native-growth.ts';
import type { CodePlace, NativeGrowth, NativeSite } from '../../model/native.ts';
import { createPaint } from '../../report/paint.ts';
import type { CliIo, ExitCode } from '../io.ts';
import { formatOf, type OutputFlags, topOf } from '../options.ts';
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
  const pid = Number(word);
  if (!/^\d+$/.test(word) || !Number.isSafeInteger(pid) || pid < 1) {
    throw new UsageError(`${word} is not a pid`, 'List candidates with `pgrep -a NAME`.');
  }
  const seconds = secondsOf(flags.for ?? '20s');
  const capture = await traceNative(pid, {
    seconds,
    yes: flags.yes === true,
    command: `leakline native ${pid} --for ${seconds}s`,
    searchPath: io.env['PATH'] ?? '',
    signal: io.interrupt,
    nowMs: io.nowMs,
    note: (message) => void io.stderr.write(`${message}\n`),
  });
  const growth = measureNativeGrowth(capture);
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
    probeHits: trace === undefined ? 0 : trace.hits.allocations + trace.hits.releases + trace.hits.pageFaults,
    hits: trace?.hits,
    olderReleases: trace?.olderReleases,
    allocator: capture.allocator,
    tracer: capture.tracer,
    windowMs: trace?.atMs.at(-1) ?? spanMs(capture),
    sites: growth.sites.filter((site) => site.count > 0).map(siteJson),
    nativeMemory:
      growth.memory === undefined
        ? undefined
        : {
            firstBytes: growth.memory.first,
            lastBytes: growth.memory.last,
            bytesPerSecond: growth.memory.perSecond,
            shape: growth.memory.shape,
          },
    costEstimate: cost,
    warnings: capture.warnings,
  };
}

const spanMs = ({ memory }: NativeCapture): number => (memory.length < 2 ? 0 : memory.at(-1)!.atMs - memory[0]!.atMs);

function siteJson(site: NativeSite): unknown {
  const { names, growth } = site;
  return {
    goCaller: placeJson(names.goCaller),
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

interface TextOptions {
  readonly color: boolean;
  readonly top: number;
  readonly verbose: boolean;
  readonly width: number;
}

function nativeText(pid: number, capture: NativeCapture, growth: NativeGrowth, options: TextOptions): string {
  const paint = createPaint(options.color);
  const badge = {
    leak: paint.alarm(' LEAK '),
    clear: paint.good(' CLEAR '),
    inconclusive: paint.doubt(' INCONCLUSIVE '),
  }[growth.verdict];
  const hanging = (lead: string, words: string): string[] =>
    wrapText(plainText(words), options.width - 6).map((line, i) => (i === 0 ? `${lead}${line}` : `    ${line}`));
  const shown = growth.sites
    .filter((site) => site.count > 0 && (options.verbose || site.state === 'leaking' || site.state === 'unclear'))
    .slice(0, Math.max(options.top, options.verbose ? 1000 : 0));
  const { memory } = growth;
  const lines = [
    ...hanging(`${badge} `, growth.why),
    paint.faint(`  pid ${pid} · ${howText(capture)}`),
    ...(memory === undefined
      ? []
      : [
          `  native memory ${formatBytes(memory.first)} → ${formatBytes(memory.last)}${memory.shape === 'growing' ? paint.rate(` +${formatByteRate(memory.perSecond)}`) : paint.faint(` ${memory.shape}`)}`,
        ]),
    ...shown.flatMap((site) => ['', ...siteLines(site, paint)]),
    ...(growth.whatWouldSettleIt === undefined ? [] : ['', ...hanging('  → ', growth.whatWouldSettleIt)]),
    ...(capture.warnings.length === 0 ? [] : ['']),
    ...capture.warnings.flatMap((warning) => hanging(paint.doubt('  ! '), warning)),
  ];
  return `${lines.join('\n')}\n`;
}

function howText({ probe, trace, allocator, cost, tracer }: NativeCapture): string {
  const parts = [
    probe === 'malloc' && allocator !== undefined
      ? `every allocation of ${plainText(allocator.object)}`
      : probe === 'page-faults'
        ? 'page faults of C code'
        : 'sizes only',
    trace === undefined ? undefined : `for ${formatDuration(trace.atMs.at(-1) ?? 0)}`,
    trace === undefined
      ? undefined
      : probe === 'malloc'
        ? `${formatCount(trace.hits.allocations)} allocations, ${formatCount(trace.hits.releases)} releases`
        : `${formatCount(trace.hits.pageFaults)} faults`,
    cost === undefined ? undefined : `cost about ${(100 * costShare(probe, cost)).toFixed(1)} % of a core`,
    tracer,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

const costShare = (probe: NativeCapture['probe'], cost: NonNullable<NativeCapture['cost']>): number =>
  probe === 'malloc' ? cost.targetCoreShare + cost.otherCoreShare : cost.pageFaultCoreShare;

function siteLines(site: NativeSite, paint: ReturnType<typeof createPaint>): string[] {
  const { names, growth } = site;
  const blocks = site.allocator === 'page-fault' ? 'pages' : 'blocks';
  const age = site.oldestMs === undefined ? '' : `, oldest ${formatDuration(site.oldestMs)}`;
  const kept = site.keptShare === undefined ? '' : `, ${Math.round(site.keptShare * 100)} % kept`;
  return [
    `  ${paint.rate(`+${formatByteRate(growth.perSecond)}`)}  ${formatBytes(site.bytes)} in ${formatCount(site.count)} ${blocks}${site.allocator === 'page-fault' ? '' : `${age}${kept}`}`,
    `    ${paint.strong(plainText(names.goCaller?.function ?? '(C thread)'))} ${paint.faint(placeText(names.goCaller))}`,
    `    ${names.via === undefined ? '' : `${names.via} → `}${plainText(names.cCaller?.function ?? `0x${(names.cCaller?.address ?? 0).toString(16)}`)} → ${site.allocator} ${paint.faint(placeText(names.cCaller))}`,
  ];
}

function placeText(place: CodePlace | undefined): string {
  if (place === undefined) return '';
  if (place.file !== undefined && place.file !== '') return plainText(`${place.file}:${place.line ?? 0}`);
  return plainText(place.object ?? '');
}

// A native trace as text: the verdict first, then each place that keeps memory, with the Go line and the C function.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import { costShare, slowdownOf } from '../capture/native/estimate-cost.ts';
import type { NativeCapture } from '../capture/native/trace-native.ts';
import { ownFrameOf } from '../growth/native-own-frame.ts';
import type { CodePlace, NativeGrowth, NativeSite, NativeSiteKind } from '../model/native.ts';
import { createPaint } from '../report/paint.ts';

type Paint = ReturnType<typeof createPaint>;

export interface NativeTextOptions {
  readonly color: boolean;
  readonly top: number;
  readonly verbose: boolean;
  readonly width: number;
}

export function nativeText(
  pid: number,
  capture: NativeCapture,
  growth: NativeGrowth,
  options: NativeTextOptions,
): string {
  const paint = createPaint(options.color);
  const badge = {
    leak: paint.alarm(' LEAK '),
    clear: paint.good(' CLEAR '),
    inconclusive: paint.doubt(' INCONCLUSIVE '),
  }[growth.verdict];
  const hanging = (lead: string, words: string): string[] =>
    wrapText(plainText(words), options.width - 6).map((line, i) => (i === 0 ? `${lead}${line}` : `    ${line}`));
  const told = growth.sites.filter(
    (site) => site.count > 0 && (options.verbose || site.state === 'leaking' || site.state === 'unclear'),
  );
  const shown = told.slice(0, Math.max(options.top, options.verbose ? 1000 : 0));
  const { memory } = growth;
  const lines = [
    ...hanging(`${badge} `, growth.why),
    paint.faint(`  pid ${pid} · ${howText(capture)}`),
    ...(memory === undefined
      ? []
      : [
          `  native memory ${formatBytes(memory.first)} → ${formatBytes(memory.last)}${memory.shape === 'growing' ? paint.rate(` +${formatByteRate(memory.perSecond)}`) : paint.faint(` ${memory.shape}`)}`,
        ]),
    ...classLines(capture, growth, paint),
    ...shown.flatMap((site) => [
      '',
      ...siteLines(site, ownFrameOf(site.names.goStack, capture.program.modulePath), paint),
    ]),
    ...(told.length > shown.length
      ? ['', paint.faint(`  and ${told.length - shown.length} more (--top ${told.length})`)]
      : []),
    ...(growth.whatWouldSettleIt === undefined ? [] : ['', ...hanging('  → ', growth.whatWouldSettleIt)]),
    ...(capture.warnings.length === 0 ? [] : ['']),
    ...capture.warnings.flatMap((warning) => hanging(paint.doubt('  ! '), warning)),
  ];
  return `${lines.join('\n')}\n`;
}

/** Where there is no site to show, the kernel's classes say at least what kind of memory grows. */
function classLines({ probe }: NativeCapture, { classes, verdict }: NativeGrowth, paint: Paint): string[] {
  if (probe !== 'smaps' && verdict !== 'inconclusive') return [];
  return classes
    .filter((one) => one.lastBytes - one.firstBytes >= 64 * 1024)
    .map(
      (one) =>
        `    ${one.class.padEnd(14)} ${formatBytes(one.firstBytes)} → ${formatBytes(one.lastBytes)} ${paint.rate(`+${formatBytes(one.lastBytes - one.firstBytes)}`)}`,
    );
}

function howText({ probe, trace, allocator, cost, tracer }: NativeCapture): string {
  const counts =
    trace === undefined
      ? undefined
      : {
          malloc: `${formatCount(trace.hits.allocations)} allocations, ${formatCount(trace.hits.releases)} releases`,
          memleak: undefined,
          'page-faults': `${formatCount(trace.hits.pageFaults)} page faults`,
          mappings: `${formatCount(trace.hits.mappings)} mappings and releases`,
        }[trace.probe];
  const what = {
    malloc: `every allocation of ${plainText(allocator?.object ?? '?')}`,
    memleak: `allocations of ${plainText(allocator?.object ?? '?')} that are kept`,
    'page-faults': 'page faults of C code',
    mappings: 'mappings',
    smaps: 'sizes only',
  }[probe];
  const parts = [
    what,
    trace === undefined ? undefined : `for ${formatDuration(trace.atMs.at(-1) ?? 0)}`,
    counts,
    cost === undefined ? undefined : costText(costShare(probe, cost)),
    trace === undefined ? undefined : tracer,
  ];
  return parts.filter((part) => part !== undefined).join(' · ');
}

const costText = (share: number): string =>
  `cost about ${(100 * share).toFixed(1)} % of a core${share < 0.05 ? '' : ` (up to ${slowdownOf(share).toFixed(2)}x slower when busy)`}`;

function allocatorWords({ allocator, names }: NativeSite): string | undefined {
  if (allocator === 'unknown') return undefined;
  const word = allocator === 'mmap-file' ? 'mmap of a file' : allocator;
  return names.cCaller === undefined && names.goCaller !== undefined ? `${word}, called by Go itself` : word;
}

/** What kind of mistake a site is, and what ends it. */
const kindWords: Record<NativeSiteKind, string> = {
  'cgo-malloc': 'C memory that nobody frees: call the free function of the C library, or C.free',
  'cgo-cstring': 'a C copy that nobody frees: defer C.free(unsafe.Pointer(p))',
  'native-mmap': 'memory that is mapped and never unmapped: munmap it',
  'file-mapping': 'a file that is mapped and never unmapped: Munmap it',
  'native-touch': 'memory of C code that stays: find what allocates it there, and free it',
};

function siteLines(site: NativeSite, own: CodePlace | undefined, paint: Paint): string[] {
  const { names, growth } = site;
  const blocks = { 'page-fault': 'pages', mmap: 'mappings', 'mmap-file': 'mappings' } as Partial<
    Record<string, string>
  >;
  const age = site.oldestMs === undefined ? '' : `, oldest ${formatDuration(site.oldestMs)}`;
  const kept = site.keptShare === undefined ? '' : `, ${Math.round(site.keptShare * 100)} % kept`;
  const more = site.allocator === 'page-fault' ? '' : `${age}${kept}`;
  const cName = plainText(names.cCaller?.function ?? `0x${(names.cCaller?.address ?? 0).toString(16)}`);
  // Below C.CString lies only what cgo made.
  const ofCgo = names.via !== undefined;
  const cPart = names.cCaller === undefined || ofCgo ? undefined : cName;
  const through = [names.via, cPart, allocatorWords(site)].filter((part) => part !== undefined);
  const where = `${through.join(' → ')} ${ofCgo ? '' : paint.faint(placeText(names.cCaller))}`.trimEnd();
  return [
    `  ${paint.rate(`+${formatByteRate(growth.perSecond)}`)}  ${formatBytes(site.bytes)} in ${formatCount(site.count)} ${blocks[site.allocator] ?? 'blocks'}${more}`,
    names.goCaller === undefined
      ? `    ${paint.strong(cName)} ${paint.faint(placeText(names.cCaller))} (no Go frame)`
      : `    ${paint.strong(plainText(names.goCaller.function ?? '?'))} ${paint.faint(placeText(names.goCaller))}`,
    ...(own === undefined || own.address === names.goCaller?.address
      ? []
      : [`    called by ${paint.strong(plainText(own.function ?? '?'))} ${paint.faint(placeText(own))}`]),
    `    ${where}`,
    paint.faint(`    ${kindWords[site.kind]}`),
  ];
}

function placeText(place: CodePlace | undefined): string {
  if (place === undefined) return '';
  if (place.file !== undefined && place.file !== '') return plainText(`${place.file}:${place.line ?? 0}`);
  return plainText(place.object ?? '');
}

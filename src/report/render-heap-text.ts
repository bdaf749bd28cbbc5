// The heap for a terminal. The first block says how large it is and who holds it; every table says the same in more detail.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { wrapText } from '../base/wrap-text.ts';
import type { HeapGoroutineGroup, HeapReport, HeapTypeRow } from './heap-report.ts';
import { holderText, shareText, typeText } from './heap-words.ts';
import { createPaint, type Paint } from './paint.ts';
import { placeText } from './place.ts';
import { renderHeapContainers } from './render-heap-containers.ts';
import { renderHeapDiff } from './render-heap-diff.ts';
import { renderHeapProofs } from './render-heap-proofs.ts';
import { renderHeapWhy } from './render-heap-why.ts';
import { hanging, renderRetainer } from './render-retainer.ts';
import type { TextOptions } from './text-options.ts';

/** Of all bytes: smaller holders and types are lines of their own only on request. */
const leastShare = 0.005;

export function renderHeapText(report: HeapReport, options: TextOptions): string {
  const paint = createPaint(options.color);
  const body =
    report.why !== undefined
      ? renderHeapWhy(report.why, options, paint)
      : report.diff !== undefined
        ? renderHeapDiff(report.diff, options, paint)
        : [
            ...retainersBlock(report, options, paint),
            ...renderHeapProofs(report.proofs, options, paint),
            ...renderHeapContainers(report, options, paint),
            ...typesBlock(report, options, paint),
            ...goroutinesBlock(report, options, paint),
            ...wasteBlock(report, options, paint),
          ];
  const lines = [
    ...headline(report, options, paint),
    ...failedChecks(report, options, paint),
    ...body,
    ...gapsBlock(report, options, paint),
    ...costBlock(report, options, paint),
  ];
  return `${lines.join('\n')}\n`;
}

function headline(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const badge = report.sound ? paint.good(' HEAP ') : paint.alarm(' NOT RELIABLE ');
  const [first = '', ...rest] = wrapText(plainText(report.summary), options.width - 8);
  return [
    `${badge} ${paint.strong(first)}`,
    ...rest.map((line) => `       ${paint.strong(line)}`),
    paint.faint(`       ${plainText([report.target.label, report.goVersion].join(' · '))}`),
  ];
}

function failedChecks(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const failed = report.selfChecks.filter((check) => !check.ok);
  if (failed.length === 0) return [];
  return [
    '',
    paint.alarm(' The walk contradicts itself; do not rely on what follows: '),
    ...failed.flatMap((check) => hanging('  ✗ ', `${check.name}: ${check.detail}`, options.width)),
  ];
}

function retainersBlock(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const shown = report.retainers
    .slice(0, options.top)
    .filter((one, index) => index === 0 || options.verbose || one.share >= leastShare);
  if (shown.length === 0) return [];
  const more = report.retainers.length + report.leftOut.retainers - shown.length;
  const rest = 1 - shown.reduce((sum, one) => sum + one.share, 0);
  return [
    '',
    paint.title(
      report.method === 'dominators' ? 'Who holds it' : 'Through whom it was found first (others may hold it, too)',
    ),
    ...shown.flatMap((one) => renderRetainer(one, options, paint)),
    ...(more > 0
      ? [
          paint.faint(
            `  ${shareText(Math.max(0, rest)).padStart(7)}  ${formatCount(more)} more holder${more === 1 ? '' : 's'}`,
          ),
        ]
      : []),
  ];
}

function typesBlock(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const least = options.verbose ? 0 : report.bytes.reachable * leastShare;
  const shown = report.types
    .slice(0, options.top * 2)
    .filter((type) => Math.max(type.bytes, type.retainedBytes) >= least);
  if (shown.length === 0) return [];
  const more = report.types.length + report.leftOut.types - shown.length;
  return [
    '',
    paint.title('What it is made of'),
    paint.faint(
      `  ${'bytes'.padStart(9)}  ${'objects'.padStart(8)}  ${'retained'.padStart(9)}  type, and who holds most of it`,
    ),
    ...shown.map((type) => typeLine(type, options, paint)),
    ...(more > 0
      ? [
          paint.faint(
            `  … and ${formatCount(more)} more type${more === 1 ? '' : 's'}${shown.length < options.top * 2 ? ' (--verbose)' : ' (--top)'}`,
          ),
        ]
      : []),
  ];
}

function typeLine(type: HeapTypeRow, options: TextOptions, paint: Paint): string {
  const holder = type.heldBy[0];
  const site = type.allocatedAt[0];
  const share =
    holder === undefined || holder.bytes >= type.bytes ? '' : ` ${Math.round((holder.bytes / type.bytes) * 100)} %`;
  const facts = [
    holder === undefined ? '' : ` ← ${holderText(holder, 1)}${share}`,
    site === undefined ? '' : ` · allocated at ${placeText(site, options.cwd)}`,
  ];
  const numbers = [
    formatBytes(type.bytes).padStart(9),
    formatCount(type.objects).padStart(8),
    formatBytes(type.retainedBytes).padStart(9),
  ];
  return `  ${numbers.join('  ')}  ${typeText(type.name)}${paint.faint(facts.join(''))}`;
}

function goroutinesBlock(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const groups = options.verbose ? report.goroutineGroups : report.goroutineGroups.filter((one) => !isRuntimes(one));
  const shown = groups.slice(0, options.top);
  if (shown.length === 0) return [];
  const more = groups.length + report.leftOut.goroutineGroups - shown.length;
  return [
    '',
    `${paint.title('Goroutines')} ${paint.faint(`${formatCount(report.roots['goroutine'] ?? 0)} in all`)}`,
    ...shown.map((group) => goroutineLine(group, options, paint)),
    ...(more > 0 ? [paint.faint(`  … and ${formatCount(more)} more group${more === 1 ? '' : 's'}`)] : []),
  ];
}

/** Workers of the runtime itself; the finalizer goroutine is worth a look, because what blocks it leaks. */
function isRuntimes({ startFunction, retainedBytes }: HeapGoroutineGroup): boolean {
  if (startFunction === 'runtime.main' || startFunction === 'runtime.runFinalizers') return false;
  return startFunction.startsWith('runtime.') && retainedBytes < 1 << 16;
}

function goroutineLine(group: HeapGoroutineGroup, options: TextOptions, paint: Paint): string {
  const states = group.states
    .slice(0, 2)
    .map(({ state, count }) => (group.states.length === 1 ? state : `${formatCount(count)} ${state}`));
  const facts = [
    group.createdAt === undefined ? '' : `from ${placeText(group.createdAt, options.cwd)}`,
    states.join(', '),
    group.longestWaitMs === undefined ? '' : `up to ${formatDuration(group.longestWaitMs)}`,
    `stacks ${formatBytes(group.stackBytes)}`,
    group.mostDeferred >= 100 ? `up to ${formatCount(group.mostDeferred)} deferred calls` : '',
  ].filter((fact) => fact !== '');
  const stuck =
    (group.stuck ?? 0) === 0
      ? ''
      : `${paint.guilty(group.stuck === group.count ? 'all stuck for ever' : `${formatCount(group.stuck!)} stuck for ever`)} `;
  return `  ${formatCount(group.count).padStart(7)}  ${formatBytes(group.retainedBytes).padStart(9)}  ${paint.strong(holderText({ kind: 'goroutine', name: group.startFunction }, 1).replace(/^goroutine /, ''))} ${stuck}${paint.faint(plainText(facts.join(' · ')))}`;
}

/** Only what is worth a thought: a fiftieth of the heap, or on request. */
function wasteBlock({ waste, bytes }: HeapReport, options: TextOptions, paint: Paint): string[] {
  const worth = (part: number): boolean => options.verbose || part >= bytes.reachable / 50;
  const rows = [
    ...(worth(waste.uncollectedBytes) && waste.uncollectedBytes > 0
      ? [
          `${formatBytes(waste.uncollectedBytes)} in ${formatCount(waste.uncollectedObjects)} objects are dead and wait for the next collection`,
        ]
      : []),
    ...(worth(waste.roundingBytes) && waste.roundingBytes > 0
      ? [
          `${formatBytes(waste.roundingBytes)} lie between the sizes of types and of Go's slots, most of it in ${typeText(waste.rounding[0]?.type ?? '')}`,
        ]
      : []),
    ...(worth(waste.tinyBytes) && waste.tinyObjects > 0
      ? [
          `${formatCount(waste.tinyObjects)} objects have 16 bytes or less (${formatBytes(waste.tinyBytes)}); each costs a pointer, too`,
        ]
      : []),
  ];
  if (rows.length === 0) return [];
  return ['', paint.title('Paid for and not used'), ...rows.flatMap((row) => hanging('  ', row, options.width))];
}

function gapsBlock({ gaps, symbols }: HeapReport, options: TextOptions, paint: Paint): string[] {
  const all = [
    ...gaps,
    ...(symbols === 'stripped'
      ? ['the binary is stripped: variables have no names, and many small objects no type']
      : []),
  ];
  if (all.length === 0) return [];
  return ['', ...all.flatMap((gap) => hanging(paint.doubt('  ! '), gap, options.width))];
}

const stopWords: Readonly<Record<string, string>> = {
  signal: 'the target stood still for',
  freezer: 'the target was frozen for',
};

function costBlock(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const { objects, bytes } = report;
  const pause =
    stopWords[report.stopped] === undefined
      ? {
          'not-stopped': 'the target was not stopped: objects that moved in the meantime may be missing',
          core: 'from a core',
          'already-stopped': 'the target was stopped already',
        }[report.stopped]
      : `${stopWords[report.stopped]} ${formatDuration(report.pauseMs)}`;
  const text = [
    pause,
    `${formatDuration(report.totalMs)} in all`,
    `${formatBytes(bytes.copied)} copied`,
    `${shareText(report.typedShare)} of bytes have exact types`,
    `${report.selfChecks.filter((check) => check.ok).length} of ${report.selfChecks.length} self-checks hold`,
    options.verbose
      ? `${formatCount(objects.allocated)} objects (${formatBytes(bytes.allocated)}) allocated`
      : undefined,
  ].filter((part) => part !== undefined);
  return [
    '',
    ...wrapText(plainText(text.join(' · ')), options.width - 4).map((line) => paint.faint(`  ${line}`)),
    ...(options.verbose
      ? report.selfChecks
          .filter((check) => check.ok)
          .map((check) => paint.faint(plainText(`  ✓ ${check.name}: ${check.detail}`)))
      : []),
  ];
}

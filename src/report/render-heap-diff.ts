// What changed between two walks: types by holder, then holders, those with the largest growth first.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import type { HeapChange, HeapDiff } from './heap-report.ts';
import { createdText, holderText, typeText } from './heap-words.ts';
import type { Paint } from './paint.ts';
import { placeText } from './place.ts';
import { renderContainerGrowth } from './render-heap-containers.ts';
import { hanging } from './render-retainer.ts';
import type { TextOptions } from './text-options.ts';

/** Of the largest change. */
const leastShare = 0.005;

export function renderHeapDiff(diff: HeapDiff, options: TextOptions, paint: Paint): string[] {
  const { spanMs } = diff;
  const time =
    spanMs === undefined || spanMs <= 0
      ? 'at unknown times'
      : `${formatDuration(spanMs)} apart · ${formatByteRate((deltaOf(diff.bytes) / spanMs) * 1000)}`;
  const types = notable(diff.types, (row) => deltaOf(row.bytes), options);
  const shownTypes = types.slice(0, options.top * 2);
  const goroutines = diff.holders
    .filter((row) => row.holder.kind === 'goroutine' && deltaOf(row.count) !== 0)
    .sort((a, b) => Math.abs(deltaOf(b.count)) - Math.abs(deltaOf(a.count)));
  const holders = notable(diff.holders, (row) => deltaOf(row.retainedBytes), options);
  const { largestGrowth: largest } = diff;
  return [
    paint.faint(`       between two walks ${time}`),
    '',
    paint.title('What changed, by type and holder'),
    ...shownTypes.map(
      (row) =>
        `  ${amount(deltaOf(row.bytes), formatBytes, paint)}  ${amount(deltaOf(row.objects), formatCount, paint)}  ${paint.strong(typeText(row.type))} ${paint.faint(`(now ${formatCount(row.objects.after)}) ← ${holderText(row.holder, 1)}${row.allocatedAt === undefined ? '' : ` · allocated at ${placeText(row.allocatedAt, options.cwd)}`}`)}`,
    ),
    ...(shownTypes.length === 0 ? ['  nothing'] : []),
    ...(largest === undefined
      ? []
      : [
          '',
          ...hanging(
            paint.fix('  → '),
            `${typeText(largest.type)} is held like this: ${[rootText(largest.root), ...largest.path.map(typeText)].join(' → ')}`,
            options.width,
          ),
        ]),
    ...more(types.length - shownTypes.length, paint),
    ...renderContainerGrowth(diff, options, paint),
    ...(holders.length === 0 ? [] : ['', paint.title('Who holds more or less than before')]),
    ...holders.slice(0, options.top).map((row) => {
      const created = createdText(row.holder, options.cwd);
      return `  ${amount(deltaOf(row.retainedBytes), formatBytes, paint)}  ${paint.strong(holderText(row.holder, row.count.after))} ${paint.faint(`now ${formatBytes(row.retainedBytes.after)}${created === '' ? '' : `, ${created}`}`)}`;
    }),
    ...more(holders.length - options.top, paint),
    ...(goroutines.length === 0 ? [] : ['', paint.title('Goroutines')]),
    ...goroutines.slice(0, options.top).map((row) => {
      const created = createdText(row.holder, options.cwd);
      return `  ${amount(deltaOf(row.count), formatCount, paint)}  ${paint.strong(holderText(row.holder, 1).replace(/^goroutine /, ''))} ${paint.faint(`${formatCount(row.count.before)} → ${formatCount(row.count.after)}${created === '' ? '' : `, ${created}`}`)}`;
    }),
    ...more(goroutines.length - options.top, paint),
    '',
    paint.faint('  Two walks cannot tell a leak from a cache that warms up; `leakline PID` watches until it can.'),
  ];
}

const rootText = (root: string): string => (root === 'goroutine runtime.main' ? 'the main goroutine' : plainText(root));

/** The runtime's own small changes are no news beside large ones. */
function notable<T>(rows: readonly T[], deltaOfRow: (row: T) => number, { verbose }: TextOptions): readonly T[] {
  const largest = rows.reduce((most, row) => Math.max(most, Math.abs(deltaOfRow(row))), 0);
  return rows.filter((row) => deltaOfRow(row) !== 0 && (verbose || Math.abs(deltaOfRow(row)) >= largest * leastShare));
}

const deltaOf = ({ before, after }: HeapChange): number => after - before;

function amount(delta: number, format: (value: number) => string, paint: Paint): string {
  const text = `${delta > 0 ? '+' : ''}${format(delta)}`.padStart(10);
  return delta > 0 ? paint.rate(text) : text;
}

const more = (count: number, paint: Paint): string[] =>
  count > 0 ? [paint.faint(`  … and ${formatCount(count)} more (--top)`)] : [];

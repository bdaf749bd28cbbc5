// Maps, slices, channels and lists for a terminal: how many entries each has, and how fast they become more.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import type { HeapContainer, HeapContainerGrowth, HeapDiff, HeapReport } from './heap-report.ts';
import { typeText } from './heap-words.ts';
import type { Paint } from './paint.ts';
import type { TextOptions } from './text-options.ts';

/** Of all bytes: smaller containers are shown only on request. */
const leastShare = 0.005;

export function renderHeapContainers(report: HeapReport, options: TextOptions, paint: Paint): string[] {
  const least = options.verbose ? 0 : report.bytes.reachable * leastShare;
  const told = firstOfEach(report.containers.filter((one) => one.retainedBytes >= least && one.entries > 0));
  const shown = told.slice(0, options.top);
  if (shown.length === 0) return [];
  return [
    '',
    paint.title('Containers'),
    paint.faint(`  ${'retained'.padStart(9)}  ${'entries'.padStart(8)}  ${'room'.padStart(8)}  which`),
    ...shown.map(
      (one) =>
        `  ${formatBytes(one.retainedBytes).padStart(9)}  ${formatCount(one.entries).padStart(8)}  ${formatCount(one.room).padStart(8)}  ${whichText(one, paint)}`,
    ),
    ...(told.length > shown.length
      ? [paint.faint(`  … and ${formatCount(told.length - shown.length)} more (--top)`)]
      : []),
  ];
}

export function renderContainerGrowth({ containers }: HeapDiff, options: TextOptions, paint: Paint): string[] {
  const grown = firstOfEach((containers ?? []).filter((one) => options.verbose || changesMuch(one)));
  const shown = grown.slice(0, options.top);
  if (shown.length === 0) return [];
  return [
    '',
    paint.title('Containers that hold more or less than before'),
    ...shown.map((one) => {
      const rate = `${formatCountRate(one.entriesPerSecond)}, ${formatByteRate(one.retainedBytesPerSecond)}`;
      return `  ${formatCount(one.entries.before).padStart(9)} → ${formatCount(one.entries.after).padEnd(9)} ${whichText(one, paint)} ${paint.faint(`(${rate})`)}`;
    }),
    ...(grown.length > shown.length
      ? [paint.faint(`  … and ${formatCount(grown.length - shown.length)} more (--top)`)]
      : []),
  ];
}

/** An entry or two more, and nothing that they hold, is no news. */
const changesMuch = ({ entries, retainedBytes }: HeapContainerGrowth): boolean =>
  Math.abs(entries.after - entries.before) > 1 || Math.abs(retainedBytes.after - retainedBytes.before) >= 1 << 16;

const whichText = ({ kind, name, type }: Pick<HeapContainer, 'kind' | 'name' | 'type'>, paint: Paint): string =>
  `${paint.strong(typeText(name))} ${paint.faint(plainText(`${kind} · ${typeText(type)}`))}`;

/** The slices inside of one map have one name but for their number: the largest speaks for them. */
function firstOfEach<T extends Pick<HeapContainer, 'name' | 'type'>>(rows: readonly T[]): readonly T[] {
  const seen = new Set<string>();
  return rows.filter(({ name, type }) => {
    const key = `${name.replace(/\d+/g, '#')}\n${type}`;
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

// What walks counted in containers, as evidence. Counts are exact, but two of them are two points: that a container holds more
// than before confirms a cause that blames it, and proves none by itself, since a cache that fills does the same. That it
// neither got entries nor bytes while its finding says that it grows is a contradiction.
import { formatByteRate, formatBytes } from '../base/format-bytes.ts';
import { formatCount, formatCountRate } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { CountedContainer, HeapFacts, HeldObjects } from '../model/heap-facts.ts';
import type { Evidence } from './finding.ts';
import type { HeldContainer } from './walk-story.ts';

/** Between walks that lie closer together, what comes in bursts is missed. */
const leastSeconds = 5;
/** Of the growth that the profile sees, and of its entries: what a container may gain and still stand still. */
const mostStillBytes = 0.25;
const mostStillEntries = 0.01;
/** A container that is not even this much of what grows is not worth a word. */
const leastGrownBytes = 1 << 20;
const leastGrownEntries = 20;

/** The container on the way to the objects, when its entries were counted. */
export function countedOf(held: HeldObjects, container: HeldContainer | undefined): CountedContainer | undefined {
  return container === undefined || container.step < 0 ? undefined : held.steps[container.step]?.counted;
}

/**
 * grows    more entries than at the first walk.
 * heavier  as many entries, and they hold more.
 * still    neither, although `bytesPerSecond` say that something grows.
 * unknown  one walk, too close together, or too little to tell.
 */
export type Course = 'grows' | 'heavier' | 'still' | 'unknown';

/** `bytesPerSecond`: by the heap profiles, of what the container is blamed for. */
export function courseOf({ entries, retainedBytes, earlier }: CountedContainer, bytesPerSecond: number): Course {
  if (earlier === undefined || earlier.seconds < leastSeconds) return 'unknown';
  const more = entries - earlier.entries;
  const expectedBytes = bytesPerSecond * earlier.seconds;
  const isHeavier = retainedBytes - earlier.retainedBytes >= mostStillBytes * expectedBytes;
  if (more > mostStillEntries * earlier.entries) return isHeavier ? 'grows' : 'unknown';
  return isHeavier ? 'heavier' : 'still';
}

/** Nothing when the counts say nothing about it. */
export function countEvidence(counted: CountedContainer, course: Course): readonly Evidence[] {
  const { earlier, ...now } = counted;
  if (earlier === undefined || course === 'unknown') return [];
  const ago = formatDuration(earlier.seconds * 1000);
  const was = formatCount(earlier.entries);
  const is = formatCount(now.entries);
  const texts = {
    grows: `${now.name} holds ${is} entries now, ${was} when it was walked ${ago} before: ${rateText(counted)}`,
    heavier: `${now.name} holds ${is} entries, ${was} ${ago} before; what they hold grew from ${formatBytes(earlier.retainedBytes)} to ${formatBytes(now.retainedBytes)}`,
    still: `${now.name} did not grow: ${is} entries and ${formatBytes(now.retainedBytes)} now, ${was} and ${formatBytes(earlier.retainedBytes)} when it was walked ${ago} before`,
  };
  return [
    {
      kind: 'container',
      supports: course !== 'still',
      what: texts[course],
      name: now.name,
      entries: { before: earlier.entries, after: now.entries },
      room: now.room,
      retainedBytes: { before: earlier.retainedBytes, after: now.retainedBytes },
      seconds: earlier.seconds,
    },
  ];
}

/** The one that got most bytes, with more entries than before; undefined when none is worth a word. */
export function fastestContainer({ containers, failedChecks }: HeapFacts): CountedContainer | undefined {
  if (failedChecks.length > 0) return undefined;
  return containers
    .filter(
      ({ entries, earlier }) =>
        earlier !== undefined && earlier.seconds >= leastSeconds && entries - earlier.entries >= leastGrownEntries,
    )
    .filter((one) => grownBytes(one) >= leastGrownBytes)
    .sort((a, b) => grownBytes(b) - grownBytes(a))[0];
}

/** `global main.queue holds 12,400 entries now, 3,100 20 s before: 310/s, 512 KiB/s`. */
export function growthText(counted: CountedContainer): string {
  const { name, entries, earlier } = counted;
  if (earlier === undefined) return `${name} holds ${formatCount(entries)} entries`;
  return `${name} holds ${formatCount(entries)} entries now, ${formatCount(earlier.entries)} when it was walked ${formatDuration(earlier.seconds * 1000)} before (${rateText(counted)})`;
}

const grownBytes = ({ retainedBytes, earlier }: CountedContainer): number =>
  retainedBytes - (earlier?.retainedBytes ?? retainedBytes);

function rateText(counted: CountedContainer): string {
  const { entries, earlier } = counted;
  if (earlier === undefined) return '';
  return `${formatCountRate((entries - earlier.entries) / earlier.seconds)}, ${formatByteRate(grownBytes(counted) / earlier.seconds)}`;
}

// What a walk proves, for a terminal: a line for each thing that cannot get better by itself.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import type { HeapPlace, HeapProofsReport } from './heap-report.ts';
import { typeText } from './heap-words.ts';
import type { Paint } from './paint.ts';
import { functionText, placeText } from './place.ts';
import { hanging } from './render-retainer.ts';
import type { TextOptions } from './text-options.ts';

/** Fewer deferred calls, timers or children are nothing to speak of. */
const leastDeferred = 100;
const leastTimers = 1000;
const leastChildren = 1000;
/** A finalizer that waits for a moment is usual; a queue behind it is not. */
const leastQueued = 100;

export function renderHeapProofs(proofs: HeapProofsReport, options: TextOptions, paint: Paint): string[] {
  const at = (place: HeapPlace | undefined): string =>
    place === undefined ? '' : ` at ${functionText(place.function)} ${placeText(place, options.cwd)}`;
  const queued = proofs.queuedFinalizers + proofs.queuedCleanups;
  const blocked = proofs.busyFinalizers.filter((one) => queued >= leastQueued && !/^run/.test(one.state));
  const lines = [
    ...proofs.stuck.map(
      (one) =>
        `${formatCount(one.count)} goroutine${one.count === 1 ? ' waits' : 's wait'} for ever (${one.state})${at(one.blockedAt)}${one.createdAt === undefined ? '' : `, created at ${placeText(one.createdAt, options.cwd)}`}: nothing that runs can reach what they wait for. They hold ${formatBytes(one.retainedBytes)}`,
    ),
    ...proofs.finalizerCycles.map(
      (one) =>
        `${formatCount(one.count)} ${typeText(one.type)} ${one.count === 1 ? 'keeps itself' : 'keep themselves'} through ${one.kind === 'finalizer' ? 'a finalizer' : 'a cleanup'}${one.function === '' ? '' : ` (${functionText(one.function)})`}: ${formatBytes(one.bytes)} are never collected`,
    ),
    ...blocked.map(
      (one) =>
        `the ${one.kind} goroutine waits (${one.state})${at(one.at)}${one.waitedMs > 0 ? ` for ${formatDuration(one.waitedMs)}` : ''}; ${formatCount(queued)} finalizers and cleanups wait behind it`,
    ),
    ...proofs.deferChains
      .filter((one) => one.count >= leastDeferred)
      .map(
        (one) =>
          `${formatCount(one.count)} calls of ${functionText(one.deferredFunction)} are deferred${at(one.at)} and have not run: ${formatBytes(one.bytes)}`,
      ),
    ...proofs.timers
      .filter((one) => one.count >= leastTimers)
      .map(
        (one) => `${formatCount(one.count)} timers wait to fire: ${functionText(one.name)}, ${formatBytes(one.bytes)}`,
      ),
    ...proofs.contexts
      .filter((one) => one.children >= leastChildren)
      .map((one) => `${formatCount(one.children)} children that are not cancelled hang on the context of ${one.owner}`),
  ];
  if (lines.length === 0) return [];
  const shown = lines.slice(0, options.verbose ? undefined : options.top);
  return [
    '',
    paint.title('Proven'),
    ...shown.flatMap((line) => hanging(paint.guilty('  ● '), line, options.width)),
    ...(lines.length > shown.length ? [paint.faint(`  … and ${lines.length - shown.length} more (--top)`)] : []),
  ];
}

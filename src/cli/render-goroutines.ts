// `leakline goroutines` for a terminal: proven ones first, then the most numerous.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { formatDuration } from '../base/format-duration.ts';
import { plainText } from '../base/plain-text.ts';
import { createPaint, type Paint } from '../report/paint.ts';
import { functionText, placeText } from '../report/place.ts';
import type { TextOptions } from '../report/text-options.ts';
import type { GoroutineGroupResult, GoroutinesResult } from './compose-goroutines.ts';

export function renderGoroutines(result: GoroutinesResult, options: TextOptions): string {
  const paint = createPaint(options.color);
  const shown = options.verbose ? result.groups : result.groups.slice(0, Math.max(1, options.top));
  const kept = result.provenBytes === undefined ? '' : `, keeping ${formatBytes(result.provenBytes)} of heap`;
  const head =
    result.proven > 0
      ? `${paint.alarm(' STUCK ')} ${paint.strong(`${formatCount(result.proven)} of ${formatCount(result.goroutines)} goroutines can never run again${kept}`)}`
      : paint.strong(`${formatCount(result.goroutines)} goroutines; none is proven stuck`);
  const about = [result.target.label, result.target.goVersion].filter((part) => part !== undefined).join(' · ');
  const rest = result.groups.length - shown.length;
  return `${[
    head,
    paint.faint(`  ${plainText(about)}`),
    ...shown.flatMap((group) => groupLines(group, options, paint)),
    ...(rest > 0 ? ['', paint.faint(`  ${formatCount(rest)} more groups; --top or --verbose shows them`)] : []),
    ...result.doubts.flatMap((doubt) => ['', `${paint.doubt('  ! ')}${plainText(doubt)}`]),
  ].join('\n')}\n`;
}

function groupLines(group: GoroutineGroupResult, options: TextOptions, paint: Paint): string[] {
  const facts = [
    group.state,
    group.oldestWaitMs > 0 ? `up to ${formatDuration(group.oldestWaitMs)}` : '',
    group.retainedBytes === undefined ? '' : `${formatBytes(group.retainedBytes)} of heap`,
    group.stackBytes === undefined ? '' : `${formatBytes(group.stackBytes)} of stacks`,
  ].filter((fact) => fact !== '');
  const name = `${formatCount(group.count)} × ${functionText(group.startFunction)}`;
  return [
    '',
    `  ${group.proof === undefined ? paint.strong(name) : paint.guilty(`${name}  proven stuck`)}`,
    `      ${plainText(facts.join(', '))}`,
    ...(group.at === undefined
      ? []
      : [`      waits in   ${functionText(group.at.function)}  ${placeText(group.at, options.cwd)}`]),
    ...(group.createdAt === undefined
      ? []
      : [`      created by ${functionText(group.createdAt.function)}  ${placeText(group.createdAt, options.cwd)}`]),
    ...wakeLines(group, paint),
    ...group.counterparts.slice(0, 3).map(({ count, startFunction, state, waitsToo }) => {
      const what = waitsToo ? 'waits for it, too' : 'refers to it';
      return `      ${what}: ${formatCount(count)} × ${functionText(startFunction)} (${plainText(state)})`;
    }),
  ];
}

function wakeLines({ wokenBy, proof, counterparts, state }: GoroutineGroupResult, paint: Paint): string[] {
  const isLock = /Lock$|^semacquire$/.test(state);
  if (proof === 'unreachable' && isLock && counterparts.every(({ waitsToo }) => waitsToo)) {
    return [
      '      nobody was found who could unlock it: whoever took the lock returned without unlocking, or takes it twice',
    ];
  }
  if (wokenBy === undefined || wokenBy.kind === 'unknown') return [];
  // A field stands at its owner, all else beside it.
  const way = wokenBy.path.join(' ');
  const by = `${wokenBy.kind} ${wokenBy.name}${/^[[.]/.test(way) || way === '' ? '' : ' '}${way}`;
  return [
    paint.faint(`      may be woken by ${plainText(by)}${wokenBy.state === undefined ? '' : ` (${wokenBy.state})`}`),
  ];
}

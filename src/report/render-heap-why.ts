// The answer to "why is it still there": ways from roots to objects. A filled mark stands where every way passes: take
// that reference away and the object is free. An open one can be walked around.
import { formatBytes } from '../base/format-bytes.ts';
import { formatCount } from '../base/format-count.ts';
import { plainText } from '../base/plain-text.ts';
import type { HeapPathStep, HeapWhy } from './heap-report.ts';
import { holderText, typeText } from './heap-words.ts';
import type { Paint } from './paint.ts';
import { functionText } from './place.ts';
import { renderRetainer } from './render-retainer.ts';
import type { TextOptions } from './text-options.ts';

const namesShown = 3;

export function renderHeapWhy(why: HeapWhy, options: TextOptions, paint: Paint): string[] {
  const names = why.meaning.slice(0, namesShown).map(typeText).join(', ');
  const more = why.meaning.length - namesShown;
  return [
    '',
    `${paint.title(`Why ${plainText(why.question)} is there`)}`,
    `  ${names}${more > 0 ? ` and ${more} more` : ''}: ${formatCount(why.objects)} object${why.objects === 1 ? '' : 's'}, ${formatBytes(why.bytes)}, retaining ${formatBytes(why.retainedBytes)}`,
    ...why.ways.flatMap((way, index) => [
      '',
      `  ${paint.strong(`${formatCount(way.objects)} ${way.objects === 1 ? 'is' : 'are'} held like this`)}${why.objects === way.objects ? '' : ` (${Math.round((way.bytes / Math.max(1, why.bytes)) * 100)} %)`}${index === 0 && way.path.some((step) => step.onEveryPath === false) ? paint.faint('   ● every way passes here   ○ there is a way around') : ''}`,
      ...way.path.flatMap((step, at) => stepLines(step, at === way.path.length - 1, paint)),
    ]),
    ...(why.otherWays.ways === 0
      ? []
      : [
          '',
          paint.faint(
            `  … and ${formatCount(why.otherWays.ways)} more ways to ${formatCount(why.otherWays.objects)} objects, ${formatBytes(why.otherWays.bytes)} (--top)`,
          ),
        ]),
    ...why.holders.flatMap((one) => ['', ...renderRetainer(one, options, paint)]),
  ];
}

function stepLines(step: HeapPathStep, isLast: boolean, paint: Paint): string[] {
  const mark = step.onEveryPath === undefined ? '·' : step.onEveryPath ? '●' : '○';
  const isObject = step.kind === 'object';
  const name = isObject
    ? typeText(step.name)
    : step.kind === 'frame'
      ? `in ${functionText(step.name)}`
      : holderText({ kind: step.kind, name: step.name }, 1);
  const label = step.label === '' ? '' : `${paint.role(plainText(step.label))} `;
  const retains =
    step.onEveryPath === true || isLast ? paint.faint(`  retains ${formatBytes(step.retainedBytes)}`) : '';
  const address = isLast && step.address !== undefined ? paint.faint(` at ${step.address}`) : '';
  const again =
    step.again === undefined
      ? []
      : [
          paint.faint(
            `    ┊ ${step.again.steps === 1 ? 'the same' : `these ${step.again.steps}`} ${formatCount(step.again.times)} more times`,
          ),
        ];
  return [`    ${paint.graph(mark)} ${label}${isLast ? paint.guilty(name) : name}${address}${retains}`, ...again];
}

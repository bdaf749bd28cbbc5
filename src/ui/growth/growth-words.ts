// Numbers of the Growth view in words: one unit at a time, changes with their sign.
import { formatBytes } from '../../base/format-bytes.ts';
import { formatCount } from '../../base/format-count.ts';
import { shortFile } from '../../report/place.ts';
import type { FlameTree } from '../flame/flame-tree.ts';
import type { Between } from './stacks-between.ts';

export type Unit = Between['unit'];

export const amountText = (unit: Unit, value: number): string =>
  unit === 'bytes' ? formatBytes(value) : formatCount(value);

export const changeText = (unit: Unit, change: number): string => `${change > 0 ? '+' : ''}${amountText(unit, change)}`;

/** `svc/cache.go:17`, or '' when it is not known. */
export const placeOf = (file: string, line: number): string =>
  file === '' ? '' : `${shortFile(file, '')}${line > 0 ? `:${line}` : ''}`;

/** What a frame is about, a line each. */
export function describeFrame(tree: FlameTree, row: number, unit: Unit, comparing: boolean): string[] {
  const { before, after, ownBefore, ownAfter, width } = tree;
  const share = width[0]! > 0 ? Math.round((width[row]! / width[0]!) * 1000) / 10 : 0;
  const own = comparing
    ? ownAfter[row]! - ownBefore[row]! === 0
      ? ''
      : `${changeText(unit, ownAfter[row]! - ownBefore[row]!)} in this function itself`
    : ownAfter[row]! === 0
      ? ''
      : `${amountText(unit, ownAfter[row]!)} in this function itself`;
  return [
    tree.names[tree.name[row]!]!,
    comparing
      ? `${amountText(unit, before[row]!)} → ${amountText(unit, after[row]!)} (${changeText(unit, after[row]! - before[row]!)})`
      : amountText(unit, after[row]!),
    ...(own === '' ? [] : [own]),
    `${share} % of what is shown`,
  ];
}

// Counts and durations of the gate's flags. Both throw UsageError that names the flag.
import { UsageError } from '../../base/errors.ts';
import { parseDuration } from '../../base/format-duration.ts';

export function countOf(flag: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > most)
    throw new UsageError(`${flag} ${text} is not a number from 1 to ${most}`);
  return count;
}

export function durationOf(flag: string, text: string | undefined, otherwiseMs: number): number {
  if (text === undefined) return otherwiseMs;
  const ms = parseDuration(text);
  if (ms === undefined) throw new UsageError(`${flag} ${text} is not a duration`, 'Write 500ms, 5s or 2m.');
  return ms;
}

// What the analysis has → what an answer says, with how to get what is missing.
import type { Part } from '../api/part.ts';
import type { Captured } from '../base/captured.ts';

export function partOf<T, U>(value: Captured<T>, how: string | undefined, change: (value: T) => U): Part<U> {
  return value.kind === 'captured' ? { kind: 'captured', value: change(value.value) } : missing(value.why, how);
}

export const missing = (why: string, how?: string): Part<never> =>
  how === undefined ? { kind: 'not-captured', why } : { kind: 'not-captured', why, how };

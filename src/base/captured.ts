// "Not captured" is never zero: a value that may be missing says why it is missing.

export type Captured<T> =
  | { readonly kind: 'captured'; readonly value: T }
  | { readonly kind: 'not-captured'; readonly why: string };

export const captured = <T>(value: T): Captured<T> => ({ kind: 'captured', value });
export const notCaptured = (why: string): Captured<never> => ({ kind: 'not-captured', why });

// A part of an answer that may be missing: then it says why, and how to get it. "Not captured" is never zero.

export type Part<T> =
  | { readonly kind: 'captured'; readonly value: T }
  | {
      readonly kind: 'not-captured';
      readonly why: string;
      /** A command or a step that would get it; absent when there is none. */
      readonly how?: string;
    };

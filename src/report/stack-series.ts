// What each call stack held at some moments, `leakline.stacks/1`: the one value behind the flame graph and the table of
// growth, whether a server answers with it or a saved page carries it. Bounded by whoever composes it.

export interface StackSeries {
  readonly schema: 'leakline.stacks/1';
  /** Moments of the values, ms since 1970, ascending. */
  readonly atMs: readonly number[];
  /** All moments that could be asked for, and the live heap at each; the times of the time line. */
  readonly timeline: { readonly atMs: readonly number[]; readonly bytes: readonly number[] };
  readonly frames: {
    readonly function: readonly string[];
    /** '' when unknown. */
    readonly file: readonly string[];
    /** 0 when unknown. */
    readonly line: readonly number[];
    /** Positions of frames of the main module, so that a picture can tell them from libraries. */
    readonly own: readonly number[];
  };
  /** Row of the caller's stack, or -1; callers come before whom they call. */
  readonly prefix: readonly number[];
  /** Row in `frames` of the innermost frame; -1: small stacks below `prefix`, added up. */
  readonly frame: readonly number[];
  /** [moment][row]: of the stack itself, without what it calls. */
  readonly inuseBytes: readonly (readonly number[])[];
  readonly inuseObjects: readonly (readonly number[])[];
  /** Since the program started; absent when the profiles do not say. */
  readonly allocBytes?: readonly (readonly number[])[];
  readonly allocObjects?: readonly (readonly number[])[];
  /** Stacks that are added up in rows without a frame. */
  readonly smallStacks: number;
}
